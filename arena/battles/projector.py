"""Numbering facts and folding them into boards: the one loop behind the live leaderboards, and the making of whole generations beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from arena import clock, metrics, transactions
from arena.battles import entries
from arena.contenders import queries as contenders
from arena.ratings import actions as ratings
from arena.ratings import queries as boards
from arena.ratings import skill
from arena.ratings.folding import Folding
from arena.ratings.models import Board
from arena.votelog import actions as votelog
from arena.votelog import queries as log

BATCH = 1000
# Between two notes of how far a generation has come.
STRETCH = 100_000
# A board that counts none of what comes is published that often, so that one sees that it is awake.
IDLE_SECONDS = 5.0


def project() -> int:
    """One round: number what waits, fold it into every live board, publish those that are due. Gives the work done, 0 when idle."""
    begun = clock.monotonic()
    done = votelog.number(limit=BATCH)
    described = contenders.mark()
    live = list(Board.objects.filter(generation__gt=0).select_related("snapshot").defer("snapshot__body"))
    if live and (items := entries.items_after(after := min(board.last_seq for board in live), BATCH)):
        done += ratings.fold(after=after, items=items) and len(items)
        live = list(Board.objects.filter(generation__gt=0).select_related("snapshot").defer("snapshot__body"))
    if due := [board.pk for board in live if _due(board, described)]:
        ratings.publish(board_ids=due)
    if done:
        metrics.PROJECTOR_BATCH.observe(done)
        metrics.PROJECTOR_SECONDS.observe(clock.monotonic() - begun)
    metrics.PROJECTOR_AT.set(clock.now().timestamp())
    return done


def _due(board: Board, described: str) -> bool:
    """At once when the board has rested for a tick, else at the next tick: a busy board is not sent for every vote.

    `described` is the mark of the contenders as they are now: one that was renamed, listed or retired changes the board without a vote.
    """
    snapshot = getattr(board, "snapshot", None)
    if snapshot is None:
        return True
    rested = clock.now() - snapshot.at
    if rested < timedelta(seconds=settings.BOARD_TICK_SECONDS):
        return False
    counted = (snapshot.votes, snapshot.generation) != (board.votes, board.generation)
    passed = snapshot.seq < board.last_seq and (board.filter.everything or rested >= timedelta(seconds=IDLE_SECONDS))
    return counted or passed or snapshot.contenders != described


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
    transactions.take_time()  # the pairs of hundreds of contenders are compared for seconds
    board = Board.objects.get(pk=board_id)
    shadow = _shadow(board)
    shadow.take(entries.items_between(board, shadow.seq, board.last_seq))
    held = Board.objects.select_for_update().get(pk=board_id)
    if (held.generation, held.amended_seq) != (board.generation, board.amended_seq):
        shadow = _shadow(held)
    shadow.take(entries.items_between(held, shadow.seq, held.last_seq))
    shadow.seq = held.last_seq
    differences = ratings.compare(held, shadow)
    if write and differences:
        ratings.replace_by(held, shadow)
    return Rebuilt(votes=shadow.votes, seq=shadow.seq, differences=differences)


def build(board_id: int) -> bool:
    """Fold the generation that is wanted of a board and put it in the place of the live one. False when none is wanted.

    The live board goes on meanwhile and is held for a moment in the end. Killed at any point, nothing has changed and it can begin again.
    """
    board = Board.objects.get(pk=board_id)
    if board.generation >= board.wanted:
        return False
    ratings.move_window(board, clock.now())
    board.amended_seq = entries.newest_amendment()
    if not board.parameter_changes.exists():
        _first_parameters(board)
    head = max(log.head(), 0)
    shadow = _shadow(board)
    while shadow.seq < head:
        reached = min(shadow.seq + STRETCH, head)
        shadow.take(entries.items_between(board, shadow.seq, reached))
        shadow.seq = reached
        ratings.note_progress(board_id=board.pk, progress=reached / head)
    _replace(board, shadow)
    return True


@transaction.atomic
def _replace(board: Board, shadow: Folding) -> None:
    transactions.take_time()
    held = Board.objects.select_for_update().get(pk=board.pk)
    # The newest entry, or more: a live board must not go back (P7), nor a shadow be ahead of what it has read.
    last = max(held.last_seq, log.head())
    shadow.take(entries.items_between(board, shadow.seq, last))
    ratings.replace_by(
        held, shadow, last_seq=last, generation=board.wanted, progress=1.0, amended_seq=board.amended_seq, window_from=board.window_from
    )
    if entries.newest_amendment() > board.amended_seq:  # it came meanwhile, and the cursor may have gone past it
        ratings.want_anew([board.pk])


def _shadow(board: Board) -> Folding:
    """Before the first entry: with the parameters that hold from the beginning."""
    first = boards.parameters_at(board, -1)
    return Folding(parameters=first, filter=board.filter, board=board.pk)


def _first_parameters(board: Board) -> None:
    """A board over votes of the past begins with the draw probability that the newest of those have."""
    counted, head = Folding(filter=board.filter, board=board.pk), log.head()
    for _ in counted.picked(entries.items_between(board, head - STRETCH, head)):
        pass
    met = counted.meetings().values()
    draws = sum(one.ties + one.both_bad for one in met)
    draw = skill.estimate_draw_probability(draws, draws + sum(one.wins_low + one.wins_high for one in met))
    ratings.change_parameters(board=board, step=0, parameters=skill.Parameters(draw_probability=draw))


def build_all(*, tell: Callable[[str], None] = lambda line: None) -> int:
    """Make every generation that is wanted; gives how many."""
    wanted = [board for board in Board.objects.order_by("position", "pk") if board.generation < board.wanted]
    for board in wanted:
        build(board.pk)
        tell(f"{board.slug}: folded anew")
    return len(wanted)
