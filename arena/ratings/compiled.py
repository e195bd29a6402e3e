"""What fits and their intervals need of many comparisons, by the compiled sums: the same as rows.py, kinds.py and intervals.py find with numpy.

A pass over the rows finds slopes and all their sums at once. For the scores' sums by cluster, rows are dealt out to pieces of
neighbouring clusters, whose tables stay in the processor's cache.
"""

from dataclasses import dataclass

import numpy as np

from arena.ratings import kernel
from arena.ratings.comparisons import Column, Comparisons, Floats, Ints
from arena.ratings.kernel import Columns, Kernel, Sums
from arena.ratings.rows import Rows, at_once, column_rows, halves

_CELLS = 2**16  # of one piece's table: 512 kB


@dataclass(frozen=True, slots=True)
class Votes:
    """Comparisons as rows of a fit."""

    kernel: Kernel
    columns: Columns

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, some: slice) -> "Votes":
        """Some of the rows."""
        return Votes(self.kernel, self.columns.take(some))

    def rows(self) -> Rows:
        """The same for numpy."""
        return column_rows(self.columns)

    def derivatives(self, strengths: Floats, coefficients: Floats, margin: float | None) -> tuple[Floats, Floats]:
        """The gradient (n + k, and the margin) and minus the Hessian of the log-likelihood."""
        sums, k = self.kernel.slopes(self.columns, strengths, coefficients, margin), len(coefficients)
        of_margin = [] if margin is None else [sums.own[-2]]
        return np.concatenate([sums.met[:, 0], sums.own[:k], of_margin]), _products(sums, k, margin is not None)


@dataclass(frozen=True, slots=True)
class Scored:
    """Comparisons, each one's score by its first's strength and by the margin (or empty), and the scores' own products, summed."""

    kernel: Kernel
    columns: Columns
    by_first: Floats
    by_margin: Floats
    products: Floats

    def clustered(self, way: Column, votes: Ints) -> Floats:
        """The sum over clusters, of so many votes each, of the outer product of their summed scores: shape (parameters, parameters)."""
        n, size, count = self.columns.contenders, len(self.products), len(votes)
        bits = max(_CELLS // size, 1).bit_length() - 1
        starts = np.arange(0, count, 1 << bits)
        ends = np.add.reduceat(votes, starts).cumsum()
        begins = np.concatenate([[0], ends[:-1]])
        dealt = self.kernel.deal(self.columns, way, bits, self.by_first, begins)
        others = self.kernel.others(self.columns, way, count, self.by_first, self.by_margin) if size > n else np.empty((count, 0))
        table, middle = np.empty((1 << bits, size)), np.zeros((size, size))
        for start, begin, end in zip(starts.tolist(), begins.tolist(), ends.tolist(), strict=True):
            piece = table[: count - start]
            piece[:, :n], piece[:, n:] = 0.0, others[start : start + len(piece)]
            self.kernel.add_dealt(dealt[begin:end], piece)
            middle += piece.T @ piece
        return middle

    def independent(self) -> Floats:
        """The same with each comparison as a cluster of its own."""
        return self.products


def votes(comparisons: Comparisons) -> Votes | None:
    """The comparisons as rows of a fit; None where nothing is compiled for them."""
    compiled = kernel.library()
    return Votes(compiled, comparisons.laid_out()) if compiled and len(comparisons.columns()) <= kernel.MOST_COVARIATES else None


def scored(comparisons: Comparisons, strengths: Floats, coefficients: Floats, margin: float | None) -> Scored | None:
    """The comparisons with what they score there; None where nothing is compiled for them."""
    rows = votes(comparisons)
    if rows is None:
        return None
    if not len(coefficients) and len(rows) > 3 * rows.columns.contenders**2:
        return _by_kind(rows, strengths, margin)
    d, m = np.empty(len(rows)), np.empty(0 if margin is None else len(rows))
    parts = halves(rows)
    places = [slice(0, len(parts[0])), slice(len(parts[0]), len(rows))][: len(parts)]

    def work(at: int) -> Floats:
        into = d[places[at]], m[places[at]] if len(m) else m
        return _products(
            rows.kernel.slopes(parts[at].columns, strengths, coefficients, margin, into, squares=True),
            len(coefficients),
            margin is not None,
        )

    return Scored(rows.kernel, rows.columns, d, m, np.sum(at_once(work, range(len(parts))), axis=0))


def _by_kind(rows: Votes, strengths: Floats, margin: float | None) -> Scored:
    """The same where there are no covariates: all of a pair and an outcome score alike."""
    n, none = rows.columns.contenders, np.empty(0)
    first, second, outcome = (np.ascontiguousarray(index.ravel(), dtype=np.int32) for index in np.indices((n, n, 3)))
    kinds = Columns(n, first, second, outcome.astype(np.int8), np.empty((0, len(first))))
    d, m = np.empty(len(first)), np.empty(0 if margin is None else len(first))
    rows.kernel.slopes(kinds, strengths, none, margin, (d, m))
    by_first, by_margin, often = rows.kernel.look_up(rows.columns, d, m)
    sums = Sums((often * d * d).reshape(n, n, 3).sum(axis=2), np.zeros((n, 2)), np.zeros(2))
    if len(m):
        across = (often * d * m).reshape(n, n, 3).sum(axis=2)
        sums.met[:, 1], sums.own[-1] = across.sum(axis=1) - across.sum(axis=0), often @ (m * m)
    return Scored(rows.kernel, rows.columns, by_first, by_margin, _products(sums, 0, margin is not None))


def _products(sums: Sums, k: int, modelled: bool) -> Floats:
    """The sums as one symmetric matrix: strengths, k coefficients, and the margin if it is `modelled`."""
    n, pairs = len(sums.met), sums.weight + sums.weight.T
    found = np.zeros((n + k + modelled, n + k + modelled))
    found[:n, :n] = np.diag(pairs.sum(axis=1)) - pairs
    found[n : n + k, :n] = sums.met[:, 2 : 2 + k].T
    found[n : n + k, n : n + k] = sums.own[2 * k : 2 * k + k * k].reshape(k, k)
    if modelled:
        found[-1, :n], found[-1, n : n + k], found[-1, -1] = sums.met[:, 1], sums.own[k : 2 * k], sums.own[-1]
    below = np.tril(found, -1)
    return below + below.T + np.diag(np.diag(found))
