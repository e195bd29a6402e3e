"""The settled board: TrueSkill's own model, with all comparisons seen at once, so that their order is gone.

The live board sees each vote once, in its turn, and what it learned early it never looks at again. Here expectation
propagation goes round until nothing moves (P. Dangauthier, R. Herbrich, T. Minka, T. Graepel, "TrueSkill Through Time",
NIPS 20, 2007, without drift). All comparisons of one pair that ended alike send the same message in the end, so one
message stands for all of them: the work grows with pairs, not with votes.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from arena.ratings.comparisons import Floats, Ints, Pairs, groups
from arena.ratings.skill import Parameters

_ROUNDS = 5000
_STILL = 1e-7  # of a standard deviation
_LONGEST, _SHORTEST = 0.7, 1e-4  # share of the way that messages go in one round
_NOISE = 1e-5  # smaller moves swing by rounding alone
_CALM = 0.05  # from here on the shift of all alike is solved for
_LOG_ROOT_TWO_PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Settled:
    """mu and sigma by contender, rating units, shape (n,), and how many rounds it took."""

    mu: Floats
    sigma: Floats
    rounds: int


@dataclass(frozen=True, slots=True)
class _Cells:
    """Comparisons that send equal messages: `ahead` beat `behind`, or drew with it, this many `times`."""

    ahead: Ints
    behind: Ints
    times: Floats
    drawn: NDArray[np.bool_]


class _Messages(NamedTuple):
    """What one comparison of each cell says to its two contenders: natural parameters (precision, precision * mean)."""

    pi_ahead: Floats
    tau_ahead: Floats
    pi_behind: Floats
    tau_behind: Floats


def settle(pairs: Pairs, parameters: Parameters) -> Settled:
    """The fixed point of expectation propagation over all comparisons. Who met nobody stays at (mu0, sigma0).

    Raises ArithmeticError when it does not come to rest.
    """
    cells, met = _cells(pairs), groups(pairs)
    n, prior, sizes = pairs.contenders, 1.0 / parameters.sigma0**2, np.bincount(met)
    said = _Messages(*(np.zeros(len(cells.times)) for _ in range(4)))
    mu, sure, move, shift = np.zeros(n), np.full(n, prior), np.zeros(n), np.zeros(n)  # mu is measured from mu0
    step, moved = _LONGEST, np.inf
    for done in range(_ROUNDS):
        pi = prior + _gather(cells, said.pi_ahead, said.pi_behind, n)
        tau = _gather(cells, said.tau_ahead, said.tau_behind, n)
        last, move = move, (tau / pi - mu) / step
        move -= (np.bincount(met, weights=move) / sizes)[met]  # where a group is as a whole, its shift tells
        # All messages change at once and can swing to and fro between two contenders: shorter steps where the swing grows.
        shifted = np.abs(move) * np.sqrt(pi)
        swings = move @ last < 0 and move @ move > last @ last and np.max(shifted, initial=0.0) > _NOISE
        step = max(step / 2, _SHORTEST) if swings else min(step * 1.1, _LONGEST)
        surer = np.abs(pi / sure - 1) / step
        mu, sure, moved = tau / pi, pi, float(np.max(shifted + surer, initial=0.0))
        if moved < _STILL and done > 1 and np.max(np.abs(shift), initial=0.0) < _STILL * parameters.sigma0:
            return Settled(parameters.mu0 + mu, 1.0 / np.sqrt(pi), done)
        heard, shift = _answer(cells, said, pi, tau, parameters), np.zeros(n)
        if done > 1 and moved < _CALM:
            shift = _shift(cells, said, heard, pi, prior, met)
        said = _mixed(cells, said, heard, step, shift)
    raise ArithmeticError("expectation propagation did not come to rest")


def _cells(pairs: Pairs) -> _Cells:
    ahead = np.concatenate([pairs.low, pairs.high, pairs.low])
    behind = np.concatenate([pairs.high, pairs.low, pairs.high])
    times = np.concatenate([pairs.wins_low, pairs.wins_high, pairs.ties])
    drawn = np.arange(len(times)) >= 2 * len(pairs.low)
    there = times > 0
    return _Cells(ahead[there], behind[there], times[there], drawn[there])


def _gather(cells: _Cells, ahead: Floats, behind: Floats, n: int) -> Floats:
    """Sum of all comparisons' messages by contender."""
    won = np.bincount(cells.ahead, weights=cells.times * ahead, minlength=n)
    return np.add(won, np.bincount(cells.behind, weights=cells.times * behind, minlength=n), dtype=np.float64)


def _answer(cells: _Cells, said: _Messages, pi: Floats, tau: Floats, parameters: Parameters) -> _Messages:
    """What each comparison says once it has heard all others. No difference of nearly equal numbers is taken."""
    pi_a, pi_b = pi[cells.ahead] - said.pi_ahead, pi[cells.behind] - said.pi_behind
    mu_a, mu_b = (tau[cells.ahead] - said.tau_ahead) / pi_a, (tau[cells.behind] - said.tau_behind) / pi_b
    c = np.sqrt(2 * parameters.beta**2 + 1 / pi_a + 1 / pi_b)
    v, w = _corrections((mu_a - mu_b) / c, parameters.draw_margin / c, cells.drawn)
    share_a, share_b = w / (c * c * pi_a), w / (c * c * pi_b)
    new_a, new_b = pi_a * share_a / (1 - share_a), pi_b * share_b / (1 - share_b)
    return _Messages(new_a, new_a * mu_a + v / (c * (1 - share_a)), new_b, new_b * mu_b - v / (c * (1 - share_b)))


def _corrections(t: Floats, margin: Floats, drawn: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """v and w of the model: how mean and variance of a difference t (its own units) change when a win or a draw is seen."""
    x = t - margin
    v_win = np.exp(-x * x / 2 - _LOG_ROOT_TWO_PI - log_ndtr(x))
    # A draw, seen from the side that is ahead, relative to the larger of its two tails: far out both would be zero.
    far = np.abs(t)
    near_tail, far_tail = log_ndtr(margin - far), log_ndtr(-margin - far)
    a = np.exp(-((margin - far) ** 2) / 2 - _LOG_ROOT_TWO_PI - near_tail)
    b = np.exp(-((margin + far) ** 2) / 2 - _LOG_ROOT_TWO_PI - near_tail)
    mass = -np.expm1(far_tail - near_tail)
    v_draw = (b - a) / mass
    w_draw = v_draw * v_draw + ((margin - far) * a + (margin + far) * b) / mass
    return np.where(drawn, np.copysign(1.0, t) * v_draw, v_win), np.where(drawn, w_draw, v_win * (v_win + x))


def _shift(cells: _Cells, said: _Messages, heard: _Messages, pi: Floats, prior: float, met: Ints) -> Floats:
    """How far each group as a whole is from its place: comparisons know differences only, so but for the weak prior it would never arrive."""
    n = len(pi)
    # A message's mean is compared, at the precision now heard: while precisions still grow, sums of them say nothing of place.
    off_a = heard.tau_ahead - said.tau_ahead * heard.pi_ahead / said.pi_ahead
    off_b = heard.tau_behind - said.tau_behind * heard.pi_behind / said.pi_behind
    off = _gather(cells, off_a, off_b, n)
    held_a = prior * heard.pi_ahead / (pi[cells.ahead] - said.pi_ahead)
    held_b = prior * heard.pi_behind / (pi[cells.behind] - said.pi_behind)
    pulled = np.bincount(met, weights=_gather(cells, held_a, held_b, n))
    by_group = np.bincount(met, weights=off) / np.where(pulled > 0, pulled, 1.0)
    return np.asarray(by_group[met], dtype=np.float64)


def _mixed(cells: _Cells, said: _Messages, heard: _Messages, step: float, shift: Floats) -> _Messages:
    """Part of the way from what was said to what is now heard, with every group moved by its shift."""
    pi_a, tau_a, pi_b, tau_b = (old + step * (new - old) for old, new in zip(said, heard, strict=True))
    return _Messages(pi_a, tau_a + shift[cells.ahead] * pi_a, pi_b, tau_b + shift[cells.behind] * pi_b)
