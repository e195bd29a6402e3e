"""What must hold whatever befell: asked of the database itself, and of a rebuild."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, connection
from procrastinate.exceptions import ConnectorException

from arena.battles import projector
from arena.credits import queries as credits
from arena.ledger import queries as ledger
from arena.ratings.models import Board
from tests.chaos.crowd import Acknowledged
from tests.chaos.jobs import done, given

T = TypeVar("T")
HEAL_SECONDS = 10.0

_VOTES = """
SELECT v.battle_id::text, v.outcome, v.award,
       (SELECT count(*) FROM votelog_entry e WHERE e.kind = 'vote' AND e.subject = v.id),
       (SELECT count(*) FROM ledger_transfer t WHERE t.kind = 'award' AND t.subject = v.battle_id),
       (SELECT coalesce(sum(t.amount), 0) FROM ledger_transfer t WHERE t.kind = 'award' AND t.subject = v.battle_id)
FROM battles_vote v WHERE v.battle_id = ANY(%s::uuid[])
"""
_WAITING = "SELECT count(*) FROM votelog_pending p JOIN battles_vote v ON v.id = p.subject WHERE v.battle_id = ANY(%s::uuid[])"
_UNLOGGED = """
SELECT count(*) FROM battles_vote v WHERE NOT EXISTS (SELECT FROM votelog_entry e WHERE e.subject = v.id)
AND NOT EXISTS (SELECT FROM votelog_pending p WHERE p.subject = v.id)
"""
_RATED = """
SELECT b.votes, (SELECT count(*) FROM battles_vote v JOIN votelog_entry e ON e.kind = 'vote' AND e.subject = v.id
                 WHERE v.rated AND e.seq <= b.last_seq) FROM ratings_board b WHERE b.slug = 'overall'
"""
_STUCK = "SELECT count(*) FROM battles_answer WHERE status = 'streaming' AND lease_until < now() - %s * interval '1 second'"


def persistently(what: Callable[[], T], within: float = HEAL_SECONDS) -> T:
    """The result of `what`, tried again while the database is away; raises its error after `within` seconds."""
    until = time.monotonic() + within
    while True:
        try:
            return what()
        except (DatabaseError, InterfaceError, ConnectorException):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


def broken(votes: list[Acknowledged]) -> list[str]:
    """A sentence for each promise that does not hold; `votes` are those acknowledged before this was called."""
    return persistently(lambda: [*_votes(votes), *_log(), *ledger.unsound(), *credits.unsound(), *_board()])


def _rows(sql: str, *arguments: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return list(cursor.fetchall())


def _votes(votes: list[Acknowledged]) -> list[str]:
    """Every acknowledged vote is there once, numbered once, paid once (P1, P9)."""
    ids, until = [vote.battle for vote in votes], time.monotonic() + HEAL_SECONDS
    while _rows(_WAITING, ids)[0][0] and time.monotonic() < until:
        time.sleep(0.05)
    kept = {str(row[0]): row[1:] for row in _rows(_VOTES, ids)}
    found = []
    for vote in votes:
        expected = (vote.outcome, vote.awarded, 1, int(vote.awarded > 0), vote.awarded)
        if (row := kept.get(vote.battle)) is None:
            found.append(f"the acknowledged vote on {vote.battle} is lost")
        elif row != expected:
            found.append(f"the vote on {vote.battle}: outcome, award, log entries, payments, paid are {row}, not {expected}")
    if len(set(ids)) != len(ids):
        found.append("a battle took two votes")
    return found


def _log() -> list[str]:
    """`seq` counts from 0 without a gap, and every vote has a number or waits for one."""
    least, most, count = _rows("SELECT min(seq), max(seq), count(*) FROM votelog_entry")[0]
    found = [] if (least, most) == (0, int(str(count)) - 1) else [f"seq runs from {least} to {most} in {count} entries"]
    unlogged = _rows(_UNLOGGED)[0][0]
    return [*found, f"{unlogged} votes are in no log"] if unlogged else found


def _board() -> list[str]:
    """A rebuild gives the same bits (P4), each rated vote counted once."""
    found = projector.rebuild(Board.objects.get(slug="overall").pk).differences
    # The loop may fold between the two readings: one statement, one snapshot.
    counted, rated = _rows(_RATED)[0]
    return found if counted == rated else [*found, f"the board counts {counted} votes of {rated}"]


def stuck(leeway: float) -> int:
    """Answers that still stream `leeway` seconds after their lease has lapsed."""
    return persistently(lambda: int(str(_rows(_STUCK, leeway)[0][0])))


def worked(within: float) -> bool:
    """Whether the worker does a job that is given to it now, within so many seconds."""
    job, until = persistently(given), time.monotonic() + within
    while time.monotonic() < until:
        if persistently(lambda: done(job)):
            return True
        time.sleep(0.05)
    return False
