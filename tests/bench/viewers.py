"""S6: ten thousand viewers of one web process, each sent a board of 20 kB every second; then the same with hostile ones among them.

The limit is a loop in C that writes the same frame to as many sockets (crowd.c, which plays the viewers too).
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import cores, stage
from tests.bench.bar import Bar, cpu_seconds, resident_bytes

VIEWERS = 10_000
ANNOYING = 150  # a third each: never read, flood, send noise
BOARD_BYTES = 20_000
TICKS = 8
MOST_BYTES = 32_000
SOURCE = Path(__file__).with_name("crowd.c")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the viewers saw: server's CPU seconds a tick, the 99th percentile (seconds) from publishing to the last byte, and who missed what."""

    cpu: float
    p99: float
    missed: int
    lost: int
    again: int
    connecting: float
    bytes_each: float


def compiled(folder: Path) -> str:
    """The path of crowd, compiled."""
    compiler = shutil.which("cc")
    assert compiler, "S6 needs a C compiler (cc). On Debian: apt-get install gcc libc6-dev"
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(folder / "crowd"), str(SOURCE)], check=True)
    return str(folder / "crowd")


class Crowd:
    """`crowd watch` or `crowd annoy`, on the core of the load; ends with the block."""

    def __init__(self, crowd: str, mode: str, port: int, count: int):
        command = [crowd, mode, str(port), str(count), f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cores.pin(self.process.pid, cores.LOAD)

    def wait(self) -> None:
        """Until all are there."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", "the viewers could not connect"

    def end(self) -> tuple[dict[int, tuple[int, float]], tuple[int, int]]:
        """By tick: how many saw it, and the p99 in seconds; how many viewers were lost, and how often annoying ones came again."""
        told, _ = self.process.communicate("over")
        rows = [line.split() for line in told.splitlines()]
        ticks = {int(row[1]): (int(row[2]), int(row[4]) / 1e6) for row in rows if row[0] == "tick" and row[1] != "0"}
        return ticks, (int(rows[-1][1]), int(rows[-1][2]))

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.communicate()


def watched(crowd: str, server: int, port: int, tick: Callable[[], int | None], *, annoying: int = 0) -> Seen:
    """Viewers come, and `TICKS` ticks: `tick` publishes one and gives its stamp (None: the server ticks by itself)."""
    empty, begun = resident_bytes(server), time.monotonic()
    with Crowd(crowd, "watch", port, VIEWERS) as viewers, contextlib.ExitStack() as stack:
        viewers.wait()
        connecting, full = time.monotonic() - begun, resident_bytes(server)
        others = stack.enter_context(Crowd(crowd, "annoy", port, annoying)) if annoying else None
        time.sleep(1.5)
        used, stamps, start = cpu_seconds(server), [], time.monotonic()
        for number in range(TICKS):
            stamps.append(tick())
            time.sleep(max(0.0, start + number + 1 - time.monotonic()))
        used, took = cpu_seconds(server) - used, time.monotonic() - start
        time.sleep(1)
        ticks, (lost, _) = viewers.end()
        again = others.end()[1][1] if others else 0
    ours = [stamp for stamp in stamps if stamp is not None]
    seen = [ticks.get(stamp, (0, 9.9)) for stamp in ours] if ours else list(ticks.values())[-TICKS:]
    missed = sum(VIEWERS - count for count, _ in seen)
    return Seen(used / took, sorted(p99 for _, p99 in seen)[len(seen) // 2], missed, lost, again, connecting, (full - empty) / VIEWERS)


def limit(crowd: str) -> Seen:
    """What a loop in C needs for the same."""
    from tests.processes import free_port

    port = free_port()
    server = subprocess.Popen([crowd, "serve", str(port), str(BOARD_BYTES)])
    cores.pin(server.pid, cores.SERVER)
    try:
        time.sleep(0.2)
        return watched(crowd, server.pid, port, lambda: None)
    finally:
        server.kill()
        server.wait()


def publish() -> int:
    """Publish a board that says when: the stamp. Everything but the votes is as the projector does it."""
    from arena.ratings import actions as ratings
    from arena.ratings.models import Board

    stamp = time.monotonic_ns()
    Board.objects.update(title=str(stamp))
    ratings.publish(board_ids=[Board.objects.get().pk])
    return stamp


def enlarge() -> None:
    """Contenders until the board is as large as is said."""
    from arena.contenders.models import Contender
    from arena.ratings.models import Snapshot

    while publish() and len(bytes(Snapshot.objects.get().body)) < BOARD_BYTES:
        count = Contender.objects.count()
        Contender.objects.bulk_create(
            Contender(slug=f"c{n}", name=f"C{n}", vendor="Bench", state="listed") for n in range(count, count + 2)
        )


def run() -> list[Bar]:
    with tempfile.TemporaryDirectory() as folder, stage.arena() as live:
        from tests.bench import traffic

        crowd = compiled(Path(folder))
        enlarge()
        floor = limit(crowd)
        web = traffic.web(live)
        ours = watched(crowd, web.process.pid, web.port, publish)
        harried = watched(crowd, web.process.pid, web.port, publish, annoying=ANNOYING)
    note = f"{ours.connecting:.1f} s until all were connected; missed {ours.missed}, lost {ours.lost}; the limit missed {floor.missed}"
    what = f"{VIEWERS} viewers, {BOARD_BYTES // 1000} kB, 1 Hz"

    def bar(name: str, about: str, value: float, against: float, unit: str, wanted: str, reached: bool, note: str = "") -> Bar:
        return Bar(name, f"{what}: {about}", value, against, unit, wanted, reached, TICKS, (value, value), note)

    all_seen, harried_seen = not (ours.missed or ours.lost), not (harried.missed or harried.lost)
    late = f"cpu {harried.cpu:.2f}, missed {harried.missed}, lost {harried.lost}; {ANNOYING} mute, flooding or noisy besides, thrown out {harried.again} times"
    return [
        bar("S6", "CPU", ours.cpu, floor.cpu, "CPU s/s", "<= 2x, none missed", ours.cpu <= 2 * floor.cpu and all_seen, note),
        bar("S6.p99", "delay", ours.p99, floor.p99, "s", "<= 2x", ours.p99 <= 2 * floor.p99),
        bar("S6.memory", "memory each", ours.bytes_each, MOST_BYTES, "bytes", "<= 32 kB", ours.bytes_each <= MOST_BYTES),
        bar("S6.hostile", "delay among hostile ones", harried.p99, 1.0, "s", "none missed", harried_seen, late),
    ]
