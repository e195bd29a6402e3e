"""Reading boards."""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import F, Sum

from arena.contenders.models import Contender, State
from arena.contenders.queries import PUBLIC, describe, register
from arena.ratings import rules, skill, standings
from arena.ratings.models import Archived, Board, Meeting, ParameterChange, Rating

FRESH = skill.Parameters()
_RANKED = (State.PRELIMINARY, State.LISTED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contender that may be drawn, with its skill on a board."""

    contender: int
    vendor: str
    mu: float
    sigma: float
    votes: int


def candidates(slug: str, contenders: Sequence[Contender]) -> tuple[list[Candidate], int]:
    """The skills of these contenders, new ones at the prior, and the seq that they stand at."""
    board = Board.objects.filter(slug=slug).first()
    ratings = {row.contender_id: row for row in Rating.objects.filter(board=board, contender__in=contenders)} if board else {}
    rows = []
    for contender in contenders:
        row = ratings.get(contender.pk)
        mu, sigma, votes = (row.mu, row.sigma, row.votes) if row else (FRESH.mu0, FRESH.sigma0, 0)
        rows.append(Candidate(contender.pk, contender.vendor, mu, sigma, votes))
    return rows, board.last_seq if board else -1


# Of each board the newest change that is numbered up to some seq, else its first: that one holds from the beginning.
_PARAMETERS = """
SELECT DISTINCT ON (p.board_id) p.board_id, p.mu0, p.sigma0, p.beta, p.tau, p.draw_probability
FROM ratings_parameterchange p
JOIN unnest(%s::bigint[], %s::bigint[]) AS wanted (board, seq) ON wanted.board = p.board_id
LEFT JOIN votelog_entry e ON e.subject = p.id AND e.kind = 'policy' AND e.seq <= wanted.seq
WHERE e.seq IS NOT NULL OR p.step = 0
ORDER BY p.board_id, e.seq DESC NULLS LAST
"""


def parameters_in_force(boards: Sequence[Board], seq: int | None = None) -> dict[int, skill.Parameters]:
    """By board: the parameters in force right behind the log entry `seq`, or behind each one's own last."""
    seqs = [board.last_seq if seq is None else seq for board in boards]
    with connection.cursor() as cursor:
        cursor.execute(_PARAMETERS, [[board.pk for board in boards], seqs])
        found = {row[0]: skill.Parameters(*row[1:]) for row in cursor.fetchall()}
    return {board.pk: found.get(board.pk, FRESH) for board in boards}


def parameters_at(board: Board, seq: int) -> skill.Parameters:
    """The parameters in force right behind the log entry `seq`."""
    return parameters_in_force([board], seq)[board.pk]


def drawn(board: Board) -> tuple[int, int]:
    """Of all meetings of two on a board (a ballot of more is each two of it): how many were draws, and how many there were."""
    ties = F("ties") + F("both_bad")
    found = Meeting.objects.filter(board=board).aggregate(draws=Sum(ties), all=Sum(ties + F("wins_low") + F("wins_high")))
    return found["draws"] or 0, found["all"] or 0


def parameter_opening(row: ParameterChange, board: Board) -> dict[str, Any]:
    """What a parameter change's commitment commits to; numbers as shortest exact decimal strings. A board's filter is said once, unless it takes all."""
    names = ("mu0", "sigma0", "beta", "tau", "draw_probability")
    told = {"v": 1, "board": board.slug, "step": row.step} | {name: repr(getattr(row, name)) for name in names}
    counted = described(board)
    return told if row.step or counted == described(Board()) else told | {"filter": counted}


def described(board: Board) -> dict[str, Any]:
    """What a board counts, as it is told to everybody."""
    return {
        "categories": sorted(board.categories),
        "languages": sorted(board.languages),
        "pools": sorted(board.pools),
        "since": board.since and board.since.isoformat(),
        "until": board.until and board.until.isoformat(),
        "window_days": board.window_days,
        "ties": "draw" if board.ties else "ignore",
        "both_bad": "draw" if board.both_bad else "ignore",
    }


class Skill(NamedTuple):
    """What a contender's place follows from."""

    mu: float
    sigma: float
    votes: int
    group: int


# Read at every vote: everybody who has a place, by one statement.
_STANDINGS = """
SELECT c.id, c.state = ANY(%s), r.mu, r.sigma, r.votes, r."group" FROM contenders_contender c
LEFT JOIN (ratings_rating r JOIN ratings_board b ON b.id = r.board_id AND b.slug = %s) ON r.contender_id = c.id
WHERE r.id IS NOT NULL OR c.state = ANY(%s)
"""


def standings_of(slug: str, contenders: Iterable[int]) -> dict[str, Any]:
    """Where these contenders stand now, by contender id (as a string, to be stored as JSON)."""
    wanted = set(contenders)
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, [list(_RANKED), slug, list(_RANKED)])
        rows = cursor.fetchall()
    ratings = {id: Skill(*numbers) for id, _, *numbers in rows if numbers[0] is not None}
    ranked = _ranked(None, ratings, [id for id, is_shown, *_ in rows if is_shown])
    return {str(row.contender): standing(row) for row, _ in ranked if row.contender in wanted}


def standing(row: standings.Standing) -> dict[str, Any]:
    """One place on a board as it is published: numbers as fixed-point strings."""
    return {
        "rank": row.rank,
        "mu": skill.fixed(row.mu),
        "sigma": skill.fixed(row.sigma),
        "low": skill.fixed(row.low),
        "high": skill.fixed(row.high),
        "votes": row.votes,
    }


def minimum_votes(board: Board | None) -> int:
    """With how many a contender's place on this board is no more preliminary."""
    return settings.PRELIMINARY_VOTES if board is None or board.minimum_votes is None else board.minimum_votes


def _ranked(board: Board | None, ratings: Mapping[int, Rating | Skill], shown: Iterable[int]) -> list[tuple[standings.Standing, int]]:
    """Every contender's place within its group, and the group's number: 1 is the largest; the places of those who never met say nothing.

    Those without a vote stand at the prior, among the largest group.
    """
    minimum = minimum_votes(board)
    sizes = Counter(row.group for row in ratings.values())
    numbers = {group: number for number, group in enumerate(sorted(sizes, key=lambda group: (-sizes[group], group)), 1)}
    grouped: dict[int, list[standings.Row]] = {}
    for id in set(shown) | set(ratings):
        row = ratings.get(id)
        mu, sigma, votes = (row.mu, row.sigma, row.votes) if row else (FRESH.mu0, FRESH.sigma0, 0)
        number = numbers[row.group] if row else 1
        grouped.setdefault(number, []).append(standings.Row(contender=id, mu=mu, sigma=sigma, votes=votes))
    return [(place, number) for number in sorted(grouped) for place in standings.rank(grouped[number], minimum)]


def board_documents(boards: Sequence[Board]) -> dict[int, dict[str, Any]]:
    """The public states of boards, by board."""
    contenders = Contender.objects.filter(state__in=PUBLIC).in_bulk()
    about = {id: describe(contender) for id, contender in contenders.items()}
    shown = [id for id, contender in contenders.items() if contender.state in _RANKED]
    parameters, policies = parameters_in_force(boards), rules.in_force()
    ratings: dict[int, dict[int, Rating]] = {board.pk: {} for board in boards}
    for row in Rating.objects.filter(board__in=boards):
        ratings[row.board_id][row.contender_id] = row
    documents = {board.pk: _document(board, parameters[board.pk], ratings[board.pk], shown, about) for board in boards}
    return {board.pk: {**documents[board.pk], "meta": meta_of(board, policies)} for board in boards}


def _document(
    board: Board, parameters: skill.Parameters, ratings: Mapping[int, Rating], shown: Iterable[int], about: Mapping[int, dict[str, Any]]
) -> dict[str, Any]:
    ranked = _ranked(board, ratings, shown)
    return {
        **summary(board),
        "parameters": {name: skill.fixed(getattr(parameters, name)) for name in ("mu0", "sigma0", "beta", "tau", "draw_probability")},
        "groups": max((number for _, number in ranked), default=0),
        "rows": [
            _row(place, number, about[place.contender], ratings.get(place.contender))
            for place, number in ranked
            if place.contender in about
        ],
    }


def meta(*, what: str, as_of: datetime, seq: int | None, policies: Mapping[str, str]) -> dict[str, Any]:
    """What whoever uses or cites a document has to know: of when it is, up to which log entry, by which rules, and on which terms."""
    until = "" if seq is None else f", log entry {seq}"
    address = f" {settings.PUBLIC_URL}" if settings.PUBLIC_URL else ""
    return {
        "as_of": as_of.isoformat(),
        "seq": seq,
        "policies": dict(policies),
        "licence": settings.DATA_LICENCE,
        "citation": f"{settings.ARENA_NAME}: {what}{until}, {as_of:%Y-%m-%d %H:%M} UTC.{address}",
    }


def meta_of(board: Board, policies: Mapping[str, str]) -> dict[str, Any]:
    """The meta of a board as it is."""
    return meta(what=f"board {board.title}", as_of=board.updated_at, seq=board.last_seq, policies=policies)


def summary(board: Board) -> dict[str, Any]:
    """The head of a board's public state."""
    live = board.generation > 0
    return {
        "slug": board.slug,
        "title": board.title,
        "seq": board.last_seq,
        "votes": board.votes,
        "updated_at": board.updated_at.isoformat(),
        "state": "live" if live else "building",
        "progress": 1.0 if live else round(board.progress, 3),
        "generation": board.generation,
        "amended_seq": board.amended_seq,
        "filter": described(board) | {"minimum_votes": minimum_votes(board)},
    }


def _row(place: standings.Standing, group: int, contender: Mapping[str, Any], rating: Rating | None) -> dict[str, Any]:
    counts = {name: getattr(rating, name) if rating else 0 for name in ("wins", "losses", "ties", "both_bad")}
    return {
        **standing(place),
        "rank_low": place.rank_low,
        "rank_high": place.rank_high,
        "tier": place.tier,
        "preliminary": place.preliminary,
        "group": group,
        "contender": contender,
        **counts,
    }


MOST_POINTS = 400


def history(board: Board) -> dict[str, Any]:
    """Every kept state of a board in brief, oldest first, thinned to MOST_POINTS, and what became of the contenders meanwhile."""
    kept = list(board.archive.order_by("seq").values_list("at", "seq", "votes"))
    step = -(-len(kept) // MOST_POINTS) or 1
    wanted = [seq for _, seq, _ in kept[::-step]]
    rows = board.archive.filter(seq__in=wanted).order_by("seq").values_list("at", "seq", "votes", "places")
    points = [{"at": at.isoformat(), "seq": seq, "votes": votes, "rows": places} for at, seq, votes, places in rows]
    return {"slug": board.slug, "points": points, "events": register()}


def archived(board: Board, seq: int) -> dict[str, Any] | None:
    """A board as it was published at a seq; None when that was not kept."""
    row = board.archive.filter(seq=seq).first()
    return None if row is None else _kept(row)


def archived_by(board: Board, moment: datetime) -> dict[str, Any] | None:
    """The newest kept state of a board that was published at this moment or before; None when there is none."""
    row = board.archive.filter(at__lte=moment).order_by("-at", "-seq").first()
    return None if row is None else _kept(row)


def _kept(row: Archived) -> dict[str, Any]:
    body = json.loads(zlib.decompress(bytes(row.body)))
    if "meta" not in body:  # kept by an older release
        moment = datetime.fromisoformat(body["updated_at"])
        body["meta"] = meta(what=f"board {body['title']}", as_of=moment, seq=body["seq"], policies={})
    return {**body, "at": row.at.isoformat()}
