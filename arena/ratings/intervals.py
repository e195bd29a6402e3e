"""How sure a fit is, when comparisons come in clusters: one voter's votes, or votes on one prompt, are alike.

Counting them as independent understates: intervals come out up to 2.5 times too narrow. The sandwich H^-1 B H^-1 takes
the scores' covariance B from the data, summed within clusters (K.-Y. Liang, S. L. Zeger, Biometrika 73, 1986); for
several ways of clustering at once the overlap is counted once (A. C. Cameron, J. B. Gelbach, D. L. Miller, Journal of
Business & Economic Statistics 29, 2011).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from arena.ratings.bradley_terry import Fit, grounded, slopes
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, Ints

_CELLS = 8_000_000  # of one block of summed scores: 64 MB


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
    meets a prompt twice, a little wide (never narrow) otherwise. Raises ValueError for more than two ways.
    """
    if len(comparisons.clusters) > 2:
        raise ValueError("at most two ways of clustering are known")
    scores = _scores(comparisons, fit)
    size = len(fit.information)
    sums = [_clustered(comparisons, scores, way, size) for way in comparisons.clusters]
    middle = sum(sums, np.zeros((size, size)))
    if len(sums) != 1:
        middle = _positive(middle + (1 - len(sums)) * _independent(comparisons, scores, size))
    bread = _inverse(fit)
    fewest = min((_seen(way) for way in comparisons.clusters), default=len(comparisons))
    return Certainty(bread @ middle @ bread, max(fewest - 1.0, 1.0))


def ranks(fit: Fit, known: Certainty, level: float = 0.95) -> tuple[Ints, Ints]:
    """The best and worst rank (from 1) of each contender that no significant difference rules out."""
    n = len(fit.strengths)
    ahead = fit.strengths[:, None] - fit.strengths[None, :]
    sure = ahead > known.quantile(level) * known.difference_errors(n)
    beaten_by, beats = (sure.sum(axis=axis, dtype=np.int64) for axis in (0, 1))
    return beaten_by + 1, n - beats


def _scores(comparisons: Comparisons, fit: Fit) -> tuple[Floats, Floats]:
    """Each comparison's slope of the log-likelihood by its first contender's strength, and by coefficients and margin (rows, k + 1 or + 0)."""
    d = fit.strengths[comparisons.first] - fit.strengths[comparisons.second]
    others = []
    if comparisons.covariates is not None:
        d += comparisons.covariates @ fit.coefficients
    wins, losses, ties = (np.equal(comparisons.outcome, of).astype(np.float64) for of in (FIRST, SECOND, TIE))
    slope = slopes(d, wins, losses, ties, fit.margin)
    if comparisons.covariates is not None:
        others.append(comparisons.covariates * slope.d[:, None])
    if fit.margin is not None:
        others.append(slope.m[:, None])
    return slope.d, np.concatenate(others, axis=1) if others else np.empty((len(d), 0))


def _clustered(comparisons: Comparisons, scores: tuple[Floats, Floats], way: Ints, size: int) -> Floats:
    """The sum over clusters of the outer product of their summed scores, (size, size), for so many clusters a little enlarged."""
    count = int(way.max(initial=-1)) + 1
    block = max(_CELLS // size, 1)
    if count <= block:
        sums = _sums(comparisons, scores, way, count)
        middle = sums.T @ sums
    else:
        middle = np.zeros((size, size))
        for start in range(0, count, block):
            rows = np.flatnonzero((way >= start) & (way < start + block))
            some = (scores[0][rows], scores[1][rows])
            sums = _sums(comparisons.take(rows), some, way[rows] - start, block)
            middle += sums.T @ sums
    seen = _seen(way)
    return np.asarray(middle * (seen / max(seen - 1, 1)), dtype=np.float64)


def _seen(way: Ints) -> int:
    """How many clusters have any comparison."""
    return int(np.count_nonzero(np.bincount(way)))


def _sums(comparisons: Comparisons, scores: tuple[Floats, Floats], way: Ints, count: int) -> Floats:
    """Scores summed by cluster: shape (count, parameters)."""
    n = comparisons.contenders
    by_first, others = scores
    table = np.bincount(way * n + comparisons.first, weights=by_first, minlength=count * n)
    table -= np.bincount(way * n + comparisons.second, weights=by_first, minlength=count * n)
    rest = [np.bincount(way, weights=column, minlength=count) for column in others.T]
    return np.column_stack([table.reshape(count, n), *rest])


def _independent(comparisons: Comparisons, scores: tuple[Floats, Floats], size: int) -> Floats:
    """The same with each comparison as its own cluster, from sums by pair."""
    n = comparisons.contenders
    by_first, others = scores
    squares = np.bincount(comparisons.first * n + comparisons.second, weights=by_first * by_first, minlength=n * n).reshape(n, n)
    squares = squares + squares.T
    middle = np.zeros((size, size))
    middle[:n, :n] = np.diag(squares.sum(axis=1)) - squares
    for at, column in enumerate(others.T):
        weights = by_first * column
        edge = np.bincount(comparisons.first, weights=weights, minlength=n) - np.bincount(comparisons.second, weights=weights, minlength=n)
        middle[:n, n + at] = middle[n + at, :n] = edge
    middle[n:, n:] = others.T @ others
    return middle


def _positive(symmetric: Floats) -> Floats:
    """The nearest matrix without negative variances: the difference of three sums can have some."""
    values, vectors = np.linalg.eigh(symmetric)
    return np.asarray((vectors * np.clip(values, 0.0, None)) @ vectors.T, dtype=np.float64)


def _inverse(fit: Fit) -> Floats:
    """The inverse of the information on differences of strengths: strengths measured from their mean."""
    n = len(fit.strengths)
    inverse = np.linalg.inv(grounded(fit.information, n))
    centre = np.eye(len(inverse))
    centre[:n, :n] -= 1.0 / n
    return np.asarray(centre @ inverse @ centre.T, dtype=np.float64)
