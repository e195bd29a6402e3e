"""What drawing could save at best: how many votes an order needs when pairs are drawn by the true skills themselves.

No policy knows these. For skills that are all near each other there is little to save: however pairs are drawn, the mean of
their effective resistances, weighed by how often each is drawn, is (contenders - 1) / votes (R. M. Foster, 1949), so who is
looked at more closely makes others be looked at less. What is left is that votes between near equals tell more.

Errors are taken for normal with the variances of a joint fit, the design for fixed over time. The distribution over pairs
is found by multiplicative steps (S. D. Silvey, D. M. Titterington, B. Torsney, Comm. Stat. 7, 1978) from even draws.
"""

from dataclasses import dataclass
from math import erf, exp, log

import numpy as np
from numpy.typing import NDArray

from arena.battles.pairing.contests import misorder
from arena.ratings import skill

Array = NDArray[np.float64]

_PARAMETERS = skill.Parameters()
_NOISE = 2.0**0.5 * _PARAMETERS.beta
_FEWEST, _MOST = 10.0, 1e9
_HALVINGS, _ROUNDS, _STEPS = 40, 3, 40
_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs of some skills: their gaps, and what one vote tells about each gap (Fisher's information)."""

    contenders: int
    one: NDArray[np.intp]
    other: NDArray[np.intp]
    gap: Array
    information: Array

    def inverse(self, shares: Array, votes: float) -> Array:
        """The covariance of all skills, up to their mean, after so many votes drawn in these shares."""
        told = np.zeros((self.contenders, self.contenders))
        told[self.one, self.other] = told[self.other, self.one] = -shares * self.information * votes
        told[np.diag_indices(self.contenders)] = -told.sum(axis=1)
        found: Array = np.linalg.inv(told + np.trace(told) / self.contenders**2)
        return found

    def variances(self, covariance: Array) -> Array:
        """Of each pair's difference."""
        of = np.diag(covariance)
        found: Array = of[self.one] + of[self.other] - 2.0 * covariance[self.one, self.other]
        return found

    def tau(self, shares: Array, votes: float) -> float:
        """The expected tau."""
        return float(1.0 - 2.0 * misorder(self.gap, self.variances(self.inverse(shares, votes))).mean())

    def votes(self, shares: Array, tau: float) -> float:
        """How many votes until the expected tau is there."""
        low, high = log(_FEWEST), log(_MOST)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self.tau(shares, exp(middle)) < tau else (low, middle)
        return exp(high)

    def better(self, shares: Array, votes: float) -> Array:
        """Shares that give a higher expected tau after so many votes: each times the root of what one more of it would bring."""
        covariance = self.inverse(shares, votes)
        rows = covariance[self.one] - covariance[self.other]
        together = rows[:, self.one] - rows[:, self.other]
        variance = np.diag(together)
        worth = np.exp(-0.5 * self.gap**2 / variance) * self.gap / variance**1.5
        moved = shares * np.sqrt(self.information * (worth @ (together * together)))
        found: Array = moved / moved.sum()
        return found


def pairs_of(skills: Array) -> Pairs:
    """All pairs of these skills (rating units)."""
    one, other = np.triu_indices(len(skills), 1)
    gap = np.abs(skills[one] - skills[other])
    return Pairs(len(skills), one, other, gap, _information(gap))


def votes_needed(skills: Array, tau: float) -> tuple[float, float]:
    """Votes until the expected tau is there: drawn evenly, and drawn as well as can be by who knows the skills."""
    pairs = pairs_of(skills)
    even = np.full(len(pairs.gap), 1.0 / len(pairs.gap))
    shares, needed = even, pairs.votes(even, tau)
    evenly = needed
    for _ in range(_ROUNDS):
        for _ in range(_STEPS):
            shares = pairs.better(shares, needed)
        needed = min(needed, pairs.votes(shares, tau))
    return evenly, needed


def _information(gap: Array) -> Array:
    """Of one vote about the gap: the sum over its three outcomes of the square of the chance's slope, over the chance."""
    slope = (_chances(gap + _STEP) - _chances(gap - _STEP)) / (2.0 * _STEP)
    found: Array = (slope * slope / _chances(gap)).sum(axis=0)
    return found


def _chances(gap: Array) -> Array:
    below = np.vectorize(lambda x: 0.5 * (1.0 + erf(x / 2.0**0.5)))
    win, loss = (below((sign * gap - _PARAMETERS.draw_margin) / _NOISE) for sign in (1.0, -1.0))
    found: Array = np.stack([win, loss, 1.0 - win - loss])
    return found
