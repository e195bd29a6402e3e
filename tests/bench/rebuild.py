"""S10 and R2: a board of a million votes rebuilt from PostgreSQL by `manage.py rebuild_board`'s own code, against the `trueskill` package."""

import json
import random
import subprocess
import sys
import time
from dataclasses import replace

import psycopg

from tests.bench import stage
from tests.bench.bar import Bar, middle

VOTES = 1_000_000
CONTENDERS = 100
SAMPLE = 3_000  # votes that the package replays: its rate does not depend on how many
RUNS = 3
MOST_BYTES = 300_000_000

# Facts as `cast_vote` and the projector leave them, but for the battles: a rebuild does not read those, and nobody checks in replica mode.
# A contender with a smaller number is the better one; a vote's id ascends with its number, as those of real votes do.
_FACTS = """
INSERT INTO battles_vote (id, battle_id, turn, attempt, outcome, contenders, ranks, rated, unrated_reason, naming, standings,
                          award, award_reason, reward_policy, commit, commit_person, at)
SELECT id, id, 0, 0, outcome, ARRAY[%(first)s + a, %(first)s + b], ranks, true, '', '{}', '{}', 10, 'flat', 'bench', %(hash)s, %(hash)s, now()
FROM (
    SELECT lpad(to_hex(n), 32, '0')::uuid AS id, a, b, outcome,
           CASE outcome WHEN 'a' THEN '{0,1}'::smallint[] WHEN 'b' THEN '{1,0}' ELSE '{0,0}' END AS ranks
    FROM (
        SELECT n, a, b, CASE WHEN luck < 0.15 THEN 'tie' WHEN luck < 0.25 THEN 'both_bad'
                             WHEN luck < 0.25 + 0.75 / (1 + exp((a - b) / 20.0)) THEN 'a' ELSE 'b' END AS outcome
        FROM (
            SELECT n, a, (a + gap) %% %(contenders)s AS b, luck
            FROM (
                SELECT n, (random() * (%(contenders)s - 1))::int AS a, 1 + (random() * (%(contenders)s - 2))::int AS gap, random() AS luck
                FROM generate_series(1, %(votes)s) AS n
            ) dice
        ) pairs
    ) judged
) votes;
INSERT INTO votelog_entry (seq, kind, subject, commit, commit_person, time)
SELECT %(seq)s + row_number() OVER (ORDER BY id), 'vote', id, commit, commit_person, at FROM battles_vote;
"""


def fill(votes: int, contenders: int) -> None:
    """A log of so many votes among so many contenders, numbered; committed."""
    from arena.contenders.models import Contender
    from arena.votelog import queries as votelog

    rows = [Contender(slug=f"c{number}", name=f"C{number}", vendor="Bench") for number in range(contenders)]
    first = min(row.pk for row in Contender.objects.bulk_create(rows))
    values = {"votes": votes, "contenders": contenders, "first": first, "seq": votelog.head(), "hash": bytes(32)}
    with psycopg.connect(stage.superuser()) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SELECT setseed(0.5)")
        for statement in _FACTS.split(";")[:2]:
            cursor.execute(statement, values)
        cursor.execute("RESET session_replication_role")
    with psycopg.connect(stage.superuser(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE battles_vote, votelog_entry")


def package_rate() -> float:
    """Votes a second of a replay by the `trueskill` package with its default backend, the quickest."""
    import trueskill

    rng = random.Random(1)
    environment = trueskill.TrueSkill(tau=0.0, draw_probability=0.25)
    table = {number: environment.create_rating() for number in range(CONTENDERS)}
    begun = time.process_time()
    for _ in range(SAMPLE):
        a, b = rng.sample(range(CONTENDERS), 2)
        table[a], table[b] = trueskill.rate_1vs1(table[a], table[b], drawn=rng.random() < 0.25, env=environment)
    return SAMPLE / (time.process_time() - begun)


def child() -> None:
    """In a process of its own, so that its memory is that of one rebuild: rebuild the board, tell the rate and the peak."""
    import resource

    import django

    django.setup()
    from arena.battles import projector
    from arena.ratings.models import Board

    begun, used = time.monotonic(), time.process_time()
    found = projector.rebuild(Board.objects.get().pk, write=True)
    took, own = time.monotonic() - begun, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"votes": found.votes, "seconds": took, "own": own, "peak": peak, "differences": len(found.differences)}))


def run() -> list[Bar]:
    with stage.arena():
        from arena.ratings.models import Board
        from arena.votelog import queries as votelog

        fill(VOTES, CONTENDERS)
        Board.objects.update(last_seq=votelog.head())
        command = [sys.executable, "-c", "from tests.bench.rebuild import child; child()"]
        _, *found = [json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(1 + RUNS)]
    # The first has written the live board; each later one is a rebuild of it that must agree to the bit (P4).
    assert all((one["votes"], one["differences"]) == (VOTES, 0) for one in found), found
    rate, spread = middle([one["votes"] / one["seconds"] for one in found])
    peak, own = max(one["peak"] for one in found), sum(one["own"] for one in found) / sum(one["seconds"] for one in found)
    note = f"peak {peak / 1e6:.0f} MB; {own:.0%} of the time in Python, the rest waiting for PostgreSQL"
    reached = rate >= 250_000 and peak < MOST_BYTES
    bar = ">= 250k votes/s, < 300 MB"
    found_bar = Bar("S10", "rebuild of a million votes", rate, package_rate(), "votes/s", bar, reached, RUNS, spread, note)
    return [found_bar, replace(found_bar, name="R2")]  # the same work by the statistics' list of bars
