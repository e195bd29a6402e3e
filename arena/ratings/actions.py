"""Folding the log into boards, and publishing them."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from arena import clock
from arena.contenders import queries as contenders
from arena.ratings import queries, skill
from arena.ratings.folding import Amendment, Folding, Item, Meetings, Tally, grouped
from arena.ratings.models import Analysis, Archived, Board, Meeting, ParameterChange, Rating, Snapshot
from arena.votelog import actions as votelog
from arena.votelog import commitment
from arena.votelog import queries as log

CHANNEL = "arena_boards"
NUMBERS = ("mu", "sigma", *Tally.__slots__, "group")
_COUNTS = tuple(Meetings.__slots__)

_ADD_MEETINGS = f"""
INSERT INTO ratings_meeting (board_id, low_id, high_id, {", ".join(_COUNTS)})
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], {", ".join("%s::bigint[]" for _ in _COUNTS)})
ON CONFLICT (board_id, low_id, high_id) DO UPDATE SET {", ".join(f"{name} = ratings_meeting.{name} + EXCLUDED.{name}" for name in _COUNTS)}
"""

# Of the numbers the first two are floats, to the last bit.
_STORE_RATINGS = f"""
INSERT INTO ratings_rating (board_id, contender_id, mu, sigma, {", ".join(Tally.__slots__)}, "group")
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::float8[], {", ".join("%s::bigint[]" for _ in Tally.__slots__)}, %s::bigint[])
ON CONFLICT (board_id, contender_id) DO UPDATE SET {", ".join(f'"{name}" = EXCLUDED."{name}"' for name in NUMBERS)}
"""
_SNAPSHOT = ("board_id", "seq", "votes", "generation", "body", "etag")
_STORE_SNAPSHOTS = f"""
INSERT INTO ratings_snapshot ({", ".join(_SNAPSHOT)}, contenders, at)
SELECT *, %s, %s FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::bytea[], %s::text[])
ON CONFLICT (board_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in (*_SNAPSHOT[1:], "contenders", "at"))}
"""
_MOVE = """
UPDATE ratings_board SET last_seq = %s, updated_at = %s, votes = ratings_board.votes + added.votes, draws = ratings_board.draws + added.draws
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS added (id, votes, draws) WHERE ratings_board.id = added.id
"""
# So many entries the projector folds into a new board by itself, in a moment.
_SHORT = 1000


@transaction.atomic
def create_board(*, slug: str, title: str, **filter: Any) -> Board:
    """A board of its filter, to be folded from the beginning; the same slug again changes nothing.

    While the log is short the board is live at once, and the projector catches up with it.
    """
    board, fresh = Board.objects.get_or_create(slug=slug, defaults={"title": title, "updated_at": clock.now(), **filter})
    if fresh and not board.window_days and log.head() < _SHORT:
        change_parameters(board=board, step=0, parameters=skill.Parameters(draw_probability=skill.DRAW_PRIOR))
        board.generation, board.progress = board.wanted, 1.0
        board.save(update_fields=["generation", "progress"])
    elif fresh:
        publish(board_ids=[board.pk])
        _send_for_builder()
    return board


@transaction.atomic
def want_anew(boards: Iterable[int]) -> None:
    """Have these boards folded from the beginning once more."""
    if Board.objects.filter(pk__in=list(boards)).update(wanted=F("wanted") + 1):
        _send_for_builder()


def want_windows() -> None:
    """Have the boards with a rolling window folded anew, from where it begins today."""
    want_anew(Board.objects.filter(window_days__isnull=False, generation__gt=0).values_list("pk", flat=True))


def _send_for_builder() -> None:
    """A worker makes what is wanted; one that is waiting already will see this, too."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task("arena.battles.tasks.build_boards", queueing_lock="build_boards", lock="build_boards").defer()


@transaction.atomic
def change_parameters(*, board: Board, step: int, parameters: skill.Parameters) -> None:
    """Record parameters that hold from their own log entry on (the first ones from the beginning); a step that was taken is not taken again."""
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
        votelog.submit(kind="policy", subject=row.pk, commit=commitment.commit(salt, queries.parameter_opening(row, board)))


@transaction.atomic
def fold(*, after: int, items: Sequence[Item]) -> int:
    """Fold log entries, the ones right behind `after`, into every live board and move its cursor, in one transaction; gives how many moved.

    A board that is ahead takes what is new to it; one that is behind `after` takes nothing. Ballots must carry labels.
    """
    last = items[-1].seq if items else -1
    live = Board.objects.select_for_update().filter(generation__gt=0, last_seq__gte=after, last_seq__lt=last)
    boards = list(live.order_by("pk"))
    if not boards:
        return 0
    concerned = {board: own for board in boards if (own := _own(board, items))}
    rows = _rows(concerned)
    parameters = queries.parameters_in_force(list(concerned))
    foldings = []
    for board, own in concerned.items():
        table = {id: (row.mu, row.sigma) for id, row in rows[board.pk].items()}
        folding = Folding(parameters[board.pk], table, board.last_seq, board.filter, board.pk)
        folding.take(own)
        foldings.append((board, folding))
    _add_ratings(foldings, rows)
    _add_meetings(foldings)
    _move(boards, last, dict(foldings))
    _amended(boards, items)
    return len(boards)


def _own(board: Board, items: Sequence[Item]) -> list[Item]:
    """Of these entries, those that change the board."""
    admits, found = board.filter.admits, []
    for item in items:
        if item.seq <= board.last_seq:
            continue
        if isinstance(item.what, skill.Ballot):
            if admits(item.what.ranks, item.both_bad, item.labels):
                found.append(item)
        elif isinstance(item.what, skill.ParameterChange) and item.board == board.pk:
            found.append(item)
    return found


def _rows(concerned: Mapping[Board, Sequence[Item]]) -> dict[int, dict[int, Rating]]:
    """The ratings of who is in these ballots, by board and contender."""
    ids = {id for own in concerned.values() for item in own if isinstance(item.what, skill.Ballot) for id in item.what.contenders}
    found: dict[int, dict[int, Rating]] = {board.pk: {} for board in concerned}
    for row in Rating.objects.filter(board__in=list(found), contender__in=ids):
        found[row.board_id][row.contender_id] = row
    return found


def _add_ratings(foldings: Sequence[tuple[Board, Folding]], known: Mapping[int, Mapping[int, Rating]]) -> None:
    rows = []
    for board, folding in foldings:
        before = known[board.pk]
        tallies = folding.tallies()
        groups = {id: before[id].group if id in before else id for id in tallies}
        joined = grouped(
            [*((group, group) for group in groups.values()), *((groups[low], groups[high]) for low, high in folding.meetings())]
        )
        for group, larger in joined.items():
            if group != larger:
                Rating.objects.filter(board=board, group=group).update(group=larger)
        for id, counts in tallies.items():
            if row := before.get(id):
                counts.add(Tally(**{name: getattr(row, name) for name in Tally.__slots__}))
            rows.append(_rating(board, id, folding.table[id], counts, joined[groups[id]]))
    _store(rows)


def _store(rows: Sequence[Rating]) -> None:
    names = ("board_id", "contender_id", *NUMBERS)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_STORE_RATINGS, [[getattr(row, name) for row in rows] for name in names])


def _rating(board: Board, contender: int, at: skill.Skill, counts: Tally, group: int) -> Rating:
    numbers = {name: getattr(counts, name) for name in Tally.__slots__}
    return Rating(board=board, contender_id=contender, mu=at[0], sigma=at[1], group=group, **numbers)


def _add_meetings(foldings: Sequence[tuple[Board, Folding]]) -> None:
    rows = [
        (board.pk, low, high, *(getattr(counts, name) for name in _COUNTS))
        for board, folding in foldings
        for (low, high), counts in folding.meetings().items()
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_ADD_MEETINGS, [list(column) for column in zip(*rows, strict=True)])


def _move(boards: Sequence[Board], last: int, foldings: Mapping[Board, Folding]) -> None:
    """Move the cursors, add up the totals, and estimate the draw probability of those that have come to a step."""
    added = [(board.pk, *((f.votes, f.draws) if (f := foldings.get(board)) else (0, 0))) for board in boards]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [last, clock.now(), *(list(column) for column in zip(*added, strict=True))])
    for board, folding in foldings.items():
        before, board.votes, board.draws = board.votes, board.votes + folding.votes, board.draws + folding.draws
        _estimate(board, before, folding.parameters)


def _amended(boards: Sequence[Board], items: Sequence[Item]) -> None:
    """Boards that cover an amended ballot are wanted anew; the others have taken account of it by doing nothing."""
    amendments = [(item.seq, item.what) for item in items if isinstance(item.what, Amendment)]
    for seq, amendment in amendments:
        new = [board for board in boards if board.last_seq < seq]
        covering = {board.pk for board in new if any(map(board.filter.covers, amendment.labels))}
        want_anew(covering)
        Board.objects.filter(pk__in=[board.pk for board in new if board.pk not in covering], wanted=F("generation")).update(amended_seq=seq)


def expected(board: Board, shadow: Folding) -> tuple[list[Rating], list[Meeting]]:
    """The rows that a board folded from the beginning consists of."""
    meetings = shadow.meetings()
    groups = grouped(meetings)
    ratings = [_rating(board, id, shadow.table[id], counts, groups[id]) for id, counts in shadow.tallies().items()]
    rows = [
        Meeting(board=board, low_id=low, high_id=high, **{name: getattr(counts, name) for name in _COUNTS})
        for (low, high), counts in meetings.items()
    ]
    return ratings, rows


@transaction.atomic
def replace_by(board: Board, shadow: Folding, **facts: Any) -> None:
    """Put what was folded in the shadow in the place of the live board, with these facts about it, and publish it."""
    ratings, meetings = expected(board, shadow)
    Rating.objects.filter(board=board).exclude(contender__in=[row.contender_id for row in ratings]).delete()
    Meeting.objects.filter(board=board).delete()
    _store(ratings)
    Meeting.objects.bulk_create(meetings, batch_size=5000)
    values = {"votes": shadow.votes, "draws": shadow.draws, **facts}
    Board.objects.filter(pk=board.pk).update(**values, updated_at=clock.now())
    publish(board_ids=[board.pk])


def compare(board: Board, shadow: Folding) -> list[str]:
    """A line for every number in which the live board differs from what was rebuilt; floats are compared bit for bit."""
    ratings, meetings = expected(board, shadow)
    totals = (("votes", board.votes, shadow.votes), ("draws", board.draws, shadow.draws))
    lines = [f"board: {name} is {was}, rebuilt {now}" for name, was, now in totals if was != now]
    live = {f"contender {row.contender_id}": row for row in Rating.objects.filter(board=board)}
    lines += _differences(live, {f"contender {row.contender_id}": row for row in ratings}, NUMBERS)
    met = {f"meeting {row.low_id} {row.high_id}": row for row in Meeting.objects.filter(board=board)}
    return lines + _differences(met, {f"meeting {row.low_id} {row.high_id}": row for row in meetings}, _COUNTS)


def _differences(live: Mapping[str, Any], wanted: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    lines = [f"{key}: only in one of the two" for key in sorted(live.keys() ^ wanted.keys())]
    for key in sorted(live.keys() & wanted.keys()):
        for name in names:
            was, now = getattr(live[key], name), getattr(wanted[key], name)
            if was != now:
                lines.append(f"{key}: {name} is {was!r}, rebuilt {now!r}")
    return lines


def _estimate(board: Board, before: int, parameters: skill.Parameters) -> None:
    """At recorded numbers of rated votes the draw probability is estimated anew; it holds once the log has numbered it."""
    step = skill.next_estimate_at(before)
    if board.votes < step:
        return
    while (later := skill.next_estimate_at(step)) <= board.votes:
        step = later
    draws, meetings = queries.drawn(board)
    fresh = skill.estimate_draw_probability(draws, meetings)
    change_parameters(board=board, step=step, parameters=replace(parameters, draw_probability=fresh))


@transaction.atomic
def publish(*, board_ids: Sequence[int]) -> None:
    """Make the public bytes of boards, and tell every web process that they are there."""
    boards = list(Board.objects.select_for_update().filter(pk__in=board_ids).order_by("pk"))
    mark = contenders.mark()  # before the rows are read: what changes meanwhile has it published once more
    documents = queries.board_documents(boards)
    bodies = [encoded(documents[board.pk]) for board in boards]
    facts = [[getattr(board, name) for board in boards] for name in ("pk", "last_seq", "votes", "generation")]
    with connection.cursor() as cursor:
        cursor.execute(_STORE_SNAPSHOTS, [mark, clock.now(), *facts, bodies, list(map(etag, bodies))])
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, " ".join(board.slug for board in boards)[:7000]])


@transaction.atomic
def publish_analysis(*, board: Board, document: Mapping[str, Any]) -> None:
    """Put a board's statistics, made at its cursor as `board` has it, in the place of older ones."""
    body = encoded(document)
    values = {
        "seq": board.last_seq,
        "votes": board.votes,
        "generation": board.generation,
        "body": body,
        "etag": etag(body),
        "at": clock.now(),
    }
    Analysis.objects.update_or_create(board=board, defaults=values)


@transaction.atomic
def archive(*, board: Board) -> bool:
    """Keep what is published of a live board now for ever; False when that is kept already."""
    snapshot = Snapshot.objects.select_for_update().filter(board=board, generation__gt=0).first()
    if snapshot is None:
        return False
    rows = json.loads(bytes(snapshot.body))["rows"]
    places = [[row["contender"]["slug"], row["rank"], row["mu"], row["low"], row["high"]] for row in rows if row["votes"]]
    values = {"votes": snapshot.votes, "body": zlib.compress(bytes(snapshot.body), 9), "places": places, "at": snapshot.at}
    _, fresh = Archived.objects.get_or_create(board=board, seq=snapshot.seq, defaults=values)
    return fresh


def archive_due() -> int:
    """Archive every live board whose newest kept state is HISTORY_SECONDS old; gives how many were kept anew."""
    recent = Archived.objects.filter(at__gt=clock.now() - timedelta(seconds=settings.HISTORY_SECONDS)).values("board")
    return sum(archive(board=board) for board in Board.objects.filter(generation__gt=0).exclude(pk__in=recent))


def encoded(document: Mapping[str, Any]) -> bytes:
    """A document as the bytes that are published."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def note_progress(*, board_id: int, progress: float) -> None:
    """How far the shadow has come, 0 to 1; shown of a board that nothing else is to be seen of yet."""
    Board.objects.filter(pk=board_id).update(progress=progress)
    if Board.objects.filter(pk=board_id, generation=0).exists():
        publish(board_ids=[board_id])


def move_window(board: Board, now: datetime) -> None:
    """Let the rolling window, if the board has one, end today: it begins at midnight (UTC), so many days before."""
    if board.window_days is not None:
        board.window_from = (now - timedelta(days=board.window_days)).replace(hour=0, minute=0, second=0, microsecond=0)
