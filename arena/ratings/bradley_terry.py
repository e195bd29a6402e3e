"""The cross-check: strengths by maximum likelihood over all comparisons at once, with intervals that know of clusters.

Two models of d = strength of the first - strength of the second + covariates . coefficients. Bradley-Terry: the first wins
with chance s(d) = 1 / (1 + exp(-d)), and a tie is half a win of each (R. A. Bradley, M. E. Terry, Biometrika 39, 1952).
Rao-Kupper: the first wins with chance s(d - margin), the second with s(-d - margin), else they tie (P. V. Rao, L. L.
Kupper, JASA 62, 1967). Both log-likelihoods are concave, so Newton's method from zero finds the one maximum. Strengths
are natural-log odds that sum to zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import NegativeCycleError, bellman_ford
from scipy.special import expit, log_expit

from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, Ints, Pairs, count, leagues

ELO = 400.0 / float(np.log(10.0))
"""Elo points of one unit of strength."""

_STEPS = 100
_CONVERGED = 1e-5  # a Newton step this short leaves an error of about its square
_LONG_STEP = 0.5
_MANY = 25_000
_SAMPLED = 12
_SAMPLE_CLOSE = 0.05  # a sample is no nearer to the whole
_BLOCK = 16_384


class NotComparable(ValueError):
    """The contenders have no finite strengths on one scale: some never met, or between some all games went one way."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Comparisons (or counts of equal ones) in the order of their pairs, each seen from the pair's lower contender.

    Pair p is of contenders low[p] and high[p] and has rows starts[p] up to the next pair's. Sums by pair are then runs
    of neighbours, and only they are scattered to contenders: ten times as fast as scattering every row.
    """

    low: Ints
    high: Ints
    starts: Ints
    sizes: Ints
    wins: Floats
    losses: Floats
    ties: Floats
    covariates: Floats  # (rows, k), k may be 0

    @property
    def totals(self) -> Floats:
        """Comparisons in each row."""
        return self.wins + self.losses + self.ties

    def blocks(self) -> Iterator["Rows"]:
        """Views of so few rows at a time that what is computed from them stays in the processor's cache; a pair may be cut in two."""
        for begin in range(0, len(self.wins), _BLOCK):
            end = min(begin + _BLOCK, len(self.wins))
            pairs = slice(np.searchsorted(self.starts, begin, side="right") - 1, np.searchsorted(self.starts, end))
            starts = np.maximum(self.starts[pairs] - begin, 0)
            columns = (column[begin:end] for column in (self.wins, self.losses, self.ties, self.covariates))
            yield Rows(self.low[pairs], self.high[pairs], starts, np.diff(starts, append=end - begin), *columns)

    def by_pair(self, values: Floats) -> Floats:
        """Sums over each pair's rows."""
        return np.add.reduceat(values, self.starts)

    def spread(self, by_pair: Floats, contenders: int) -> Floats:
        """Sums by contender: each pair's value added for its lower one, taken away for its higher one."""
        gained = np.bincount(self.low, weights=by_pair, minlength=contenders)
        return np.subtract(gained, np.bincount(self.high, weights=by_pair, minlength=contenders), dtype=np.float64)

    def across(self, values: Floats, contenders: int) -> Floats:
        """`spread` of every column of values (rows, k): shape (contenders, k)."""
        table = np.zeros((contenders, values.shape[1]))
        sums = np.add.reduceat(values, self.starts, axis=0)
        np.add.at(table, self.low, sums)
        np.subtract.at(table, self.high, sums)
        return table

    def differences(self, fit: "Fit") -> Floats:
        """d of every row."""
        d = np.repeat(fit.strengths[self.low] - fit.strengths[self.high], self.sizes)
        return d + self.covariates @ fit.coefficients if self.covariates.shape[1] else d


class Slopes(NamedTuple):
    """Of each row's log-likelihood: its slope by d and by the margin (m), and minus its second derivatives."""

    d: Floats
    m: Floats
    dd: Floats
    dm: Floats
    mm: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """The maximum: `strengths` (n,), summing to zero; `coefficients` (k,); `margin` of Rao-Kupper's
    model, above 0, or None: then ties were counted as half a win of each.

    `information`: minus the second derivatives there, shape (n + k + 1 or + 0); singular along "all strengths alike".
    """

    strengths: Floats
    coefficients: Floats
    margin: float | None
    information: Floats

    @property
    def elo(self) -> Floats:
        """Strengths in Elo points, mean zero."""
        return self.strengths * ELO

    def probabilities(self, first: Ints, second: Ints) -> Floats:
        """Chances of (first wins, second wins, tie) with covariates equal, shape (rows, 3)."""
        d = self.strengths[first] - self.strengths[second]
        margin = self.margin or 0.0
        win, loss = expit(d - margin), expit(-d - margin)
        return np.stack([win, loss, 1.0 - win - loss], axis=1)


def fit_pairs(pairs: Pairs, *, ties: bool) -> Fit:
    """The maximum over counts by pair. Raises NotComparable when there is no finite one, ValueError without any comparison."""
    check(pairs)
    return _climb(_pair_rows(pairs), _start(pairs, 0, ties=ties))


def fit(comparisons: Comparisons, *, ties: bool) -> Fit:
    """The maximum over comparisons with their covariates, if they have any. Raises as `fit_pairs` does."""
    pairs = count(comparisons)
    if comparisons.covariates is None:
        return fit_pairs(pairs, ties=ties)
    check(pairs)
    rows, k = _as_rows(comparisons), comparisons.covariates.shape[1]
    start = _start(pairs, k, ties=ties)
    if len(comparisons) > _MANY:
        # About the maximum over every twelfth comparison the whole needs three steps instead of seven.
        # The ridge keeps it finite where the sample alone has none; it only moves the start.
        start = _climb(_as_rows(comparisons.take(np.arange(0, len(comparisons), _SAMPLED))), start, ridge=0.1, close=_SAMPLE_CLOSE)
    return _climb(rows, start)


def check(pairs: Pairs) -> None:
    """Raises NotComparable unless all contenders are in one league, ValueError when nothing was compared."""
    if not len(pairs.low):
        raise ValueError("nothing was compared")
    if leagues(pairs).any():
        raise NotComparable("some contenders never met, or never lost, or never won against the others")


def _as_rows(comparisons: Comparisons) -> Rows:
    """Each comparison as a row of its own, in the order of pairs."""
    order, starts = _in_order_of_pairs(comparisons)
    swapped, outcome = comparisons.first > comparisons.second, comparisons.outcome.astype(np.int8)  # a byte each is soon put in order
    ended = np.where(swapped & (outcome != TIE), np.int8(SECOND) - outcome, outcome)[order]  # seen from the lower one
    win, loss, tie = (np.equal(ended, of).astype(np.float64) for of in (FIRST, SECOND, TIE))
    covariates = np.empty((len(order), 0)) if comparisons.covariates is None else comparisons.covariates.take(order, axis=0)
    covariates *= (1.0 - 2.0 * swapped[order])[:, None]
    one, other = (side[order[starts]] for side in (comparisons.first, comparisons.second))
    sizes = np.diff(starts, append=len(order))
    return Rows(np.minimum(one, other), np.maximum(one, other), starts, sizes, win, loss, tie, covariates)


def _in_order_of_pairs(comparisons: Comparisons) -> tuple[Ints, Ints]:
    """The rows' numbers sorted by pair, and where in that order each pair begins."""
    key = np.minimum(comparisons.first, comparisons.second) * comparisons.contenders
    key += np.maximum(comparisons.first, comparisons.second)
    if comparisons.contenders <= 256:
        key = key.astype(np.uint16)  # 16 bits are sorted by radix, in linear time
    order = np.argsort(key, kind="stable")
    return order, np.flatnonzero(np.diff(key[order], prepend=key[order[:1]] + 1))


def _pair_rows(pairs: Pairs) -> Rows:
    each = np.arange(len(pairs.low))
    nothing = np.empty((len(each), 0))
    return Rows(pairs.low, pairs.high, each, np.ones_like(each), pairs.wins_low, pairs.wins_high, pairs.ties, nothing)


def slopes(d: Floats, wins: Floats, losses: Floats, ties: Floats, margin: float | None) -> Slopes:
    """First and minus second derivatives of each row's log-likelihood, at distance d."""
    if margin is None:
        p, total, none = expit(d), wins + losses + ties, np.zeros(0)
        return Slopes(wins + ties / 2 - total * p, none, total * p * (1 - p), none, none)
    # A tie's chance is that of a win times that of a loss times (exp(2 margin) - 1): it counts as one of each.
    up, down, odds = wins + ties, losses + ties, float(np.expm1(2 * margin))
    p, q = expit(d - margin), expit(-d - margin)
    lost_up, lost_down = up * (1 - p), down * (1 - q)
    bent_up, bent_down = lost_up * p, lost_down * q
    return Slopes(
        d=lost_up - lost_down,
        m=ties * (2 + 2 / odds) - lost_up - lost_down,
        dd=bent_up + bent_down,
        dm=bent_down - bent_up,
        mm=bent_up + bent_down + ties * (4 * (1 + odds) / odds**2),
    )


def _start(pairs: Pairs, k: int, *, ties: bool) -> Fit:
    share = float(pairs.ties.sum() / pairs.totals.sum())
    modelled = ties and _margin_is_finite(pairs)
    # The chance that two equals tie is tanh(margin / 2).
    margin = 2 * float(np.arctanh(share)) if modelled else None
    n = pairs.contenders + k + modelled
    return Fit(np.zeros(pairs.contenders), np.zeros(k), margin, np.zeros((n, n)))


def _margin_is_finite(pairs: Pairs) -> bool:
    """Whether Rao and Kupper's margin has a finite maximum above 0 (one league is taken for granted); else ties are halves.

    It has none if the strengths can be laid out so that every win bridges at least one margin and every tie at most one:
    the likelihood then grows for ever with both. That is so unless some way round has more wins than ties.
    """
    if not pairs.ties.any():
        return False
    if np.any((pairs.wins_low > 0) & (pairs.wins_high > 0)):
        return True
    down, up = (np.where(wins > 0, -1.0, np.where(pairs.ties > 0, 1.0, 0.0)) for wins in (pairs.wins_low, pairs.wins_high))
    ways, (tails, heads) = np.concatenate([down, up]), (np.concatenate(ends) for ends in ((pairs.low, pairs.high), (pairs.high, pairs.low)))
    there = ways != 0
    edges = coo_array((ways[there], (tails[there], heads[there])), shape=(pairs.contenders, pairs.contenders))
    try:
        bellman_ford(edges.tocsr(), indices=np.zeros(1, dtype=np.int64))
    except NegativeCycleError:
        return True
    return False


def _climb(rows: Rows, fit: Fit, ridge: float = 0.0, close: float = _CONVERGED) -> Fit:
    """Newton's steps, until one is `close`, to the top of log-likelihood - ridge * |strengths|^2 / 2; a long one that leads down is halved."""
    for _ in range(_STEPS):
        gradient, information = _derivatives(rows, fit, ridge)
        step = _solve(information, gradient, len(fit.strengths))
        length = float(np.abs(step).max())
        if length > _LONG_STEP:
            height = _log_likelihood(rows, fit, ridge)
            while length > _LONG_STEP and not _log_likelihood(rows, _moved(fit, step), ridge) >= height:
                step, length = step / 2, length / 2
        fit = replace(_moved(fit, step), information=information)
        if length < close:
            return fit
    raise ArithmeticError("the fit did not converge")


def _derivatives(rows: Rows, fit: Fit, ridge: float) -> tuple[Floats, Floats]:
    """The gradient (n + k, and the margin) and minus the Hessian of the log-likelihood."""
    n, k = len(fit.strengths), len(fit.coefficients)
    gradient, information = np.zeros(len(fit.information)), np.zeros_like(fit.information)
    for block in rows.blocks():
        _add(block, fit, gradient, information)
    gradient[:n] -= ridge * fit.strengths
    strengths = information[:n, :n]
    strengths += strengths.T
    strengths[np.diag_indices(n)] = ridge - strengths.sum(axis=1)
    information[n:, :n] = information[:n, n:].T
    information[n + k :, n : n + k] = information[n : n + k, n + k :].T
    return gradient, information


def _add(rows: Rows, fit: Fit, gradient: Floats, information: Floats) -> None:
    """What these rows add to the gradient, and to the upper half of the information but for the strengths' diagonal."""
    n, k = len(fit.strengths), len(fit.coefficients)
    slope = slopes(rows.differences(fit), rows.wins, rows.losses, rows.ties, fit.margin)
    gradient[:n] += rows.spread(rows.by_pair(slope.d), n)
    information[rows.low, rows.high] -= rows.by_pair(slope.dd)
    if k:
        gradient[n : n + k] += slope.d @ rows.covariates
        weighted = rows.covariates * slope.dd[:, None]
        information[:n, n : n + k] += rows.across(weighted, n)
        information[n : n + k, n : n + k] += rows.covariates.T @ weighted
    if fit.margin is not None:
        gradient[-1] += slope.m.sum()
        information[:n, -1] += rows.spread(rows.by_pair(slope.dm), n)
        information[n : n + k, -1] += slope.dm @ rows.covariates
        information[-1, -1] += slope.mm.sum()


def _solve(information: Floats, gradient: Floats, contenders: int) -> Floats:
    step: Floats = np.linalg.solve(grounded(information, contenders), gradient).astype(np.float64, copy=False)
    return step


def grounded(information: Floats, contenders: int) -> Floats:
    """The information made regular: the direction in which all strengths move alike, which has none, is given some."""
    held = information.copy()
    held[:contenders, :contenders] += max(np.trace(information) / len(information), 1e-12) / contenders
    return held


def _moved(fit: Fit, step: Floats) -> Fit:
    n, k = len(fit.strengths), len(fit.coefficients)
    strengths = fit.strengths + step[:n]
    # Kept above zero, where the model ends.
    margin = None if fit.margin is None else max(fit.margin + float(step[-1]), fit.margin / 4)
    return Fit(strengths - strengths.mean(), fit.coefficients + step[n : n + k], margin, fit.information)


def _log_likelihood(rows: Rows, fit: Fit, ridge: float) -> float:
    return sum(_height(block, fit) for block in rows.blocks()) - ridge * float(fit.strengths @ fit.strengths) / 2


def _height(rows: Rows, fit: Fit) -> float:
    d = rows.differences(fit)
    if fit.margin is None:
        return float((rows.wins - rows.losses) @ d / 2 - rows.totals @ np.logaddexp(d / 2, -d / 2))
    likelihood = (rows.wins + rows.ties) @ log_expit(d - fit.margin) + (rows.losses + rows.ties) @ log_expit(-d - fit.margin)
    return float(likelihood + rows.ties.sum() * np.log(np.expm1(2 * fit.margin)))
