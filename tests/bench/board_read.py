"""S9: the board read over HTTP, whole and unchanged, against a DRF serializer of the same board; requests a CPU-second of the server."""

import itertools

from tests.bench import cores, stage
from tests.bench.bar import Bar, cpu_seconds, middle
from tests.bench.pump import pump

PATH = "/api/v1/boards/overall"
CONNECTIONS, SECONDS, RUNS = 8, 2.0, 3


def request(port: int, etag: str = "") -> bytes:
    condition = f'if-none-match: "{etag}"\r\n' if etag else ""
    return f"GET {PATH} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{condition}\r\n".encode()


def rate(pid: int, port: int, asked: bytes, status: int) -> float:
    """Replies a CPU-second of the process; all must have this status."""
    before = cpu_seconds(pid)
    done = pump(port, itertools.repeat(asked), connections=CONNECTIONS, seconds=SECONDS)
    used = cpu_seconds(pid) - before
    assert set(done.statuses) == {status}, done.statuses
    return done.statuses[status] / used


def run() -> list[Bar]:
    with stage.arena() as live:
        from arena.ratings.models import Snapshot
        from tests.bench import traffic, viewers

        viewers.enlarge()
        snapshot = Snapshot.objects.get()
        web = traffic.web(live)
        drf = ["uvicorn", "tests.bench.drf_board:application", "--port", "{port}", "--loop", "uvloop", "--http", "httptools"]
        with traffic.program(*drf, "--log-level", "warning", "--no-access-log", **traffic.PRODUCTION) as (child, port):
            cores.pin(child.pid, cores.SERVER)
            pid = web.process.pid
            taken = [
                (
                    rate(child.pid, port, request(port), 200),
                    rate(pid, web.port, request(web.port), 200),
                    rate(pid, web.port, request(web.port, snapshot.etag), 304),
                )
                for _ in range(RUNS)
            ]
    floor, _ = middle([one[0] for one in taken])
    bars = []
    for name, what, place in (("S9", "200", 1), ("S9.304", "304", 2)):
        value, spread = middle([one[place] for one in taken])
        note = f"a board of {len(bytes(snapshot.body)) / 1000:.0f} kB"
        bars.append(Bar(name, f"board GET {what}", value, floor, "requests/CPU-s", ">= 30x DRF", value >= 30 * floor, RUNS, spread, note))
    return bars
