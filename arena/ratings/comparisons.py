"""Many two-sided ballots as columns, and their counts by pair: what a fit over all of them reads.

A fit sees only who met whom and how it ended; order, and what is not about skill, is gone. Contenders are numbered
0 to n - 1 here; whoever calls keeps the list that says which number is whom.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from arena.ratings import kernel

FIRST, SECOND, TIE = 0, 1, 2

Ints = NDArray[np.int64]
Column = NDArray[np.int32]
Whole = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]
MOST = 2**14
"""Contenders: three outcomes of each ordered pair are still told apart by 32 bits."""


@dataclass(frozen=True, slots=True)
class Comparisons:
    """`n` ballots of two: columns of length n, of whatever whole numbers they come in; kept in few bytes.

    first, second: the two contenders, each within [0, contenders), never equal. outcome: FIRST, SECOND or TIE.
    clusters: what makes ballots alike beyond skill, one column of small whole numbers each (the voter, the prompt).
    covariates: shape (n, k), first minus second of what may sway a voter beside skill (length, formatting).
    Raises ValueError for columns of unequal length, unknown outcomes, contenders or clusters out of range.
    """

    contenders: int
    first: Whole
    second: Whole
    outcome: Whole
    clusters: tuple[Whole, ...] = ()
    covariates: Floats | None = None

    def __post_init__(self) -> None:
        rows = len(self.first)
        if any(len(column) != rows for column in (self.second, self.outcome, *self.clusters)):
            raise ValueError("the columns differ in length")
        if self.covariates is not None and (self.covariates.ndim != 2 or len(self.covariates) != rows):
            raise ValueError("covariates must have one row a comparison")
        if self.contenders > MOST:
            raise ValueError(f"at most {MOST} contenders can be compared")
        if rows and not self._within_range():
            raise ValueError("a contender, a cluster or an outcome is out of range, or a contender meets itself")
        narrow = {"first": np.int32, "second": np.int32, "outcome": np.int8}
        for name, kind in narrow.items():
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=kind))
        object.__setattr__(self, "clusters", tuple(np.ascontiguousarray(column, dtype=np.int32) for column in self.clusters))
        if self.covariates is not None:
            object.__setattr__(self, "covariates", np.asfortranarray(self.covariates, dtype=np.float64))  # each column in one piece

    def _within_range(self) -> bool:
        least = min(self.first.min(), self.second.min(), self.outcome.min(), *(column.min() for column in self.clusters))
        most = max(self.first.max(), self.second.max())
        small = all(column.max() <= np.iinfo(np.int32).max for column in self.clusters)
        return bool(least >= 0 and most < self.contenders and self.outcome.max() <= TIE and small and (self.first != self.second).all())

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: Whole | NDArray[np.bool_]) -> "Comparisons":
        """The comparisons of these rows, in their order; the contenders keep their numbers."""
        covariates = None if self.covariates is None else self.covariates.T[:, rows].T
        clusters = tuple(column[rows] for column in self.clusters)
        return Comparisons(self.contenders, self.first[rows], self.second[rows], self.outcome[rows], clusters, covariates)

    def among(self, members: Ints) -> "Comparisons":
        """The comparisons of these contenders (ascending) with each other, numbered anew by their place in `members`."""
        if len(members) == self.contenders:
            return self
        place = np.full(self.contenders, -1)
        place[members] = np.arange(len(members))
        some = self.take((place[self.first] >= 0) & (place[self.second] >= 0))
        return Comparisons(len(members), place[some.first], place[some.second], some.outcome, some.clusters, some.covariates)

    def bare(self) -> "Comparisons":
        """The same without covariates."""
        return Comparisons(self.contenders, self.first, self.second, self.outcome, self.clusters)

    def columns(self) -> Floats:
        """The covariates, shape (k, n), each in one piece; k is 0 without any."""
        return np.empty((0, len(self))) if self.covariates is None else self.covariates.T

    def cells(self) -> Column:
        """Each comparison's ordered pair: first * contenders + second."""
        cell = self.first.astype(np.int32)
        cell *= self.contenders  # in place: new columns of this length are slow to come by
        cell += self.second
        return cell

    def kinds(self) -> Column:
        """Each comparison's ordered pair and outcome: cell * 3 + outcome."""
        kind = self.cells()
        kind *= 3
        kind += self.outcome
        return kind

    def laid_out(self) -> kernel.Columns:
        """The same columns as the compiled sums take them."""
        outcome = cast(kernel.Outcomes, self.outcome)
        return kernel.Columns(self.contenders, cast(Column, self.first), cast(Column, self.second), outcome, self.columns())

    def seen(self) -> Ints:
        """How often each ordered pair ended how, shape (n, n, 3)."""
        n = self.contenders
        if compiled := kernel.library():
            return compiled.tally_kinds(self.laid_out())
        return np.bincount(self.kinds(), minlength=3 * n * n).reshape(n, n, 3)

    def votes(self) -> Ints:
        """How many comparisons each contender is in."""
        return np.bincount(self.first, minlength=self.contenders) + np.bincount(self.second, minlength=self.contenders)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Counts by pair that met at all, lower number first: columns low, high and wins of low, wins of high, ties."""

    contenders: int
    low: Ints
    high: Ints
    wins_low: Floats
    wins_high: Floats
    ties: Floats

    @property
    def totals(self) -> Floats:
        """Comparisons of each pair."""
        return self.wins_low + self.wins_high + self.ties


def tally(column: Column) -> Ints:
    """How often each whole number from 0 to the largest stands in the column."""
    compiled = kernel.library()
    return compiled.tally(column) if compiled else np.bincount(column)


def count(comparisons: Comparisons) -> Pairs:
    """Count the comparisons by pair. Memory grows with contenders squared, time with the comparisons."""
    n, seen = comparisons.contenders, comparisons.seen()
    # seen[i, j] is the pair with i shown first; seen[j, i] the same pair the other way round, its first two outcomes swapped.
    both = seen + seen.transpose(1, 0, 2)[:, :, [SECOND, FIRST, TIE]]
    low, high = np.nonzero(np.triu(both.any(axis=2)))
    wins_low, wins_high, ties = both[low, high].T.astype(np.float64)
    return Pairs(n, low, high, wins_low, wins_high, ties)


def groups(pairs: Pairs) -> Ints:
    """Which contenders can be compared at all: the number of each one's group; groups never met, directly or by way of others."""
    return _components(pairs, pairs.low, pairs.high, strong=False)


def leagues(pairs: Pairs) -> Ints:
    """Which contenders have a finite maximum-likelihood distance: the number of each one's league.

    Two are in one league when each has, by way of others, not lost to the other (a tie counts both ways). Between
    leagues all games went one way, so the likelihood grows for ever with their distance. Source: L. R. Ford, "Solution
    of a ranking problem from binary comparisons", Amer. Math. Monthly 64 (1957).
    """
    down = pairs.wins_low + pairs.ties > 0
    up = pairs.wins_high + pairs.ties > 0
    winners = np.concatenate([pairs.low[down], pairs.high[up]])
    losers = np.concatenate([pairs.high[down], pairs.low[up]])
    return _components(pairs, winners, losers, strong=True)


def parts(labels: Ints) -> list[Ints]:
    """The members of each group or league, ascending; the largest first, among equals the one with the lowest number."""
    order = np.argsort(labels, kind="stable")
    found = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(labels) else []
    return sorted(found, key=lambda members: (-len(members), int(members[0])))


def _components(pairs: Pairs, tails: Ints, heads: Ints, *, strong: bool) -> Ints:
    shape = (pairs.contenders, pairs.contenders)
    edges = coo_array((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=shape)
    _, labels = connected_components(edges.tocsr(), connection="strong" if strong else "weak")
    return labels.astype(np.int64)
