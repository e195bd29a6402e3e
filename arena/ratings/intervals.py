"""How sure a fit is, when comparisons come in clusters: one voter's votes, or votes on one prompt, are alike.

Counting them as independent understates: intervals come out up to 2.5 times too narrow. The sandwich H^-1 B H^-1 takes
the scores' covariance B from the data, summed within clusters (K.-Y. Liang, S. L. Zeger, Biometrika 73, 1986); for
several ways of clustering at once the overlap is counted once (A. C. Cameron, J. B. Gelbach, D. L. Miller, Journal of
Business & Economic Statistics 29, 2011).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.special import stdtrit

from arena.ratings.bradley_terry import Fit, grounded, slopes
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, Ints

_CELLS = 1_500_000  # of one block of summed scores: 12 MB
_SPARSE = 100  # a product of a sparse table takes so much longer, for each number that is there
_BLOCK = 16_384  # rows at a time: they stay in the processor's cache


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
    slope = scores(comparisons, fit)
    size = len(fit.information)
    # At the maximum all scores sum to zero, and so would a single cluster's: as if it were sure.
    cast = [np.bincount(way) for way in comparisons.clusters]  # comparisons in each cluster
    seen = [int(np.count_nonzero(votes)) for votes in cast]
    ways = zip(comparisons.clusters, cast, seen, strict=True)
    summed = [_clustered(comparisons, slope, way, votes) * (many / (many - 1)) for way, votes, many in ways if many > 1]
    middle = sum(summed, np.zeros((size, size)))
    if len(summed) != 1:
        middle = _positive(middle + (1 - len(summed)) * _independent(comparisons, slope, size))
    bread = inverse(fit)
    return Certainty(bread @ middle @ bread, max(min(seen, default=len(comparisons)) - 1.0, 1.0))


def ranks(fit: Fit, known: Certainty, level: float = 0.95) -> tuple[Ints, Ints]:
    """The best and worst rank (from 1) of each contender that no significant difference rules out."""
    n = len(fit.strengths)
    ahead = fit.strengths[:, None] - fit.strengths[None, :]
    sure = ahead > known.quantile(level) * known.difference_errors(n)
    beaten_by, beats = (sure.sum(axis=axis, dtype=np.int64) for axis in (0, 1))
    return beaten_by + 1, n - beats


def scores(comparisons: Comparisons, fit: Fit) -> tuple[Floats, Floats]:
    """Each comparison's slope of the log-likelihood by its first contender's strength, and by coefficients and margin (rows, k + 1 or + 0)."""
    n, kinds = comparisons.contenders, 3 * comparisons.contenders**2
    if comparisons.covariates is not None or len(comparisons) < kinds:
        return _scores(comparisons.first, comparisons.second, comparisons.outcome, comparisons.covariates, fit)
    # Without covariates there are few different ones: how each kind of comparison scores is looked up.
    kind = np.arange(kinds)
    by_first, others = _scores(kind // (3 * n), kind // 3 % n, kind % 3, None, fit)
    which = comparisons.kinds()
    return by_first[which], others[which]


def _scores(first: Ints, second: Ints, outcome: Ints, covariates: Floats | None, fit: Fit) -> tuple[Floats, Floats]:
    rows, k = len(first), len(fit.coefficients)
    by_first, others = np.empty(rows), np.empty((len(fit.information) - len(fit.strengths), rows)).T  # read by columns
    for begin in range(0, rows, _BLOCK):
        some = slice(begin, begin + _BLOCK)
        d = fit.strengths[first[some]] - fit.strengths[second[some]]
        if covariates is not None:
            d += covariates[some] @ fit.coefficients
        wins, losses, ties = (np.equal(outcome[some], of).astype(np.float64) for of in (FIRST, SECOND, TIE))
        slope = slopes(d, wins, losses, ties, fit.margin)
        by_first[some] = slope.d
        if covariates is not None:
            others[some, :k] = covariates[some] * slope.d[:, None]
        if fit.margin is not None:
            others[some, k] = slope.m
    return by_first, others


def _clustered(comparisons: Comparisons, slope: tuple[Floats, Floats], way: Ints, votes: Ints) -> Floats:
    """The sum over clusters, of so many votes each, of the outer product of their summed scores: shape (parameters, parameters)."""
    count, size = len(votes), comparisons.contenders + slope[1].shape[1]
    mostly_nothing = _SPARSE * np.square(np.minimum(2 * votes, size)).sum() < count * size * size
    middle = np.zeros((size, size))
    for start, stop in pairwise(_cuts(votes, size, mostly_nothing)):
        rows = np.flatnonzero((way >= start) & (way < stop)) if stop - start < count else slice(None)
        first, second, by_first = comparisons.first[rows], comparisons.second[rows], slope[0][rows]
        table = _sparse if mostly_nothing else sums
        found = table(
            comparisons.contenders, first, second, (by_first, slope[1][rows]), way[rows] - start if start else way[rows], stop - start
        )
        product = found.T @ found
        middle += product if isinstance(product, np.ndarray) else product.toarray()
    return middle


def _cuts(votes: Ints, size: int, mostly_nothing: bool) -> list[int]:
    """Where to cut the clusters into blocks whose tables take little memory."""
    if mostly_nothing:
        inner = np.searchsorted(np.cumsum(votes), np.arange(_CELLS // 8, votes.sum(), _CELLS // 8))
    else:
        inner = np.arange(0, len(votes), max(_CELLS // size, 1))
    return [0, *np.unique(inner[(inner > 0) & (inner < len(votes))]).tolist(), len(votes)]


def sums(n: int, first: Ints, second: Ints, slope: tuple[Floats, Floats], way: Ints, count: int) -> Floats:
    """Scores of comparisons (n contenders, first and second of each) summed by cluster: shape (count, parameters)."""
    by_first, others = slope
    size = n + others.shape[1]
    at = way * size
    at += first
    table = np.asarray(np.bincount(at, weights=by_first, minlength=count * size), dtype=np.float64)
    at -= first
    at += second
    table -= np.bincount(at, weights=by_first, minlength=count * size)
    table = table.reshape(count, size)
    for column in range(others.shape[1]):
        table[:, n + column] = np.bincount(way, weights=others[:, column], minlength=count)
    return table


def _sparse(n: int, first: Ints, second: Ints, slope: tuple[Floats, Floats], way: Ints, count: int) -> csr_array:
    """The same where a cluster has met few of many contenders."""
    by_first, others = slope
    columns = [first, second, *(np.full(len(way), n + at) for at in range(others.shape[1]))]
    values = np.concatenate([by_first, -by_first, *others.T])
    return csr_array((values, (np.tile(way, len(columns)), np.concatenate(columns))), shape=(count, n + others.shape[1]))


def _independent(comparisons: Comparisons, slope: tuple[Floats, Floats], size: int) -> Floats:
    """The same with each comparison as its own cluster, from sums by pair."""
    n = comparisons.contenders
    by_first, others = slope
    pair = comparisons.first * n
    pair += comparisons.second

    def by_pair(values: Floats) -> Floats:
        return np.asarray(np.bincount(pair, weights=values, minlength=n * n).reshape(n, n), dtype=np.float64)

    squares = by_pair(by_first * by_first)
    squares = squares + squares.T
    middle = np.zeros((size, size))
    middle[:n, :n] = np.diag(squares.sum(axis=1)) - squares
    for at, column in enumerate(others.T):
        products = by_pair(by_first * column)
        middle[:n, n + at] = middle[n + at, :n] = products.sum(axis=1) - products.sum(axis=0)
    middle[n:, n:] = others.T @ others
    return middle


def _positive(symmetric: Floats) -> Floats:
    """The nearest matrix without negative variances: the difference of three sums can have some."""
    values, vectors = np.linalg.eigh(symmetric)
    return np.asarray((vectors * np.clip(values, 0.0, None)) @ vectors.T, dtype=np.float64)


def inverse(fit: Fit) -> Floats:
    """The inverse of the information on differences of strengths: strengths measured from their mean."""
    n = len(fit.strengths)
    regular = np.linalg.inv(grounded(fit.information, n))
    centre = np.eye(len(regular))
    centre[:n, :n] -= 1.0 / n
    return np.asarray(centre @ regular @ centre.T, dtype=np.float64)
