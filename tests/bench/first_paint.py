"""S11: the battle page's first visit in a real Chromium, over a slow telephone: first contentful paint, and bytes over the wire."""

import shutil
import time
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench import stage
from tests.bench.bar import Bar, middle

# A 4G connection on a bad day, and a telephone a quarter as fast as this machine.
ROUND_TRIP_MS = 150
DOWN_BITS = 1_600_000
UP_BITS = 750_000
SLOWER_CPU = 4
RUNS = 5
PAINT_SECONDS = 1.5
WIRE_BYTES = 180_000
# Nothing asked for so long: the page has all that it wants.
QUIET_SECONDS = 1.0
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


@dataclass(slots=True)
class Wire:
    """What one page asked for: bytes as they came, headers included, and when the last came."""

    bytes: int = 0
    last: float = 0.0

    def watch(self, session: CDPSession) -> None:
        session.on("Network.loadingFinished", lambda event: self._finished(event))

    def _finished(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])
        self.last = time.monotonic()


def _throttle(session: CDPSession) -> None:
    session.send("Network.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    conditions = {"offline": False, "latency": ROUND_TRIP_MS, "downloadThroughput": DOWN_BITS / 8, "uploadThroughput": UP_BITS / 8}
    session.send("Network.emulateNetworkConditions", conditions)


@dataclass(frozen=True, slots=True)
class Visit:
    """Seconds to the first contentful paint and until a prompt can be typed; bytes over the wire."""

    painted: float
    usable: float
    bytes: int


def _visit(browser: Browser, url: str) -> Visit:
    context = browser.new_context(base_url=url, viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    wire = Wire()
    wire.watch(session)
    _throttle(session)
    began = time.monotonic()
    page.goto("/", wait_until="commit")
    page.get_by_test_id("prompt").wait_for(timeout=60_000)
    usable = time.monotonic() - began
    _rest(page, wire)
    painted = float(page.evaluate(PAINTED)) / 1000
    context.close()
    return Visit(painted, usable, wire.bytes)


def _rest(page: Page, wire: Wire) -> None:
    while time.monotonic() - wire.last < QUIET_SECONDS:
        page.wait_for_timeout(100)


def run() -> list[Bar]:
    """Both bars of S11, each over `RUNS` first visits; the web process has answered once before."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is missing. On Debian: apt-get install chromium"
    with stage.arena() as live:
        web = live.web()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            _visit(browser, web.url)
            visits = [_visit(browser, web.url) for _ in range(RUNS)]
            browser.close()
    paint, paints = middle([visit.painted for visit in visits])
    wire, wires = middle([float(visit.bytes) for visit in visits])
    usable, _ = middle([visit.usable for visit in visits])
    how = f"{DOWN_BITS / 1e6} Mbit/s, {ROUND_TRIP_MS} ms, CPU {SLOWER_CPU}x slower"
    note = f"a prompt can be typed after {usable:.1f} s"
    return [
        Bar("S11", f"first contentful paint ({how})", paint, PAINT_SECONDS, "s", "<= 1.5 s", paint <= PAINT_SECONDS, RUNS, paints, note),
        Bar("S11-wire", "first visit over the wire", wire, WIRE_BYTES, "bytes", "<= 180 kB", wire <= WIRE_BYTES, RUNS, wires),
    ]
