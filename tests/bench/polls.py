"""V1: ten thousand polls of a board with its ETag and a key, against as many full reads with the same key; CPU seconds of the server."""

import itertools

from tests.bench import stage
from tests.bench.bar import Bar, cpu_seconds, middle
from tests.bench.board_read import PATH
from tests.bench.pump import pump

POLLS, CONNECTIONS, RUNS = 10_000, 8, 3
PATIENCE = 300.0
MOST = 0.1


def request(port: int, key: str, etag: str = "") -> bytes:
    condition = f'if-none-match: "{etag}"\r\n' if etag else ""
    return f"GET {PATH} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {key}\r\n{condition}\r\n".encode()


def cost(pid: int, port: int, asked: bytes, status: int) -> float:
    """CPU seconds of the process for POLLS replies, which must all have this status."""
    before = cpu_seconds(pid)
    done = pump(port, itertools.repeat(asked, POLLS), connections=CONNECTIONS, seconds=PATIENCE)
    assert done.statuses == {status: POLLS}, done.statuses
    return cpu_seconds(pid) - before


def run() -> list[Bar]:
    with stage.arena() as live:
        from arena.ratings.models import Snapshot
        from arena.users.models import User
        from arena.vendors import actions as vendors
        from tests.bench import traffic, viewers

        viewers.enlarge()
        ada = User.objects.create_user("ada", "ada@example.org", "a long enough passphrase")
        organisation = vendors.found_organisation(by=ada, slug="bench", name="Bench")
        key, _ = vendors.make_key(membership=organisation.memberships.get(), name="bench", scopes=["rankings"], days=1)
        snapshot, web = Snapshot.objects.get(), traffic.web(live, LIMIT_KEY_PER_HOUR="100000000")
        pid, size = web.process.pid, len(bytes(snapshot.body))
        taken = [
            (cost(pid, web.port, request(web.port, key, snapshot.etag), 304), cost(pid, web.port, request(web.port, key), 200))
            for _ in range(RUNS)
        ]
    (value, spread), (limit, _) = middle([one for one, _ in taken]), middle([other for _, other in taken])
    note = f"a board of {size / 1000:.0f} kB"
    told = "10,000 polls with an ETag, against 10,000 reads"
    return [Bar("V1", told, value, limit, "CPU-s of the server", "< 0.1x full reads", value < MOST * limit, RUNS, spread, note)]
