"""Distributions over sets of contenders: each can be drawn from, and says exactly how probable a set is.

Positions 0..n-1 stand for the candidates in the order of their ids.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import accumulate, combinations, permutations
from math import comb
from random import Random
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Law(Protocol):
    """A distribution over sets of positions."""

    def draw(self, count: int, rng: Random) -> list[int]:
        """`count` different positions."""

    def probability(self, positions: Sequence[int]) -> float:
        """Exact chance that `draw` gives this set, in any order."""

    def chances_of_next(self, held: Sequence[int], free: Sequence[int]) -> list[float]:
        """For each position of `free` its chance to come next to meet those held; together 1."""


class Uniform:
    """Every set alike. A Law."""

    def __init__(self, size: int) -> None:
        self.size = size

    def draw(self, count: int, rng: Random) -> list[int]:
        """See Law."""
        return _one_by_one([1.0] * self.size, count, rng)

    def probability(self, positions: Sequence[int]) -> float:
        """See Law."""
        return 1.0 / comb(self.size, len(positions))

    def chances_of_next(self, held: Sequence[int], free: Sequence[int]) -> list[float]:
        """See Law."""
        return [1.0 / len(free)] * len(free)


class Weighted:
    """Positions drawn one after another in proportion to their weights (all above 0), without putting back. A Law."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = list(weights)
        self.total = sum(self.weights)

    def draw(self, count: int, rng: Random) -> list[int]:
        """See Law."""
        return _one_by_one(self.weights, count, rng)

    def probability(self, positions: Sequence[int]) -> float:
        """See Law. Sums over the orders in which the set may come: two for a pair, 24 for four."""
        return sum(self._probability_in_order(order) for order in permutations(self.weights[p] for p in positions))

    def _probability_in_order(self, weights: Sequence[float]) -> float:
        chance, left = 1.0, self.total
        for weight in weights:
            chance *= weight / left
            left -= weight
        return chance

    def chances_of_next(self, held: Sequence[int], free: Sequence[int]) -> list[float]:
        """See Law."""
        total = sum(self.weights[position] for position in free)
        return [self.weights[position] / total for position in free]


class Mixture:
    """Uniform with a chance of `share`, else another law. A Law."""

    def __init__(self, even: Uniform, law: Law, share: float) -> None:
        self.even, self.law, self.share = even, law, share

    def draw(self, count: int, rng: Random) -> list[int]:
        """See Law."""
        return (self.even if rng.random() < self.share else self.law).draw(count, rng)

    def probability(self, positions: Sequence[int]) -> float:
        """See Law."""
        return self.share * self.even.probability(positions) + (1.0 - self.share) * self.law.probability(positions)

    def chances_of_next(self, held: Sequence[int], free: Sequence[int]) -> list[float]:
        """See Law."""
        return [self.share / len(free) + (1.0 - self.share) * chance for chance in self.law.chances_of_next(held, free)]


class Pairs:
    """A pair in proportion to its weight, then each further position in proportion to its weights with all those drawn. A Law.

    weights: two or more rows, symmetric, 0 on the diagonal and above 0 elsewhere.
    """

    def __init__(self, weights: Array) -> None:
        self.weights = weights
        self.rows: Array = weights.sum(axis=1)
        self.total = float(self.rows.sum())

    def draw(self, count: int, rng: Random) -> list[int]:
        """See Law."""
        drawn = [_pick(self.rows, rng)]
        while len(drawn) < count:
            drawn.append(_pick(self._next(drawn), rng))
        return drawn

    def probability(self, positions: Sequence[int]) -> float:
        """See Law. Goes through the subsets by size: each came from one that was smaller by one."""
        places = list(positions)
        among: list[list[float]] = self.weights[np.ix_(places, places)].tolist()
        to_all: list[float] = self.rows[places].tolist()
        chances = {frozenset((a, b)): 2.0 * among[a][b] / self.total for a, b in combinations(range(len(places)), 2)}
        for _ in range(len(places) - 2):
            larger: defaultdict[frozenset[int], float] = defaultdict(float)
            for drawn, chance in chances.items():
                to_others = sum(to_all[a] - sum(among[a][b] for b in drawn) for a in drawn)
                for one in range(len(places)):
                    if one not in drawn:
                        larger[drawn | {one}] += chance * sum(among[one][a] for a in drawn) / to_others
            chances = larger
        return chances[frozenset(range(len(places)))]

    def chances_of_next(self, held: Sequence[int], free: Sequence[int]) -> list[float]:
        """See Law."""
        weights = (self._next(held) if held else self.rows)[list(free)]
        return [float(weight) for weight in weights / weights.sum()]

    def _next(self, drawn: Collection[int]) -> Array:
        places = sorted(drawn)
        weights: Array = self.weights[places].sum(axis=0)
        weights[places] = 0.0
        return weights


def pairs_of(weights: Sequence[float]) -> Array:
    """The weight of each pair under `Weighted`: its probability, halved over the two triangles; 0 on the diagonal."""
    given = np.asarray(weights)
    first = given / (given.sum() - given)
    pairs: Array = np.outer(given, given) * (first + first[:, None])
    np.fill_diagonal(pairs, 0.0)
    return pairs


def one_of(positions: Sequence[int], weights: Sequence[float], rng: Random) -> int:
    """One of the positions, in proportion to its weight; `weights` goes with `positions`."""
    edges = list(accumulate(weights))
    # random() < 1, but its product with the sum may round up to the last edge.
    return positions[min(bisect_right(edges, rng.random() * edges[-1]), len(positions) - 1)]


def _one_by_one(weights: Sequence[float], count: int, rng: Random) -> list[int]:
    drawn: list[int] = []
    for _ in range(count):
        free = [position for position in range(len(weights)) if position not in drawn]
        drawn.append(one_of(free, [weights[position] for position in free], rng))
    return drawn


def _pick(weights: Array, rng: Random) -> int:
    edges = weights.cumsum()
    place = int(edges.searchsorted(rng.random() * edges[-1], side="right"))
    # Rounded up to the last edge: the first place that reaches it, for those behind it weigh nothing.
    return place if place < len(edges) else int(edges.searchsorted(edges[-1]))
