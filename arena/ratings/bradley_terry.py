"""The cross-check: strengths by maximum likelihood over all comparisons at once, with intervals that know of clusters.

Two models of d = strength of the first - strength of the second + covariates . coefficients. Bradley-Terry: the first wins
with chance s(d) = 1 / (1 + exp(-d)), and a tie is half a win of each (R. A. Bradley, M. E. Terry, Biometrika 39, 1952).
Rao-Kupper: the first wins with chance s(d - margin), the second with s(-d - margin), else they tie (P. V. Rao, L. L.
Kupper, JASA 62, 1967). Both log-likelihoods are concave, so Newton's method from zero finds the one maximum. Strengths
are natural-log odds that sum to zero.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import NegativeCycleError, bellman_ford
from scipy.special import log_expit

from arena.ratings import compiled
from arena.ratings.comparisons import Comparisons, Floats, Pairs, count, leagues
from arena.ratings.compiled import Votes
from arena.ratings.rows import Rows, at_once, halves, pair_rows, vote_rows

ELO = 400.0 / float(np.log(10.0))
"""Elo points of one unit of strength."""

_STEPS = 100
_CONVERGED = 1e-5  # a Newton step this short leaves an error of about its square
_LONG_STEP = 0.5
_MANY = 25_000
_SAMPLED = 12
_SAMPLE_CLOSE = 0.05  # a sample is no nearer to the whole


class NotComparable(ValueError):
    """The contenders have no finite strengths on one scale: some never met, or between some all games went one way."""


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


def fit_pairs(pairs: Pairs, *, ties: bool) -> Fit:
    """The maximum over counts by pair. Raises NotComparable when there is no finite one, ValueError without any comparison."""
    check(pairs)
    return _climb(pair_rows(pairs), _start(pairs, ties=ties))


def fit(comparisons: Comparisons, *, ties: bool) -> Fit:
    """The maximum over comparisons with their covariates, if they have any. Raises as `fit_pairs` does."""
    plain = fit_pairs(count(comparisons), ties=ties)
    if comparisons.covariates is None:
        return plain
    rows, start = compiled.votes(comparisons) or vote_rows(comparisons), _widened(plain, comparisons.covariates.shape[1])
    if len(rows) > _MANY:
        # From the maximum over every twelfth comparison the whole needs two steps instead of four. The ridge keeps it finite
        # where the sample alone has none, or does not know a covariate; it only moves the start.
        start = _climb(rows.take(slice(None, None, _SAMPLED)), start, ridge=0.1, close=_SAMPLE_CLOSE)
        start = _nudged(rows, start, start.information * _SAMPLED)
    return _climb(rows, start)


def check(pairs: Pairs) -> None:
    """Raises NotComparable unless all contenders are in one league, ValueError when nothing was compared."""
    if not len(pairs.low):
        raise ValueError("nothing was compared")
    if leagues(pairs).any():
        raise NotComparable("some contenders never met, or never lost, or never won against the others")


def slopes(d: Floats, wins: Floats, losses: Floats, ties: Floats, margin: float | None) -> Slopes:
    """First and minus second derivatives of each row's log-likelihood, at distance d."""
    if margin is None:
        p, none = _logistic(d), np.zeros(0)
        expected = wins + losses
        expected += ties
        expected *= p
        score = ties * 0.5
        score += wins
        score -= expected
        expected *= np.subtract(1.0, p, out=p)
        return Slopes(score, none, expected, none, none)
    # A tie's chance is that of a win times that of a loss times (exp(2 margin) - 1): it counts as one of each.
    p, q, odds = _logistic(d - margin), _logistic(-d - margin), float(np.expm1(2 * margin))
    lost_up, lost_down = (wins + ties) * (1.0 - p), (losses + ties) * (1.0 - q)
    bent_up, bent_down = p, q
    bent_up *= lost_up
    bent_down *= lost_down
    both = bent_up + bent_down
    return Slopes(
        d=lost_up - lost_down,
        m=ties * (2 + 2 / odds) - lost_up - lost_down,
        dd=both,
        dm=bent_down - bent_up,
        mm=both + ties * (4 * (1 + odds) / odds**2),
    )


def _logistic(d: Floats) -> Floats:
    """1 / (1 + exp(-d)): a third of the time of scipy's expit, for numpy takes several exponentials at once."""
    with np.errstate(over="ignore"):  # far down it is 0
        found = np.exp(-d)
    found += 1.0
    return np.reciprocal(found, out=found)


def _start(pairs: Pairs, *, ties: bool) -> Fit:
    share = float(pairs.ties.sum() / pairs.totals.sum())
    modelled = ties and _margin_is_finite(pairs)
    # The chance that two equals tie is tanh(margin / 2).
    margin = 2 * float(np.arctanh(share)) if modelled else None
    n = pairs.contenders + modelled
    return Fit(np.zeros(pairs.contenders), np.zeros(0), margin, np.zeros((n, n)))


def _widened(fit: Fit, k: int) -> Fit:
    """The same with k coefficients of nothing."""
    size = len(fit.information) + k
    return Fit(fit.strengths, np.zeros(k), fit.margin, np.zeros((size, size)))


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


def _climb(rows: Rows | Votes, fit: Fit, ridge: float = 0.0, close: float = _CONVERGED) -> Fit:
    """Newton's steps, until one is `close`, to the top of log-likelihood - ridge * |all but the margin|^2 / 2; a long one that leads down is halved."""
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


def _nudged(rows: Rows | Votes, fit: Fit, information: Floats) -> Fit:
    """One step by these rows' gradient and information that is about right: half the work of Newton's, most of its way."""
    gradient = np.sum(at_once(lambda half: _uphill(half, fit), halves(rows)), axis=0)
    step = _solve(information, gradient, len(fit.strengths))
    return _moved(fit, step) if np.abs(step).max() < _LONG_STEP else fit


def _derivatives(rows: Rows | Votes, fit: Fit, ridge: float) -> tuple[Floats, Floats]:
    """The gradient (n + k, and the margin) and minus the Hessian of the log-likelihood."""

    def both(half: Rows | Votes) -> tuple[Floats, Floats]:
        if isinstance(half, Votes):
            return half.derivatives(fit.strengths, fit.coefficients, fit.margin)
        slope = row_slopes(half, fit)
        return _gradient(half, fit, slope), half.outer(slope.dd, slope.dm, slope.mm)

    gradient, information = (np.sum(parts, axis=0) for parts in zip(*at_once(both, halves(rows)), strict=True))
    held = np.concatenate([fit.strengths, fit.coefficients])
    gradient[: len(held)] -= ridge * held
    information[np.diag_indices(len(held))] += ridge
    return gradient, information


def _uphill(rows: Rows | Votes, fit: Fit) -> Floats:
    """The gradient alone."""
    if isinstance(rows, Votes):
        return rows.derivatives(fit.strengths, fit.coefficients, fit.margin)[0]
    return _gradient(rows, fit, row_slopes(rows, fit))


def _gradient(rows: Rows, fit: Fit, slope: Slopes) -> Floats:
    margin = [] if fit.margin is None else [slope.m.sum()]
    return np.concatenate([rows.spread(slope.d), rows.covariates @ slope.d, margin])


def row_slopes(rows: Rows, fit: Fit) -> Slopes:
    """The slopes of every row."""
    found = Slopes(*(np.empty(0 if fit.margin is None and name not in ("d", "dd") else len(rows)) for name in Slopes._fields))
    for block, d in rows.distances(fit.strengths, fit.coefficients):
        columns = slopes(d, rows.wins[block], rows.losses[block], rows.ties[block], fit.margin)
        for into, values in zip(found, columns, strict=True):
            into[block] = values
    return found


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


def _log_likelihood(rows: Rows | Votes, fit: Fit, ridge: float) -> float:
    held = float(fit.strengths @ fit.strengths + fit.coefficients @ fit.coefficients)
    return sum(at_once(lambda half: _height(half, fit), halves(rows))) - ridge * held / 2


def _height(table: Rows | Votes, fit: Fit) -> float:
    rows = table.rows() if isinstance(table, Votes) else table
    height = 0.0 if fit.margin is None else float(rows.ties.sum() * np.log(np.expm1(2 * fit.margin)))
    for block, d in rows.distances(fit.strengths, fit.coefficients):
        wins, losses, ties = (column[block] for column in (rows.wins, rows.losses, rows.ties))
        if fit.margin is None:
            height += float((wins - losses) @ d / 2 - (wins + losses + ties) @ np.logaddexp(d / 2, -d / 2))
        else:
            height += float((wins + ties) @ log_expit(d - fit.margin) + (losses + ties) @ log_expit(-d - fit.margin))
    return height
