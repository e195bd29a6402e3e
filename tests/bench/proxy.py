"""S2, S3 and S4: what it costs that the arena stands between two providers and a reader."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import cores, stage
from tests.bench.bar import Bar, cpu_seconds, middle, quantile, settle

if TYPE_CHECKING:  # it knows the arena, whose settings are read when it is imported: after `stage` has made them
    from tests.bench import traffic

RUNS = 3
# S2: battles, tokens a second of each side, seconds measured.
BATTLES, RATE, WINDOW = 20, 100, 3.0
# S3: tokens a second of each side, the added latency that may be, the steps that are tried.
PACE, ADDED = 50, 0.050
STEPS = (*range(10, 400, 10), *range(400, 625, 25))
# S4: battles that begin one after the other while those before them stream.
CROWD, ARRIVING = 100, 4.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """One thing that stands in between: where it is, and the requests for so many battles of a model."""

    pid: int
    port: int
    requests: Callable[[int, str], list[str]]


def run() -> list[Bar]:
    with stage.arena() as live, contextlib.ExitStack() as held:
        from tests.bench import traffic

        provider = held.enter_context(traffic.provider())
        acting = traffic.Stage.of(live, provider)
        web = traffic.web(live)

        def battles(count: int, model: str) -> list[str]:
            acting.play(model)
            return acting.battles(count)

        def of(child: int, port: int) -> Proxy:
            return Proxy(child, port, lambda count, model: [traffic.plain(model)] * count)

        bare, bare_port = held.enter_context(traffic.program("tests.bench.bare", "{port}", str(provider), str(cores.SERVER)))
        argv = ["uvicorn", "tests.bench.stock:application", "--port", "{port}", "--log-level", "critical"]
        stock, stock_port = held.enter_context(traffic.program(*argv, BENCH_PROVIDER=str(provider), DJANGO_SETTINGS_MODULE=""))
        cores.pin(stock.pid, cores.SERVER)
        ours = Proxy(web.process.pid, web.port, battles)
        limit, naive = of(bare.pid, bare_port), of(stock.pid, stock_port)
        source = Proxy(0, provider, lambda count, model: [traffic.direct(model)] * count)
        return [_cpu(ours, limit, naive), _most(ours, limit, naive), _first(ours, source)]


@contextlib.contextmanager
def _streaming(
    proxy: Proxy, count: int, *, rate: int, seconds: float, within: float = 0.5, model: str = "steady"
) -> Iterator["traffic.Readers"]:
    """Readers of so many battles at their steady rate; the block ends when the provider has ended all of them."""
    from tests.bench import traffic

    life = int(seconds + within + 2)
    with traffic.Readers(proxy.port, proxy.requests(count, f"{model}-{rate}-{life}"), within=within) as readers:
        over = time.monotonic() + life
        yield readers
        time.sleep(max(0.0, over - time.monotonic()))
    settle()


def _cpu(ours: Proxy, limit: Proxy, naive: Proxy) -> Bar:
    """S2: microseconds of CPU an event."""

    def cost(proxy: Proxy, model: str = "steady") -> float:
        with _streaming(proxy, BATTLES, rate=RATE, seconds=WINDOW, model=model) as readers:
            settle()
            readers.seen()
            before = cpu_seconds(proxy.pid)
            time.sleep(WINDOW)
            used = cpu_seconds(proxy.pid) - before
            return float(used / readers.seen()["events"] * 1e6)

    taken = [(cost(ours), cost(limit)) for _ in range(RUNS)]
    (value, spread), (bound, _) = middle([one for one, _ in taken]), middle([other for _, other in taken])
    stock, padded = cost(naive), cost(ours, "padded")
    note = (
        f"stock httpx + Django {stock:.0f} us, {stock / bound:.1f}x; where no two events are alike {padded:.0f} us, {padded / bound:.1f}x"
    )
    return Bar("S2", "proxy, CPU an event", value, bound, "us", "<= 1.9, aim 1.25", value / bound <= 1.9, RUNS, spread, note)


def _most(ours: Proxy, limit: Proxy, naive: Proxy) -> Bar:
    """S3: the most battles at which 99 of 100 events come within ADDED seconds of their sending."""

    def bears(proxy: Proxy, count: int) -> bool:
        with _streaming(proxy, count, rate=PACE, seconds=2.0, within=1.0) as readers:
            settle()
            readers.seen()
            time.sleep(1.5)
            seen = readers.seen()
            return bool(
                not readers.silent and not readers.refused and seen["late"][1] <= ADDED and seen["events"] >= 0.9 * 1.5 * 2 * PACE * count
            )

    def most(proxy: Proxy) -> int:
        low, high = 0, len(STEPS)  # the first `low` steps are borne, from `high` on none is
        while low < high:
            at = (low + high) // 2
            low, high = (at + 1, high) if bears(proxy, STEPS[at]) else (low, at)
        return STEPS[low - 1] if low else 0

    taken = [(most(ours), most(limit)) for _ in range(RUNS)]
    (value, spread), (bound, _) = middle([one for one, _ in taken]), middle([other for _, other in taken])
    stock = most(naive)
    reached = value >= 2 * stock and value >= 0.6 * bound
    note = f"stock httpx + Django {stock}; found in steps of {STEPS[1] - STEPS[0]}"
    return Bar("S3", "battles a core, added p99 <= 50 ms", value, bound, "battles", ">= 0.6, >= 2x stock", reached, RUNS, spread, note)


def _first(ours: Proxy, source: Proxy) -> Bar:
    """S4: milliseconds that the first token comes later, while the battles before stream on."""

    def waits(proxy: Proxy) -> tuple[float, float]:
        with _streaming(proxy, CROWD, rate=PACE, seconds=0.0, within=ARRIVING) as readers:
            return quantile(readers.first, 0.5) * 1e3, quantile(readers.first, 0.99) * 1e3

    taken = [(waits(ours), waits(source)) for _ in range(RUNS)]
    (half, spread), (bound, _) = middle([one[0] for one, _ in taken]), middle([other[0] for _, other in taken])
    slow, slowest = middle([one[1] for one, _ in taken])[0], middle([other[1] for _, other in taken])[0]
    reached = half - bound <= 2 and slow - slowest <= 20
    note = f"added p50 {half - bound:.2f} ms, p99 {slow - slowest:.2f} ms; {CROWD} battles arrive within {ARRIVING:.0f} s and stream on"
    return Bar("S4", "first token, p50", half, bound, "ms", "added p50 <= 2 ms, p99 <= 20 ms", reached, RUNS, spread, note)
