"""Scores summed by cluster where there are no covariates: then there are few kinds of comparison, and all of a kind score alike.

A comparison becomes one number of 31 bits, its cluster before its kind. Sorted, each cluster's comparisons stand together,
so the table of sums is filled and multiplied piece by piece in the processor's cache. Filled in any other order, it spends
most of its time waiting for memory.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from arena.ratings.bradley_terry import Fit, slopes
from arena.ratings.comparisons import FIRST, SECOND, TIE, Column, Comparisons, Floats, Ints
from arena.ratings.rows import Rows, summed

_BITS = 31
_CELLS = 2**16  # of one piece of the table: 512 kB


@dataclass(frozen=True, slots=True)
class Kinds:
    """Every comparison's `kind`: its first, its second, its outcome, in `side`, `side` and 2 bits.

    Of each kind: how it scores by its first's strength and by the margin (or empty). `side` leaves room for the margin beside n contenders.
    """

    contenders: int
    side: int
    kind: Column
    by_first: Floats
    by_margin: Floats

    @property
    def size(self) -> int:
        """Parameters: the contenders', and the margin's if it has one."""
        return self.contenders + (len(self.by_margin) > 0)

    def clustered(self, way: Column, votes: Ints) -> Floats:
        """The sum over clusters, of so many votes each, of the outer product of their summed scores: shape (parameters, parameters)."""
        bits, rows = 2 * self.side + 2, max(_CELLS >> self.side, 1)
        key = way << bits
        key |= self.kind
        key.sort()
        starts = range(0, len(votes), rows)
        cuts = [*np.searchsorted(key, np.array(starts, dtype=np.int32) << bits).tolist(), len(key)]
        middle = np.zeros((self.size, self.size))
        for start, (begin, end) in zip(starts, pairwise(cuts), strict=True):
            table = self._sums(key[begin:end] - np.int32(start << bits), rows)
            middle += table.T @ table
        return middle

    def _sums(self, key: Column, rows: int) -> Floats:
        """Summed scores of clusters 0 to rows - 1: shape (rows, parameters)."""
        kind = key & ((1 << (2 * self.side + 2)) - 1)
        at_first = key >> (self.side + 2)
        row = at_first >> self.side
        row <<= self.side
        at_second = kind >> 2
        at_second &= (1 << self.side) - 1
        at_second |= row
        scores, cells = self.by_first.take(kind, mode="clip"), rows << self.side
        found = summed(scores, at_first, cells)
        found -= summed(scores, at_second, cells)
        if len(self.by_margin):
            row += self.contenders
            found += summed(self.by_margin.take(kind, mode="clip"), row, cells)
        return found.reshape(rows, -1)[:, : self.size]

    def independent(self) -> Floats:
        """The same with each comparison as a cluster of its own."""
        times = np.bincount(self.kind, minlength=len(self.by_first))
        met = np.flatnonzero(times)
        first, second, _ = _told(met.astype(np.int32), self.side)
        none, often, d = np.empty(0), times[met].astype(np.float64), self.by_first[met]
        rows = Rows(self.contenders, first * np.int32(self.contenders) + second, none, none, none, np.empty((0, len(met))))
        if not len(self.by_margin):
            return rows.outer(often * d * d, none, none)
        m = self.by_margin[met]
        return rows.outer(often * d * d, often * d * m, often * m * m)


def kinds_of(comparisons: Comparisons, fit: Fit) -> Kinds | None:
    """The kinds, scored at the fit; None with covariates, for fewer comparisons than kinds, and where the numbers are too large."""
    side = comparisons.contenders.bit_length()
    kinds, clusters = 1 << (2 * side + 2), max((int(way.max(initial=0)) for way in comparisons.clusters), default=0)
    if comparisons.covariates is not None or len(comparisons) < kinds or clusters.bit_length() + 2 * side + 2 > _BITS:
        return None
    first, second, outcome = _told(np.arange(kinds, dtype=np.int32), side)
    strengths = np.zeros(1 << side)
    strengths[: comparisons.contenders] = fit.strengths
    wins, losses, ties = (np.equal(outcome, of).astype(np.float64) for of in (FIRST, SECOND, TIE))
    scored = slopes(strengths[first] - strengths[second], wins, losses, ties, fit.margin)
    kind = comparisons.first << side
    kind |= comparisons.second
    kind <<= 2
    kind |= comparisons.outcome
    return Kinds(comparisons.contenders, side, kind, scored.d, scored.m)


def _told(kind: Column, side: int) -> tuple[Column, Column, Column]:
    return kind >> (side + 2), (kind >> 2) & ((1 << side) - 1), kind & 3
