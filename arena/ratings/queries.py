"""Reading boards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from arena.contenders.models import Contender, State
from arena.contenders.queries import PUBLIC, describe
from arena.ratings import skill, standings
from arena.ratings.models import Board, ParameterChange, Rating

FRESH = skill.Parameters()


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


def parameters_at(board: Board, seq: int) -> skill.Parameters:
    """The parameters in force right behind the log entry `seq`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.mu0, p.sigma0, p.beta, p.tau, p.draw_probability FROM ratings_parameterchange p"
            " JOIN votelog_entry e ON e.subject = p.id AND e.kind = 'policy'"
            " WHERE p.board_id = %s AND e.seq <= %s ORDER BY e.seq DESC LIMIT 1",
            [board.pk, seq],
        )
        row = cursor.fetchone()
    return skill.Parameters(*row) if row else FRESH


def parameter_opening(row: ParameterChange, slug: str) -> dict[str, Any]:
    """What a parameter change's commitment commits to; numbers as shortest exact decimal strings."""
    names = ("mu0", "sigma0", "beta", "tau", "draw_probability")
    return {"v": 1, "board": slug, "step": row.step} | {name: repr(getattr(row, name)) for name in names}


def standings_of(slug: str, contenders: Iterable[int]) -> dict[str, Any]:
    """Where these contenders stand now, by contender id (as a string, to be stored as JSON)."""
    wanted = set(contenders)
    ranked = _ranked(Board.objects.filter(slug=slug).first())
    return {str(row.contender): standing(row) for row in ranked if row.contender in wanted}


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


def _ranked(board: Board | None) -> list[standings.Standing]:
    """Every public contender's place; those without a vote stand at the prior."""
    ratings = {row.contender_id: row for row in Rating.objects.filter(board=board)} if board else {}
    shown = Contender.objects.filter(state__in=[State.PRELIMINARY, State.LISTED]).values_list("pk", flat=True)
    rows = []
    for id in set(shown) | set(ratings):
        row = ratings.get(id)
        mu, sigma, votes = (row.mu, row.sigma, row.votes) if row else (FRESH.mu0, FRESH.sigma0, 0)
        rows.append(standings.Row(contender=id, mu=mu, sigma=sigma, votes=votes))
    return standings.rank(rows, settings.PRELIMINARY_VOTES)


def board_document(board: Board) -> dict[str, Any]:
    """The public state of a board."""
    parameters = parameters_at(board, board.last_seq)
    contenders = Contender.objects.filter(state__in=PUBLIC).in_bulk()
    ratings = {row.contender_id: row for row in Rating.objects.filter(board=board)}
    rows = [
        _row(place, contenders[place.contender], ratings.get(place.contender)) for place in _ranked(board) if place.contender in contenders
    ]
    return {
        "slug": board.slug,
        "title": board.title,
        "seq": board.last_seq,
        "votes": board.votes,
        "updated_at": board.updated_at.isoformat(),
        "parameters": {name: skill.fixed(getattr(parameters, name)) for name in ("mu0", "sigma0", "beta", "tau", "draw_probability")},
        "rows": rows,
    }


def _row(place: standings.Standing, contender: Contender, rating: Rating | None) -> dict[str, Any]:
    counts = {name: getattr(rating, name) if rating else 0 for name in ("wins", "losses", "ties", "both_bad")}
    return {
        **standing(place),
        "rank_low": place.rank_low,
        "rank_high": place.rank_high,
        "tier": place.tier,
        "preliminary": place.preliminary,
        "contender": describe(contender),
        **counts,
    }
