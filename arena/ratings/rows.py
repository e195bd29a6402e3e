"""Comparisons as rows of a fit, and what is summed over them: by pair, by contender, by covariate.

Rows are walked over in blocks that stay in the processor's cache, and in two halves at once: numpy and scipy let go of
Python's lock. What is in which half depends on the number of rows alone, so how many cores there are makes no difference.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import numpy as np
from scipy.sparse import csc_array

from arena.ratings.comparisons import FIRST, SECOND, TIE, Column, Comparisons, Floats, Pairs
from arena.ratings.kernel import Columns

_BLOCK = 8_192
_ALONE = 50_000  # fewer rows take less time than a thread


class Table(Protocol):
    """What has rows: here, or as the compiled sums take them."""

    def __len__(self) -> int: ...

    def take(self, some: slice, /) -> Self: ...


Some = TypeVar("Some", bound=Table)
Part = TypeVar("Part")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Rows:
    """Comparisons, or counts of equal ones: `cell` is first * contenders + second, covariates have shape (k, rows)."""

    contenders: int
    cell: Column
    wins: Floats
    losses: Floats
    ties: Floats
    covariates: Floats

    def __len__(self) -> int:
        return len(self.cell)

    def take(self, some: slice) -> "Rows":
        """Some of the rows; a view where the slice allows it."""
        wins, losses, ties = (column[some] for column in (self.wins, self.losses, self.ties))
        covariates = np.ascontiguousarray(self.covariates[:, some]) if some.step else self.covariates[:, some]
        return Rows(self.contenders, self.cell[some], wins, losses, ties, covariates)

    def distances(self, strengths: Floats, coefficients: Floats) -> Iterator[tuple[slice, Floats]]:
        """Block by block: which rows, and strength of the first - strength of the second + covariates . coefficients."""
        apart = np.subtract.outer(strengths, strengths).ravel()
        for begin in range(0, len(self), _BLOCK):
            block = slice(begin, begin + _BLOCK)
            d = apart.take(self.cell[block])
            if len(coefficients):
                d += coefficients @ self.covariates[:, block]
            yield block, d

    def spread(self, values: Floats) -> Floats:
        """Sums by contender: each value added for the row's first, taken away for its second."""
        table = summed(values, self.cell, self.contenders**2).reshape(self.contenders, self.contenders)
        return np.asarray(table.sum(axis=1) - table.sum(axis=0), dtype=np.float64)

    def outer(self, dd: Floats, dm: Floats, mm: Floats) -> Floats:
        """The sum over rows of weight * (outer product of the row's own direction with itself), shape (n + k + 1 or + 0, the same).

        The direction is 1 at the first, -1 at the second, the covariates; dd weighs it. With dm and mm (else empty) the margin has a
        place of its own at the end: dm weighs the direction there, mm the margin itself.
        """
        n, k, margin = self.contenders, len(self.covariates), len(dm) > 0
        found = np.zeros((n + k + margin, n + k + margin))
        pairs = summed(dd, self.cell, n * n).reshape(n, n)
        pairs = pairs + pairs.T
        found[:n, :n] = np.diag(pairs.sum(axis=1)) - pairs
        table = weighing(dd, self.cell, n * n) if k else dd
        for at, column in enumerate(self.covariates, start=n):
            by_pair = (table @ column).reshape(n, n)
            found[:n, at] = by_pair.sum(axis=1) - by_pair.sum(axis=0)
        weighed = np.empty((k, _BLOCK))
        for begin in range(0, len(self) if k else 0, _BLOCK):
            block = self.covariates[:, begin : begin + _BLOCK]
            found[n : n + k, n : n + k] += block @ np.multiply(block, dd[begin : begin + _BLOCK], out=weighed[:, : block.shape[1]]).T
        if margin:
            found[:n, -1], found[n : n + k, -1], found[-1, -1] = self.spread(dm), self.covariates @ dm, mm.sum()
        found[n:, :n] = found[:n, n:].T
        found[n + k :, n : n + k] = found[n : n + k, n + k :].T
        return found


def vote_rows(comparisons: Comparisons) -> Rows:
    """Each comparison as a row of its own."""
    return column_rows(comparisons.laid_out())


def column_rows(columns: Columns) -> Rows:
    """The same of their columns."""
    cell = columns.first * np.int32(columns.contenders)
    cell += columns.second
    wins, losses, ties = (np.equal(columns.outcome, of).astype(np.float64) for of in (FIRST, SECOND, TIE))
    return Rows(columns.contenders, cell, wins, losses, ties, columns.covariates)


def pair_rows(pairs: Pairs) -> Rows:
    """Each pair as a row."""
    cell = (pairs.low * pairs.contenders + pairs.high).astype(np.int32)
    return Rows(pairs.contenders, cell, pairs.wins_low, pairs.wins_high, pairs.ties, np.empty((0, len(cell))))


def halves(table: Some) -> tuple[Some, ...]:
    """The first and the last half of its rows, or the whole where it is small."""
    middle = len(table) // 2
    return (table.take(slice(0, middle)), table.take(slice(middle, len(table)))) if len(table) > _ALONE else (table,)


def summed(values: Floats, by: Column, count: int) -> Floats:
    """Sums of the values by their numbers `by`, all below `count`: for many, several times as fast as numpy's bincount with weights."""
    if len(by) < _BLOCK:
        return np.asarray(np.bincount(by, values, count), dtype=np.float64)
    whole = csc_array((values, by, np.array([0, len(by)], dtype=np.int32)), shape=(count, 1))
    return np.asarray(whole @ np.ones(1), dtype=np.float64)


def weighing(values: Floats, by: Column, count: int) -> csc_array:
    """A matrix whose product with a column is that column's sums by number, each row weighed by its value."""
    return csc_array((values, by, np.arange(len(by) + 1, dtype=np.int32)), shape=(count, len(by)))


def at_once(work: Callable[[Part], Found], parts: Sequence[Part]) -> list[Found]:
    """What the work makes of each part, in their order; each in a thread of its own."""
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(work, parts))
