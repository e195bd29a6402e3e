"""The rankings as programs read them: one contender, its past, who beat whom, and all of it as tables."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from arena import clock
from arena.contenders.models import Contender, Event
from arena.contenders.queries import PUBLIC, describe, line
from arena.errors import NotFound
from arena.http.tables import Cell, table
from arena.ratings import rules
from arena.ratings.models import Board, Meeting, Snapshot
from arena.ratings.queries import MOST_POINTS, meta, meta_of

_NUMBERS = ("mu", "sigma", "low", "high")
_PLACES = ("rank", "rank_low", "rank_high", "tier", "group", "preliminary")
_COUNTS = ("votes", "wins", "losses", "ties", "both_bad")
_ABOUT = ("slug", "name", "vendor", "licence", "openness", "parameters", "state")
_PRICES = ("price_input", "price_output")
BOARD_HEAD = (*_PLACES, *_ABOUT, *_NUMBERS, *_COUNTS, *_PRICES, "board", "seq", "as_of")
MEETING_HEAD = ("contender", "opponent", *_COUNTS, "board", "seq", "as_of")
HISTORY_HEAD = ("at", "seq", "rank", "mu", "low", "high", "contender", "board")
CONTENDER_HEAD = (*_ABOUT, "url", "toy", *_PRICES)
# Of each kept state the contender's own place: slug, rank, mu, low, high.
_PAST = """
SELECT a.at, a.seq, p.value FROM ratings_archived a, jsonb_array_elements(a.places) p
WHERE a.board_id = %s AND p.value ->> 0 = %s ORDER BY a.seq
"""


def board_named(slug: str | None) -> Board:
    """The board with this slug; of none, the first. Raises NotFound."""
    found = Board.objects.filter(**({"slug": slug} if slug else {})).order_by("position", "slug").first()
    if found is None:
        raise NotFound("There is no such board.")
    return found


def public_contender(slug: str) -> Contender:
    """The contender, which everybody may know of. Raises NotFound, for one that is not public in the very words for one that is none."""
    found = Contender.objects.filter(slug=slug, state__in=PUBLIC).first()
    if found is None:
        raise NotFound("There is no such contender.")
    return found


def contenders() -> dict[str, Any]:
    """Every contender that is or was public, by name."""
    rows = [describe(contender) for contender in Contender.objects.filter(state__in=PUBLIC).order_by("name", "slug")]
    newest = Event.objects.filter(contender__state__in=PUBLIC).order_by("-at").first()
    as_of = newest.at if newest else clock.now()
    return {"results": rows, "meta": meta(what="contenders", as_of=as_of, seq=None, policies=rules.in_force())}


def contender(slug: str) -> dict[str, Any]:
    """A contender: what it is, where it stands on every board as published, and what became of it. Raises NotFound."""
    found, standings = public_contender(slug), []
    bodies = Snapshot.objects.order_by("board__position", "board__slug").values_list("body", flat=True)
    boards = [json.loads(bytes(body)) for body in bodies]
    for board in boards:
        own = next((row for row in board["rows"] if row["contender"]["slug"] == slug), None)
        if own is not None:
            about = {name: board[name] for name in ("slug", "title", "seq")}
            standings.append({"board": about, **{name: value for name, value in own.items() if name != "contender"}})
    events = list(found.events.order_by("at", "pk"))
    moments = [datetime.fromisoformat(board["updated_at"]) for board in boards] + [event.at for event in events]
    about_it = meta(
        what=f"contender {found.name}",
        as_of=max(moments, default=found.created_at),
        seq=max((board["seq"] for board in boards), default=None),
        policies=rules.in_force(),
    )
    return {
        "contender": describe(found),
        "system_prompt": found.system_prompt,
        "standings": standings,
        "events": _told(events, found),
        "meta": about_it,
    }


def past(slug: str, board: Board) -> dict[str, Any]:
    """A contender's place in every kept state of a board, oldest first, thinned to MOST_POINTS, and its events. Raises NotFound."""
    found = public_contender(slug)
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [board.pk, slug])
        rows = [(at, seq, *(json.loads(place) if isinstance(place, str) else place)) for at, seq, place in cursor.fetchall()]
    step = -(-len(rows) // MOST_POINTS) or 1
    points = [
        {"at": at.isoformat(), "seq": seq, "rank": rank, "mu": mu, "low": low, "high": high}
        for at, seq, _, rank, mu, low, high in rows[::-step][::-1]
    ]
    events = _told(found.events.order_by("at", "pk"), found)
    return {"contender": slug, "board": board.slug, "points": points, "events": events, "meta": meta_of(board, rules.in_force())}


def head_to_head(board: Board, slug: str | None = None) -> dict[str, Any]:
    """Who beat whom on a board, of public contenders: every pair once, or one contender's against each other. Raises NotFound.

    Rows and seq are of one moment: a pair's row carries its board's cursor along.
    """
    chosen = public_contender(slug) if slug else None
    query = Meeting.objects.filter(board=board, low__state__in=PUBLIC, high__state__in=PUBLIC).select_related("board", "low", "high")
    rows, now = [], board
    for meeting in query:
        now = meeting.board
        if chosen is None or chosen.pk in (meeting.low_id, meeting.high_id):
            rows.append(_meeting(meeting, turned=_turned(meeting, chosen)))
    rows.sort(key=lambda row: (row["contender"], row["opponent"]))
    return {"board": board.slug, "results": rows, "meta": meta_of(now, rules.in_force())}


def _turned(meeting: Meeting, chosen: Contender | None) -> bool:
    """Whether to tell a meeting from the side of its second contender: the chosen one is first, else the first by slug."""
    return meeting.low.slug > meeting.high.slug if chosen is None else chosen.pk == meeting.high_id


def _meeting(meeting: Meeting, *, turned: bool) -> dict[str, Any]:
    sides, wins = [meeting.low.slug, meeting.high.slug], [meeting.wins_low, meeting.wins_high]
    if turned:
        sides.reverse()
        wins.reverse()
    counts = {"wins": wins[0], "losses": wins[1], "ties": meeting.ties, "both_bad": meeting.both_bad}
    return {"contender": sides[0], "opponent": sides[1], "votes": sum(counts.values()), **counts}


def _told(events: Iterable[Event], of: Contender) -> list[dict[str, Any]]:
    return [{"slug": of.slug, "name": of.name, **line(row)} for row in events]


def board_table(document: Mapping[str, Any]) -> bytes:
    """A board's document as CSV."""
    last = _last(document["slug"], document["meta"])
    return table(BOARD_HEAD, [(*_cells(row, _PLACES), *_about(row["contender"], row), *last) for row in document["rows"]])


def contenders_table(document: Mapping[str, Any]) -> bytes:
    """The register of contenders as CSV."""
    rows = document["results"]
    return table(CONTENDER_HEAD, [(*_cells(row, (*_ABOUT, "url", "toy")), *_decimals(row, _PRICES)) for row in rows])


def past_table(document: Mapping[str, Any]) -> bytes:
    """A contender's past as CSV."""
    last = (document["contender"], document["board"])
    rows = [(*_cells(point, ("at", "seq", "rank")), *_decimals(point, ("mu", "low", "high")), *last) for point in document["points"]]
    return table(HISTORY_HEAD, rows)


def head_to_head_table(document: Mapping[str, Any]) -> bytes:
    """Who beat whom as CSV."""
    last = _last(document["board"], document["meta"])
    return table(MEETING_HEAD, [(*_cells(row, ("contender", "opponent", *_COUNTS)), *last) for row in document["results"]])


def _about(contender: Mapping[str, Any], row: Mapping[str, Any]) -> list[Cell]:
    return [*_cells(contender, _ABOUT), *_decimals(row, _NUMBERS), *_cells(row, _COUNTS), *_decimals(contender, _PRICES)]


def _last(board: str, meta: Mapping[str, Any]) -> tuple[Cell, ...]:
    return board, meta["seq"], meta["as_of"]


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> list[Cell]:
    return [row[name] for name in names]


def _decimals(row: Mapping[str, Any], names: Sequence[str]) -> list[Cell]:
    return [None if row[name] is None else Decimal(row[name]) for name in names]
