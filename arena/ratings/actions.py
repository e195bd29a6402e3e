"""Folding the log into boards, and publishing them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

from django.db import connection, transaction

from arena import clock
from arena.contenders import queries as contenders
from arena.ratings import queries, skill
from arena.ratings.folding import Folding, Item, Tally
from arena.ratings.models import Board, ParameterChange, Rating, Snapshot
from arena.votelog import actions as votelog
from arena.votelog import commitment

CHANNEL = "arena_boards"


@transaction.atomic
def create_board(*, slug: str, title: str) -> Board:
    """A board with its first parameters, which are the first thing that the log says of it; the same again changes nothing."""
    board, fresh = Board.objects.get_or_create(slug=slug, defaults={"title": title, "updated_at": clock.now()})
    if fresh:
        change_parameters(board=board, step=0, parameters=skill.Parameters(draw_probability=skill.DRAW_PRIOR))
    return board


@transaction.atomic
def change_parameters(*, board: Board, step: int, parameters: skill.Parameters) -> None:
    """Record parameters that hold from their own log entry on; a step that was taken before is not taken again."""
    salt = clock.new_salt()
    row, fresh = ParameterChange.objects.get_or_create(
        board=board,
        step=step,
        defaults={
            "mu0": parameters.mu0,
            "sigma0": parameters.sigma0,
            "beta": parameters.beta,
            "tau": parameters.tau,
            "draw_probability": parameters.draw_probability,
            "salt": salt,
            "at": clock.now(),
        },
    )
    if fresh:
        votelog.submit(kind="policy", subject=row.pk, commit=commitment.commit(salt, queries.parameter_opening(row, board.slug)))


@transaction.atomic
def fold(*, board_id: int, after: int, items: Sequence[Item]) -> bool:
    """Fold log entries, the ones right behind `after`, into a board and move its cursor, in one transaction.

    False, and nothing done, when the board is not at `after` any more: another process was quicker.
    """
    board = Board.objects.select_for_update().get(pk=board_id)
    if board.last_seq != after or not items:
        return False
    rows = {row.contender_id: row for row in Rating.objects.filter(board=board)}
    folding = Folding(queries.parameters_at(board, after), {id: (row.mu, row.sigma) for id, row in rows.items()})
    folding.take(items)
    tallies = folding.tallies()
    for id in tallies.keys() & rows.keys():
        tallies[id].add(Tally(**{name: getattr(rows[id], name) for name in Tally.__slots__}))
    replace_ratings(board, folding.table, tallies)
    before = board.votes
    board.last_seq, board.votes, board.draws = folding.seq, before + folding.votes, board.draws + folding.draws
    board.updated_at = clock.now()
    board.save(update_fields=["last_seq", "votes", "draws", "updated_at"])
    _estimate(board, before, folding.parameters)
    return True


def replace_ratings(board: Board, table: skill.Table, tallies: dict[int, Tally]) -> None:
    """Store the skills and counts of the contenders in `tallies`."""
    Rating.objects.bulk_create(
        [_rating(board, id, table[id], counts) for id, counts in tallies.items()],
        update_conflicts=True,
        unique_fields=["board", "contender"],
        update_fields=["mu", "sigma", *Tally.__slots__],
    )


def _rating(board: Board, contender: int, at: skill.Skill, counts: Tally) -> Rating:
    return Rating(board=board, contender_id=contender, mu=at[0], sigma=at[1], **{name: getattr(counts, name) for name in Tally.__slots__})


@transaction.atomic
def heal(board: Board, shadow: Folding) -> None:
    """Make the live board what was rebuilt, what should not be there gone, and publish it."""
    tallies = shadow.tallies()
    Rating.objects.filter(board=board).exclude(contender__in=tallies.keys()).delete()
    replace_ratings(board, shadow.table, tallies)
    Board.objects.filter(pk=board.pk).update(votes=shadow.votes, draws=shadow.draws)
    publish(board_id=board.pk)


def compare(board: Board, shadow: Folding) -> list[str]:
    """A line for every number in which the live board differs from what was rebuilt; floats are compared bit for bit."""
    live, tallies = {row.contender_id: row for row in Rating.objects.filter(board=board)}, shadow.tallies()
    totals = (("votes", board.votes, shadow.votes), ("draws", board.draws, shadow.draws))
    lines = [f"board: {name} is {was}, rebuilt {now}" for name, was, now in totals if was != now]
    lines += [f"contender {id}: only in one of the two" for id in sorted(live.keys() ^ tallies.keys())]
    for id in sorted(live.keys() & tallies.keys()):
        wanted = _rating(board, id, shadow.table[id], tallies[id])
        for name in ("mu", "sigma", *Tally.__slots__):
            was, now = getattr(live[id], name), getattr(wanted, name)
            if was != now:
                lines.append(f"contender {id}: {name} is {was!r}, rebuilt {now!r}")
    return lines


def _estimate(board: Board, before: int, parameters: skill.Parameters) -> None:
    """At recorded numbers of rated votes the draw probability is estimated anew; it holds once the log has numbered it."""
    step = skill.next_estimate_at(before)
    if board.votes < step:
        return
    while (later := skill.next_estimate_at(step)) <= board.votes:
        step = later
    fresh = skill.estimate_draw_probability(board.draws, board.votes)
    change_parameters(board=board, step=step, parameters=replace(parameters, draw_probability=fresh))


@transaction.atomic
def publish(*, board_id: int) -> None:
    """Make the board's public bytes, and tell every web process that they are there."""
    board = Board.objects.select_for_update().get(pk=board_id)
    mark = contenders.mark()  # before the rows are read: what changes meanwhile has it published once more
    body = json.dumps(queries.board_document(board), ensure_ascii=False, separators=(",", ":")).encode()
    etag = hashlib.sha256(body).hexdigest()[:32]
    values = {"seq": board.last_seq, "body": body, "etag": etag, "contenders": mark, "at": clock.now()}
    Snapshot.objects.update_or_create(board=board, defaults=values)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{board.slug} {board.last_seq}"])
