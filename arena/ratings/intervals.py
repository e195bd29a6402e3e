"""How sure a fit is, when comparisons come in clusters: one voter's votes, or votes on one prompt, are alike.

Counting them as independent understates: intervals come out up to 2.5 times too narrow. The sandwich H^-1 B H^-1 takes
the scores' covariance B from the data, summed within clusters (K.-Y. Liang, S. L. Zeger, Biometrika 73, 1986); for
several ways of clustering at once the overlap is counted once (A. C. Cameron, J. B. Gelbach, D. L. Miller, Journal of
Business & Economic Statistics 29, 2011).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.special import stdtrit

from arena.ratings import compiled
from arena.ratings.bradley_terry import Fit, grounded, row_slopes
from arena.ratings.comparisons import Column, Comparisons, Floats, Ints, tally
from arena.ratings.kinds import Kinds, kinds_of
from arena.ratings.rows import Rows, at_once, summed, vote_rows, weighing

_CELLS = 1_500_000  # of one block of summed scores: 12 MB
_SPARSE = 100  # a product of a sparse table takes so much longer, for each number that is there


class Scores(NamedTuple):
    """Of each comparison the slope of its log-likelihood by d (its first's strength; times a covariate: by that coefficient), and by the margin, if any."""

    d: Floats
    m: Floats


@dataclass(frozen=True, slots=True)
class Certainty:
    """The covariance of a fit's strengths and coefficients (n + k, and the margin), and the degrees of freedom behind it."""

    covariance: Floats
    freedom: float

    def quantile(self, level: float = 0.95) -> float:
        """How many standard errors a two-sided interval of this level reaches (Student's t: few clusters are few witnesses)."""
        return float(stdtrit(self.freedom, 0.5 + level / 2))

    def errors(self) -> Floats:
        """Standard errors of every parameter, strengths measured from their mean."""
        return np.sqrt(np.clip(np.diag(self.covariance), 0.0, None))

    def difference_errors(self, contenders: int) -> Floats:
        """Standard errors of strength i - strength j, shape (n, n)."""
        of = self.covariance[:contenders, :contenders]
        variance = np.diag(of)
        return np.sqrt(np.clip(variance[:, None] + variance[None, :] - 2 * of, 0.0, None))


def certainty(comparisons: Comparisons, fit: Fit) -> Certainty:
    """The clustered sandwich at a fit to the same comparisons; without clusters each comparison is one of its own.

    With two ways of clustering, what both count twice is taken as each comparison's own share: exact when no voter
    meets a prompt twice, a little wide (never narrow) otherwise. A way with one cluster only (a single voter) tells
    nothing of others like it: it adds no spread, but leaves one degree of freedom. Raises ValueError for more than two ways.
    """
    if len(comparisons.clusters) > 2:
        raise ValueError("at most two ways of clustering are known")
    cast = [tally(way) for way in comparisons.clusters]  # comparisons in each cluster
    seen = [int(np.count_nonzero(votes)) for votes in cast]
    # At the maximum all scores sum to zero, and so would a single cluster's: as if it were sure.
    ways = [(way, votes, many) for way, votes, many in zip(comparisons.clusters, cast, seen, strict=True) if many > 1]
    dense = not any(_mostly_nothing(votes, len(fit.information)) for _, votes, _ in ways)
    told = (dense and _densely(comparisons, fit)) or _Scored(comparisons, scores(comparisons, fit))
    summed = at_once(lambda one: told.clustered(one[0], one[1]) * (one[2] / (one[2] - 1)), ways)
    middle = sum(summed, np.zeros_like(fit.information))
    if len(summed) != 1:
        middle = _positive(middle + (1 - len(summed)) * told.independent(), comparisons.contenders)
    bread = inverse(fit)
    return Certainty(bread @ middle @ bread, max(min(seen, default=len(comparisons)) - 1.0, 1.0))


def ranks(fit: Fit, known: Certainty, level: float = 0.95) -> tuple[Ints, Ints]:
    """The best and worst rank (from 1) of each contender that no significant difference rules out."""
    n = len(fit.strengths)
    ahead = fit.strengths[:, None] - fit.strengths[None, :]
    sure = ahead > known.quantile(level) * known.difference_errors(n)
    beaten_by, beats = (sure.sum(axis=axis, dtype=np.int64) for axis in (0, 1))
    return beaten_by + 1, n - beats


def _densely(comparisons: Comparisons, fit: Fit) -> compiled.Scored | Kinds | None:
    return compiled.scored(comparisons, fit.strengths, fit.coefficients, fit.margin) or kinds_of(comparisons, fit)


def scores(comparisons: Comparisons, fit: Fit) -> Scores:
    """Each comparison's slopes of the log-likelihood."""
    slope = row_slopes(vote_rows(comparisons), fit)
    return Scores(slope.d, slope.m)


@dataclass(frozen=True, slots=True)
class _Scored:
    """Comparisons and what each scores."""

    comparisons: Comparisons
    slope: Scores

    def clustered(self, way: Column, votes: Ints) -> Floats:
        """The sum over clusters, of so many votes each, of the outer product of their summed scores: shape (parameters, parameters)."""
        count, size = len(votes), self.comparisons.contenders + len(self.comparisons.columns()) + (len(self.slope.m) > 0)
        sparse, middle = _mostly_nothing(votes, size), np.zeros((size, size))
        for start, stop in pairwise(_cuts(votes, size, sparse)):
            some, slope, within = self.comparisons, self.slope, way
            if stop - start < count:
                rows = np.flatnonzero((way >= start) & (way < stop))
                some, within = self.comparisons.take(rows), way[rows] - np.int32(start)
                slope = Scores(*(column[rows] if len(column) else column for column in self.slope))
            if sparse:
                table = _sparse(some, slope, within, stop - start)
                middle += (table.T @ table).toarray()
            else:
                parts = sums(some, slope, within, stop - start)
                middle += np.block([[one @ other.T for other in parts] for one in parts])
        return middle

    def independent(self) -> Floats:
        """The same with each comparison as a cluster of its own."""
        d, m, none = self.slope.d, self.slope.m, np.empty(0)
        rows = Rows(self.comparisons.contenders, self.comparisons.cells(), none, none, none, self.comparisons.columns())
        return rows.outer(d * d, d * m if len(m) else m, m * m)


def _mostly_nothing(votes: Ints, size: int) -> bool:
    return bool(_SPARSE * np.square(np.minimum(2 * votes, size)).sum() < len(votes) * size * size)


def _cuts(votes: Ints, size: int, mostly_nothing: bool) -> list[int]:
    """Where to cut the clusters into blocks whose tables take little memory."""
    if mostly_nothing:
        inner = np.searchsorted(np.cumsum(votes), np.arange(_CELLS // 8, votes.sum(), _CELLS // 8))
    else:
        inner = np.arange(0, len(votes), max(_CELLS // size, 1))
    return [0, *np.unique(inner[(inner > 0) & (inner < len(votes))]).tolist(), len(votes)]


def sums(comparisons: Comparisons, slope: Scores, way: Column, count: int) -> tuple[Floats, Floats]:
    """Scores of the comparisons summed by cluster: by strengths (contenders, count), by coefficients and margin (k + 1 or + 0, count)."""
    n, covariates = comparisons.contenders, comparisons.columns()
    at = comparisons.first * np.int32(count)
    at += way
    strengths = summed(slope.d, at, n * count)
    np.multiply(comparisons.second, np.int32(count), out=at)
    at += way
    strengths -= summed(slope.d, at, n * count)
    others = np.empty((len(covariates) + (len(slope.m) > 0), count))
    weigh = weighing(slope.d, way, count)
    for place, column in enumerate(covariates):
        others[place] = weigh @ column
    if len(slope.m):
        others[-1] = summed(slope.m, way, count)
    return strengths.reshape(n, count), others


def _sparse(comparisons: Comparisons, slope: Scores, way: Column, count: int) -> csr_array:
    """The same where a cluster has met few of many contenders."""
    n, covariates = comparisons.contenders, comparisons.columns()
    others = [*(slope.d * column for column in covariates), *([slope.m] if len(slope.m) else [])]
    columns = [comparisons.first, comparisons.second, *(np.full(len(way), n + at, dtype=np.int32) for at in range(len(others)))]
    values = np.concatenate([slope.d, -slope.d, *others])
    return csr_array((values, (np.tile(way, len(columns)), np.concatenate(columns))), shape=(count, n + len(others)))


def _positive(symmetric: Floats, contenders: int) -> Floats:
    """The nearest matrix without negative variances: the difference of three sums can have some. Mostly it has none, which is quickly seen."""
    try:
        np.linalg.cholesky(grounded(symmetric, contenders))
    except np.linalg.LinAlgError:
        pass
    else:
        return symmetric
    values, vectors = np.linalg.eigh(symmetric)
    return np.asarray((vectors * np.clip(values, 0.0, None)) @ vectors.T, dtype=np.float64)


def inverse(fit: Fit) -> Floats:
    """The inverse of the information on differences of strengths: strengths measured from their mean."""
    n = len(fit.strengths)
    regular = np.linalg.inv(grounded(fit.information, n))
    centre = np.eye(len(regular))
    centre[:n, :n] -= 1.0 / n
    return np.asarray(centre @ regular @ centre.T, dtype=np.float64)
