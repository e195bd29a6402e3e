"""Numbering facts and folding them into boards: the one loop behind the live leaderboard. Any number may run; one works."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from arena import clock, metrics
from arena.battles import queries
from arena.contenders import queries as contenders
from arena.ratings import actions as ratings
from arena.ratings.folding import Folding
from arena.ratings.models import Board
from arena.votelog import actions as votelog

BATCH = 1000


def project() -> int:
    """One round: number what waits, fold every board up to the log's head, publish those that are due. Gives the work done, 0 when idle."""
    begun = clock.monotonic()
    done = votelog.number(limit=BATCH)
    described = contenders.mark()
    for board in Board.objects.select_related("snapshot"):
        done += _fold(board)
        _publish(board, described)
    if done:
        metrics.PROJECTOR_BATCH.observe(done)
        metrics.PROJECTOR_SECONDS.observe(clock.monotonic() - begun)
    metrics.PROJECTOR_AT.set(clock.now().timestamp())
    return done


def _fold(board: Board) -> int:
    items = queries.items_after(board.pk, board.last_seq, BATCH)
    if not items or not ratings.fold(board_id=board.pk, after=board.last_seq, items=items):
        return 0
    board.last_seq = items[-1].seq
    return len(items)


def _publish(board: Board, described: str) -> None:
    """At once when the board has rested for a tick, else at the next tick: a busy board is not sent for every vote.

    `described` is the mark of the contenders as they are now: one that was renamed, listed or retired changes the board without a vote.
    """
    snapshot = getattr(board, "snapshot", None)
    tick = timedelta(seconds=settings.BOARD_TICK_SECONDS)
    changed = snapshot is None or snapshot.seq < board.last_seq or snapshot.contenders != described
    if changed and (snapshot is None or clock.now() - snapshot.at >= tick):
        ratings.publish(board_id=board.pk)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: votes folded, the seq up to which, and a line for each number that differs."""

    votes: int
    seq: int
    differences: list[str]


@transaction.atomic
def rebuild(board_id: int, *, write: bool = False) -> Rebuilt:
    """Fold a board from nothing up to its cursor and compare every number with the live one, bit for bit (P4).

    The live board goes on meanwhile; it is held only for what came in the end, the comparing, and (`write`) the replacing.
    """
    shadow = Folding()
    shadow.take(queries.items_between(board_id, shadow.seq, Board.objects.get(pk=board_id).last_seq))
    board = Board.objects.select_for_update().get(pk=board_id)
    shadow.take(queries.items_between(board_id, shadow.seq, board.last_seq))
    differences = ratings.compare(board, shadow)
    if write and differences:
        ratings.heal(board, shadow)
    return Rebuilt(votes=shadow.votes, seq=shadow.seq, differences=differences)
