"""From skills to a ranking: order, the ranks that the intervals leave open, and tiers. Pure; O(n log n)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from arena.ratings.skill import interval

MINIMUM_VOTES = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One contender on one board: its skill (rating units) and how many rated votes it rests on."""

    contender: int
    mu: float
    sigma: float
    votes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A row with its place.

    low, high: central 95% interval. rank: 1 is best, by mu, equal mu by id. rank_low..rank_high: the ranks (best to
    worst) that the intervals leave open; rank_low <= rank <= rank_high always. tier: 1 is the top one, None while
    preliminary. preliminary: fewer votes than the board asks for.
    """

    contender: int
    mu: float
    sigma: float
    votes: int
    low: float
    high: float
    rank: int
    rank_low: int
    rank_high: int
    tier: int | None
    preliminary: bool


def rank(rows: Iterable[Row], minimum_votes: int = MINIMUM_VOTES) -> list[Standing]:
    """All rows, best first. Raises ValueError if a contender comes twice or a skill is not a proper Gaussian.

    Another contender is surely better if its whole interval lies above ours, surely worse if below; intervals that
    touch overlap.
    """
    ordered = sorted(rows, key=lambda row: (-row.mu, row.contender))
    _check(ordered)
    bounds = [interval(row.mu, row.sigma) for row in ordered]
    lows, highs = sorted(low for low, _ in bounds), sorted(high for _, high in bounds)
    count = len(ordered)
    of_tier = tiers([row.votes for row in ordered], bounds, minimum_votes)
    return [
        Standing(
            contender=row.contender,
            mu=row.mu,
            sigma=row.sigma,
            votes=row.votes,
            low=low,
            high=high,
            rank=place,
            rank_low=1 + count - bisect_right(lows, high),
            rank_high=count - bisect_left(highs, low),
            tier=tier,
            preliminary=tier is None,
        )
        for place, (row, (low, high), tier) in enumerate(zip(ordered, bounds, of_tier, strict=True), start=1)
    ]


def _check(rows: Sequence[Row]) -> None:
    if len({row.contender for row in rows}) != len(rows):
        raise ValueError("a contender stands on the board twice")
    for row in rows:
        if not (isfinite(row.mu) and isfinite(row.sigma) and row.sigma > 0.0 and row.votes >= 0):
            raise ValueError(f"contender {row.contender} has no proper skill")


def tiers(votes: Sequence[int], bounds: Sequence[tuple[float, float]], minimum_votes: int = MINIMUM_VOTES) -> list[int | None]:
    """The tier of each contender, best first: its votes, its (low, high). 1 is the top one, None while preliminary.

    Down the ranking, a contender belongs to the tier whose leader's lower bound its upper bound reaches. The leader
    stays the anchor: comparing neighbours instead chains nearly everyone into the first tier. Preliminary contenders
    neither lead nor belong: their wide intervals would make one tier of the whole board.
    """
    found: list[int | None] = []
    tier, anchor = 0, float("inf")
    for cast, (low, high) in zip(votes, bounds, strict=True):
        if cast < minimum_votes:
            found.append(None)
            continue
        if high < anchor:
            tier, anchor = tier + 1, low
        found.append(tier)
    return found
