"""S8: how fast a backlog of votes is numbered and folded, and how soon a vote is on the published board while votes come at full rate."""

import bisect
import itertools
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from tests.bench import rebuild, stage, votes
from tests.bench.bar import Bar, middle, quantile

BACKLOG, RUNS, SECONDS = 20_000, 3, 8.0
CONTENDERS = 100
LOOK_SECONDS = 0.02
_QUEUE = """
INSERT INTO votelog_pending (kind, subject, commit, commit_person, at)
SELECT kind, subject, commit, commit_person, time FROM votelog_entry WHERE kind = 'vote' AND seq > %(from)s AND seq <= %(to)s ORDER BY seq;
DELETE FROM votelog_entry WHERE kind = 'vote' AND seq > %(from)s AND seq <= %(to)s
"""


@dataclass(slots=True)
class Watch:
    """Looks at the published board again and again; `seen` are (seconds since the epoch by the database's clock, seq)."""

    over: threading.Event = field(default_factory=threading.Event)
    seen: list[tuple[float, int]] = field(default_factory=list)

    def run(self) -> None:
        with psycopg.connect(stage.superuser(), autocommit=True) as connection:
            while not self.over.wait(LOOK_SECONDS):
                row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8, seq FROM ratings_snapshot").fetchone()
                self.seen.append(row or (0.0, -1))

    def lags(self, since: datetime) -> list[float]:
        """For every vote since then, the seconds from its time until it was first seen on the published board; who never was: a minute."""
        with psycopg.connect(stage.superuser()) as connection:
            cast = connection.execute(
                "SELECT e.seq, extract(epoch FROM v.at)::float8 FROM battles_vote v LEFT JOIN votelog_entry e ON e.subject = v.id WHERE v.at >= %s",
                [since],
            ).fetchall()
        seqs = [seq for _, seq in self.seen]
        places = [len(seqs) if seq is None else bisect.bisect_left(seqs, seq) for seq, _ in cast]
        return [self.seen[place][0] - at if place < len(seqs) else 60.0 for place, (_, at) in zip(places, cast, strict=True)]


def lag() -> tuple[float, list[float]]:
    """Votes a second at full load beside a projector, and their lags."""
    with stage.arena() as live:
        from arena import clock
        from arena.ratings.models import Snapshot
        from arena.votelog import queries as votelog
        from arena.votelog.models import Pending
        from tests.processes import eventually

        asked, server = votes.requests(3_000), votes.web(live)
        live.projector()
        votes.cast(server, itertools.islice(asked, 20))
        eventually(lambda: not Pending.objects.exists() and Snapshot.objects.get().seq == votelog.head(), what="the projector")
        watch, since = Watch(), clock.now()
        looking = threading.Thread(target=watch.run)
        looking.start()
        try:
            done = votes.cast(server, asked, SECONDS)
            time.sleep(2)
        finally:
            watch.over.set()
            looking.join()
        return done.statuses[200] / done.seconds, watch.lags(since)


def backlog() -> list[float]:
    """Votes a second of the projector's own rounds over what waits, run by run."""
    with stage.arena():
        from arena.battles import projector
        from arena.ratings.models import Board
        from arena.votelog import queries as votelog

        first = votelog.head()
        rebuild.fill(BACKLOG * RUNS, CONTENDERS)
        with psycopg.connect(stage.superuser()) as connection, connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for statement in _QUEUE.split(";"):
                cursor.execute(statement, {"from": first, "to": first + BACKLOG * RUNS})
        rates = []
        for _ in range(RUNS):
            begun, start = time.monotonic(), votelog.head()
            while votelog.head() < start + BACKLOG:
                projector.project()
            rates.append((votelog.head() - start) / (time.monotonic() - begun))
        while projector.project():
            pass
        board = Board.objects.get()
        assert board.votes == BACKLOG * RUNS
        assert not projector.rebuild(board.pk).differences
        return rates


def run() -> list[Bar]:
    rate, lags = lag()
    value, spread = middle(backlog())
    late = quantile(lags, 0.99)
    note = f"p50 {quantile(lags, 0.5):.2f} s over {len(lags)} votes; published at most every 0.5 s"
    return [
        Bar("S8", "projector, backlog", value, rate, "votes/s", ">= 50x the vote rate", value >= 50 * rate, RUNS, spread),
        Bar("S8.lag", "vote to published board", late, 1.0, "s", "p99 <= 1 s", late <= 1.0, 1, (min(lags), max(lags)), note),
    ]
