"""The cross-check as a board shows it: Rao and Kupper's fit with clustered intervals, once as votes are and once with style held equal.

Contenders that never met have no common scale, so each group is fitted alone. Within a group those without a finite
distance to the others (they won, or lost, all their comparisons with them) are left out: the fit to the rest is what
the whole tends to as the others move away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.ratings.bradley_terry import ELO, Fit, fit
from arena.ratings.comparisons import TIE, Comparisons, Floats, Ints, Pairs, count, groups, leagues, parts
from arena.ratings.intervals import Certainty, certainty, ranks
from arena.ratings.standings import tiers
from arena.ratings.style import NAMES

_ROWS_A_PARAMETER = 10  # fewer would make coefficients of chance
_FEWEST_ROWS = 100
_EXPLAINED = 1e-6  # a column with less of its own than this share says nothing that those before it do not


@dataclass(frozen=True, slots=True)
class Scale:
    """Contenders with finite distances: `members` (ascending), the comparisons among them by their places there, and the fit."""

    members: Ints
    comparisons: Comparisons
    fit: Fit
    known: Certainty


@dataclass(frozen=True, slots=True)
class Checked:
    """One contender: elo (mean 0 over its group's rows) with its clustered 95% interval.

    rank: 1 is best in its group. rank_low..rank_high: the ranks that no significant difference of a pair rules out: narrower than by
    overlap of the intervals, and yet they hold the true rank at least as often as they say. tier: by overlap, None while preliminary.
    """

    contender: int
    elo: float
    low: float
    high: float
    rank: int
    rank_low: int
    rank_high: int
    tier: int | None


@dataclass(frozen=True, slots=True)
class Coefficient:
    """What a style feature is worth: natural-log odds between an answer that has all of it and one that has none."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Styled:
    """One contender with style held equal. difference: less its Elo by the same votes as they are, both with mean 0."""

    contender: int
    elo: float
    low: float
    high: float
    rank: int
    difference: float


@dataclass(frozen=True, slots=True)
class StyleControl:
    coefficients: tuple[Coefficient, ...]
    rows: tuple[Styled, ...]


def scales(comparisons: Comparisons, pairs: Pairs) -> list[Scale]:
    """For each group of two or more, largest first, the fit of its largest league, if that has two or more and decided anything."""
    group_of, largest = groups(pairs), dict[int, Ints]()
    for league in parts(leagues(pairs)):
        largest.setdefault(int(group_of[league[0]]), league)
    candidates = [largest[int(group_of[group[0]])] for group in parts(group_of) if len(group) > 1]
    found = []
    for members in candidates:
        among = comparisons.among(members)
        if len(members) > 1 and (among.outcome != TIE).any():  # ties alone would be certain that all are equal
            fitted = fit(among, ties=True)
            found.append(Scale(members, among, fitted, certainty(among, fitted)))
    return found


def checked(scale: Scale, votes: Ints, minimum_votes: int) -> list[Checked]:
    """The rows of one group, best first. `votes`: of each of its members."""
    best, worst = ranks(scale.fit, scale.known)
    order, bounds = _ordered(scale)
    of_tier = tiers([int(votes[place]) for place in order], [bounds[place] for place in order], minimum_votes)
    return [
        Checked(
            contender=int(scale.members[place]),
            elo=float(scale.fit.elo[place]),
            low=bounds[place][0],
            high=bounds[place][1],
            rank=rank,
            rank_low=int(best[place]),
            rank_high=int(worst[place]),
            tier=tier,
        )
        for rank, (place, tier) in enumerate(zip(order, of_tier, strict=True), start=1)
    ]


def style_control(comparisons: Comparisons) -> StyleControl | None:
    """The fit with style held equal, over the comparisons whose style is known (no nan), in the largest league of them.

    None when they are too few for as many parameters, or if a feature decides all of them: its worth has no finite maximum.
    """
    if comparisons.covariates is None or not len(comparisons):
        return None
    has = np.isfinite(comparisons.covariates).all(axis=1)
    known = comparisons if has.all() else comparisons.take(np.flatnonzero(has))
    members = parts(leagues(count(known)))[0]
    among = known.among(members)
    kept = _telling(among)
    enough = max(_FEWEST_ROWS, _ROWS_A_PARAMETER * (len(members) + len(kept)))
    if not kept or len(among) < enough or (among.outcome == TIE).all() or among.covariates is None:
        return None
    columns = among.covariates if len(kept) == len(NAMES) else among.covariates[:, kept]
    held = Comparisons(len(members), among.first, among.second, among.outcome, among.clusters, columns)
    try:
        fitted = fit(held, ties=True)
    except (ArithmeticError, np.linalg.LinAlgError):
        return None
    scale = Scale(members, held, fitted, certainty(held, fitted))
    return StyleControl(_coefficients(scale, kept), _styled(scale, fit(among.bare(), ties=True)))


def _telling(comparisons: Comparisons) -> list[int]:
    """The columns that say something which neither who met whom nor the columns before them do."""
    table, n = comparisons.covariates, comparisons.contenders
    if table is None or not len(table):
        return []
    own, kept = np.einsum("ij,ij->j", table, table), list[int]()
    met = np.bincount(comparisons.first * n + comparisons.second, minlength=n * n).reshape(n, n)
    met = met + met.T
    with_contenders = np.stack([_by_contender(comparisons, column) for column in table.T], axis=1)
    # What is left of the columns' products when contenders have explained what they can; the ones make the system regular.
    left = table.T @ table - with_contenders.T @ np.linalg.solve(np.diag(met.sum(axis=1)) - met + 1.0, with_contenders)
    for column in range(table.shape[1]):
        rest = left[column, column]
        if kept:
            rest -= left[column, kept] @ np.linalg.solve(left[np.ix_(kept, kept)], left[kept, column])
        if rest > _EXPLAINED * own[column]:
            kept.append(column)
    return kept


def _by_contender(comparisons: Comparisons, column: Floats) -> Floats:
    n = comparisons.contenders
    gained = np.bincount(comparisons.first, column, n)
    return np.subtract(gained, np.bincount(comparisons.second, column, n), dtype=np.float64)


def _coefficients(scale: Scale, kept: Sequence[int]) -> tuple[Coefficient, ...]:
    n, reach = len(scale.members), scale.known.quantile()
    errors = scale.known.errors()[n : n + len(kept)] * reach
    return tuple(
        Coefficient(NAMES[column], float(value), float(value - error), float(value + error))
        for column, value, error in zip(kept, scale.fit.coefficients, errors, strict=True)
    )


def _styled(scale: Scale, plain: Fit) -> tuple[Styled, ...]:
    order, bounds = _ordered(scale)
    elo: Floats = scale.fit.elo
    return tuple(
        Styled(int(scale.members[place]), float(elo[place]), *bounds[place], rank, float(elo[place] - plain.elo[place]))
        for rank, place in enumerate(order, start=1)
    )


def _ordered(scale: Scale) -> tuple[list[int], list[tuple[float, float]]]:
    """The places best first (equals by number), and the interval of each place, Elo points."""
    elo = scale.fit.elo
    reach = scale.known.errors()[: len(elo)] * scale.known.quantile() * ELO
    bounds = list(zip((elo - reach).tolist(), (elo + reach).tolist(), strict=True))
    return np.argsort(-elo, kind="stable").tolist(), bounds
