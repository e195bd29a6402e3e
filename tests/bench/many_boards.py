"""Fifty boards over a million votes: how soon a new one is there, and how soon a vote is on every board that counts it."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg

from tests.bench import rebuild, stage
from tests.bench.bar import Bar, quantile

VOTES, CONTENDERS, BOARDS = 1_000_000, 40, 50
RATE, SECONDS = 200, 15
TIMED = ("overall", "b0", "b5", "b10", "b35")
CATEGORIES = ("code", "maths", "writing", "facts", "advice")
LANGUAGES = ("en", "de", "fr", "es", "zh")
# The battles of the votes that `rebuild.fill` has written: what each was about.
_BATTLES = """
INSERT INTO battles_battle (id, voter_id, category, language, classifier, seed, candidates, standings_seq, policy, probability, publish, created_at)
SELECT v.battle_id, %(voter)s, (%(categories)s::text[])[1 + abs(hashtext(v.id::text)) %% 5], (%(languages)s::text[])[1 + abs(hashtext('l' || v.id::text)) %% 5],
       '', 0, '{}', -1, 'bench', 0.5, false, now()
FROM battles_vote v WHERE %(ids)s::uuid[] IS NULL OR v.id = ANY(%(ids)s)
"""
_MORE = """
INSERT INTO battles_vote (id, battle_id, turn, attempt, outcome, contenders, ranks, rated, unrated_reason, naming, standings,
                          award, award_reason, reward_policy, commit, commit_person, at)
SELECT gen_random_uuid(), gen_random_uuid(), 0, 0, outcome, contenders, ranks, true, '', '{}', '{}', 0, 'flat', 'bench', commit, commit_person, clock_timestamp()
FROM battles_vote WHERE id > %(after)s ORDER BY id LIMIT %(count)s RETURNING id
"""
_QUEUE = """
INSERT INTO votelog_pending (kind, subject, commit, commit_person, at)
SELECT 'vote', id, commit, commit_person, at FROM battles_vote WHERE id = ANY(%(ids)s)
"""
LABELS = {"categories": list(CATEGORIES), "languages": list(LANGUAGES)}


def boards() -> None:
    """A board of all, one of each category and language, and of each two of them: thirty-six, and some over time."""
    from arena import clock
    from arena.ratings import actions

    wanted: list[dict[str, object]] = [{"categories": [category]} for category in CATEGORIES]
    wanted += [{"languages": [language]} for language in LANGUAGES]
    wanted += [{"categories": [category], "languages": [language]} for category in CATEGORIES for language in LANGUAGES]
    wanted += [{"since": clock.now() - timedelta(days=days)} for days in range(1, BOARDS - len(wanted) - 1)]
    for number, filter in enumerate(wanted):
        actions.create_board(slug=f"b{number}", title=f"Board {number}", **filter)


def facts(sql: str, values: dict[str, object]) -> list[tuple[object, ...]]:
    """Write facts past the checks of foreign keys, which a bench need not have."""
    with psycopg.connect(stage.superuser()) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


@dataclass(slots=True)
class Steady:
    """What was cast when, and what was seen on the boards when (seconds of one clock)."""

    cast: list[tuple[float, list[uuid.UUID]]] = field(default_factory=list)
    seen: list[tuple[float, dict[int, int]]] = field(default_factory=list)

    def look(self, over: float) -> None:
        with psycopg.connect(stage.superuser(), autocommit=True) as connection:
            while time.monotonic() < over:
                rows = connection.execute("SELECT board_id, votes FROM ratings_snapshot").fetchall()
                self.seen.append((time.monotonic(), {int(board): int(votes) for board, votes in rows}))
                time.sleep(0.05)

    def vote(self, over: float, voter: uuid.UUID) -> None:
        """RATE votes a second, a tenth of them at a time."""
        steps = SECONDS * 10
        for step in range(steps):
            ids = [uuid.UUID(str(row[0])) for row in facts(_MORE, {"after": uuid.UUID(int=step * 1000), "count": RATE // 10})]
            facts(_BATTLES, {"voter": voter, "ids": ids, **LABELS})
            facts(_QUEUE, {"ids": ids})
            self.cast.append((time.monotonic(), ids))
            time.sleep(max(0.0, over - SECONDS + (step + 1) / 10 - time.monotonic()))

    def lags(self, before: dict[int, int]) -> list[float]:
        """Of each batch: until every board that counts one of its votes was published with all of them."""
        from arena.battles.models import Vote
        from arena.ratings.filters import Labels
        from arena.ratings.models import Board

        filters, wanted, found = {board.pk: board.filter for board in Board.objects.all()}, dict(before), []
        for at, ids in self.cast:
            rows = Vote.objects.filter(pk__in=ids).values_list("battle__category", "battle__language", "at")
            labels = [Labels(category, language, "", when) for category, language, when in rows]
            for board, filter in filters.items():
                wanted[board] += sum(map(filter.covers, labels))
            there = (moment for moment, votes in self.seen if all(votes.get(board, 0) >= count for board, count in wanted.items()))
            found.append(next(there, at + 60) - at)
        return found


def run() -> list[Bar]:
    with stage.arena() as live:
        from arena.battles import projector
        from arena.ratings.models import Board
        from arena.users import actions as users
        from arena.votelog import queries as votelog

        rebuild.fill(VOTES, CONTENDERS)
        voter = users.create_guest().pk
        facts(_BATTLES, {"voter": voter, "ids": None, **LABELS})
        with psycopg.connect(stage.superuser(), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE battles_battle, battles_vote, votelog_entry")
        Board.objects.update(last_seq=votelog.head(), wanted=2)
        boards()
        took = []
        for slug in TIMED:
            begun = time.monotonic()
            projector.build(Board.objects.get(slug=slug).pk)
            took.append(time.monotonic() - begun)
        # The others count what comes from now on, which costs the same.
        Board.objects.filter(generation=0).update(generation=1, last_seq=votelog.head())
        live.projector()
        time.sleep(2)
        steady, before, over = Steady(), dict(Board.objects.values_list("pk", "votes")), time.monotonic() + SECONDS
        with ThreadPoolExecutor(1) as pool:
            watching = pool.submit(steady.look, over + 3)
            steady.vote(over, voter)
            watching.result()
        lags = steady.lags(before)
    slow, late = max(took), quantile(lags, 0.99)
    note = "all votes, a category, a language, both, a time: " + ", ".join(f"{seconds:.1f}" for seconds in took)
    return [
        Bar("B1", "a new board over a million votes", slow, 10.0, "s", "< 10 s, every one", slow < 10, len(took), (min(took), slow), note),
        Bar(
            "B2",
            f"vote to every board, {BOARDS} boards, {RATE} votes/s",
            late,
            1.0,
            "s",
            "p99 about 1 s",
            late <= 1.5,
            1,
            (min(lags), max(lags)),
        ),
    ]
