"""How much a pair is worth a battle, by what the board knows of both. Arrays in, arrays out."""

from functools import lru_cache
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# How many times likelier than the best known contender the freshest may be drawn, under 'fresh_first' and 'contested'. Policies that draw
# by another number need another version.
CAP_RATIO = 10.0

# numpy has no erfc. Between these points a straight line errs by less than 2e-7.
_POINTS_A_UNIT, _FURTHEST = 512, 8
_LAST = _FURTHEST * _POINTS_A_UNIT
_TAIL = np.array([0.5 * erfc(k / _POINTS_A_UNIT * sqrt(0.5)) for k in range(_LAST + 1)])
_SLOPE = np.append(np.diff(_TAIL), 0.0)


def misorder(gap: Array, variance: Array) -> Array:
    """Probability that two contenders stand in the wrong order: their mus differ by `gap`, their variances sum to `variance`.

    Never 0: beyond eight standard deviations it is held at 6e-16.
    """
    place = np.minimum(np.abs(gap) / np.sqrt(variance) * _POINTS_A_UNIT, _LAST)
    point = place.astype(np.intp)
    found: Array = _TAIL[point] + (place - point) * _SLOPE[point]
    return found


def doubt(gap: Array, variance: Array) -> Array:
    """The fourth root of the probability of misorder.

    A live rating takes its errors for independent, so it is surer of an order than it should be; taken at its word it
    lets a misplaced contender stay where it is. Of the powers that were simulated none needs clearly fewer votes with
    intervals as narrow.
    """
    root: Array = np.sqrt(np.sqrt(misorder(gap, variance)))
    return root


def need(sigma: Array) -> Array:
    """1 for the best known contender (of those along the last axis); for others the ratio of the sigmas to the eighth power, at most CAP_RATIO.

    Keeps the widest interval as narrow as under even exposure; the cap keeps a newcomer from taking every battle.
    """
    ratio = sigma / sigma.min(axis=-1, keepdims=True)
    needs: Array = np.minimum(CAP_RATIO, ratio**8)
    return needs


DOUBTS = {"misorder": misorder, "contested": doubt}


def weights(name: str, mu: Array, sigma: Array) -> Array:
    """(n, n): what each pair weighs under 'misorder' or 'contested'; symmetric, 0 on the diagonal, above 0 elsewhere."""
    one, other = _pairs(len(mu))
    variance = sigma * sigma
    found = DOUBTS[name](mu[one] - mu[other], variance[one] + variance[other])
    if name == "contested":
        needs = need(sigma)
        found = found * needs[one] * needs[other]
    half: Array = np.zeros((len(mu), len(mu)))
    half[one, other] = found
    return half + half.T


@lru_cache(maxsize=4)  # the number of contenders seldom changes
def _pairs(size: int) -> tuple[NDArray[np.intp], ...]:
    return np.triu_indices(size, 1)
