"""Does the side shown first win more often than it should? Sides are drawn by lot, so skill cancels out."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, Ints


@dataclass(frozen=True, slots=True)
class Position:
    """Votes won by the first and by the second side, ties with both good, with both bad.

    share: of the decisive votes that the first side won, with its 95% interval; None without decisive votes.
    """

    first: int
    second: int
    ties: int
    both_bad: int
    share: float | None
    low: float | None
    high: float | None


def position(comparisons: Comparisons, both_bad: NDArray[np.bool_]) -> Position:
    """Counts of all comparisons, and the share with its interval.

    The interval is E. B. Wilson's (JASA 22, 1927), which holds at the ends and for a single vote, with so many votes as are
    worth these in their clusters, and Student's t for the fewest clusters of a way.
    """
    first, second = (int(np.count_nonzero(comparisons.outcome == of)) for of in (FIRST, SECOND))
    bad = int(np.count_nonzero(both_bad))
    ties, decisive = len(comparisons) - first - second - bad, first + second
    if not decisive:
        return Position(first, second, ties, bad, None, None, None)
    share, rows = first / decisive, comparisons.outcome != TIE
    ways = [way[rows] for way in comparisons.clusters]
    left = (comparisons.outcome[rows] == FIRST) - share
    votes = decisive / _worth_less(left, ways)
    fewest = min((np.count_nonzero(np.bincount(way)) for way in ways), default=decisive)
    square = float(stdtrit(max(fewest - 1.0, 1.0), 0.975)) ** 2
    middle = (share + square / (2 * votes)) / (1 + square / votes)
    reach = sqrt(square * (share * (1 - share) / votes + square / (4 * votes * votes))) / (1 + square / votes)
    return Position(first, second, ties, bad, share, max(middle - reach, 0.0), min(middle + reach, 1.0))


def _worth_less(left: Floats, ways: list[Ints]) -> float:
    """By what factor clusters raise the variance of a mean: at least 1. `left`: each vote less the mean."""
    alone = float(left @ left)
    if not alone:
        return 1.0
    together = sum(float(np.square(np.bincount(way, weights=left)).sum()) for way in ways)
    return max(1.0, (together - (len(ways) - 1) * alone) / alone)
