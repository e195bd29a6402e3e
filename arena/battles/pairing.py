"""Who meets whom: draws the contenders of a battle, and says exactly how probable that draw was.

The stated probability is that of the unordered set; it is stored with the battle, so that votes can be weighted by
its inverse and an outsider can audit the draw. It cannot be worked out later. Pure: chance comes in as `rng`, and the
same seed, candidates and policy give the same sides, in whatever order the candidates come. Only `rng.random()` is
called: it alone gives the same numbers for the same seed in every version of Python.

A policy is a `Law` over contenders, mixed with a uniform share that leaves no set impossible. A new policy is one more
law in `_LAWS`; laws may read every field of `Candidate`.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, permutations
from math import comb
from random import Random
from typing import Protocol

MIN_SIDES, MAX_SIDES = 2, 6


class NotEnoughContenders(Exception):
    """Fewer candidates than the draw needs; `needed` and `available` say how many."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(f"needs {needed} contenders to draw from, has {available}")
        self.needed = needed
        self.available = available


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contender that may be drawn now: whose it is, its skill on the board, and its rated votes so far."""

    contender: int
    vendor: str
    mu: float
    sigma: float
    votes: int


@dataclass(frozen=True, slots=True)
class Policy:
    """How to draw.

    name: 'uniform', 'fresh_first' or 'named'. version: stored with the battle. uniform_share: in (0, 1], chance that
    a draw is uniform whatever the policy. cap_ratio: >= 1, how many times likelier than the most voted contender the
    freshest may be drawn first. named: the contenders to set together under 'named'. Raises ValueError otherwise.
    """

    name: str = "fresh_first"
    version: str = "fresh-first-1"
    uniform_share: float = 0.2
    cap_ratio: float = 10.0
    named: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.name != "named" and self.name not in _LAWS:
            raise ValueError(f"no pairing policy is called {self.name!r}")
        if not 0.0 < self.uniform_share <= 1.0:
            raise ValueError("uniform_share must be above 0 and at most 1")
        if not 1.0 <= self.cap_ratio <= 1e6:
            raise ValueError("cap_ratio must lie within 1 and a million")
        if self.name == "named" and not MIN_SIDES <= len(set(self.named)) == len(self.named) <= MAX_SIDES:
            raise ValueError(f"a named battle needs {MIN_SIDES} to {MAX_SIDES} different contenders")


@dataclass(frozen=True, slots=True)
class Choice:
    """Contenders by side (a first), already shuffled, and the probability in (0, 1] of drawing this unordered set."""

    sides: tuple[int, ...]
    probability: float


class Law(Protocol):
    """A distribution over sets of positions 0..n-1 among the candidates."""

    def draw(self, count: int, rng: Random) -> list[int]:
        """`count` different positions."""

    def probability(self, positions: Sequence[int]) -> float:
        """Exact chance that `draw` gives this set, in any order."""

    def weights_of_next(self, held: Sequence[int]) -> list[float]:
        """For each position, in what proportion it should come next to meet those held (their own are not read)."""


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

    def weights_of_next(self, held: Sequence[int]) -> list[float]:
        """See Law."""
        return [1.0] * self.size


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

    def weights_of_next(self, held: Sequence[int]) -> list[float]:
        """See Law."""
        return self.weights


def _one_by_one(weights: Sequence[float], count: int, rng: Random) -> list[int]:
    drawn: list[int] = []
    for _ in range(count):
        free = [position for position in range(len(weights)) if position not in drawn]
        drawn.append(_one_of(free, weights, rng))
    return drawn


def _one_of(positions: Sequence[int], weights: Sequence[float], rng: Random) -> int:
    edges = list(accumulate(weights[position] for position in positions))
    # random() < 1, but its product with the sum may round up to the last edge.
    return positions[min(bisect_right(edges, rng.random() * edges[-1]), len(positions) - 1)]


def fresh_first_weights(candidates: Sequence[Candidate], cap_ratio: float) -> list[float]:
    """1 for the most voted contender, (its votes + 1) / (own votes + 1) for others, at most cap_ratio.

    Evens out the numbers of votes; the cap keeps a newcomer from taking every battle.
    """
    most = max(candidate.votes for candidate in candidates) + 1.0
    return [min(cap_ratio, most / (candidate.votes + 1.0)) for candidate in candidates]


def _uniform(candidates: Sequence[Candidate], policy: Policy) -> Law:
    return Uniform(len(candidates))


def _fresh_first(candidates: Sequence[Candidate], policy: Policy) -> Law:
    return Weighted(fresh_first_weights(candidates, policy.cap_ratio))


_LAWS: dict[str, Callable[[Sequence[Candidate], Policy], Law]] = {"uniform": _uniform, "fresh_first": _fresh_first}


def choose(standings: Sequence[Candidate], policy: Policy, rng: Random, sides: int = 2) -> Choice:
    """Draws the contenders of a battle of two to six sides.

    Raises NotEnoughContenders, also when a named contender is not among the candidates; ValueError for other numbers
    of sides and for candidates that come twice.
    """
    if not MIN_SIDES <= sides <= MAX_SIDES:
        raise ValueError(f"a battle has {MIN_SIDES} to {MAX_SIDES} sides, not {sides}")
    candidates = _in_order(standings)
    if policy.name == "named":
        return Choice(_shuffled(_named(candidates, policy, sides), rng), 1.0)
    if len(candidates) < sides:
        raise NotEnoughContenders(sides, len(candidates))
    even, law, share = Uniform(len(candidates)), _LAWS[policy.name](candidates, policy), policy.uniform_share
    positions = (even if rng.random() < share else law).draw(sides, rng)
    probability = share * even.probability(positions) + (1.0 - share) * law.probability(positions)
    return Choice(_shuffled([candidates[position].contender for position in positions], rng), min(1.0, probability))


def redraw(
    standings: Sequence[Candidate], taken: Collection[int], policy: Policy, rng: Random, barred: Collection[int] = ()
) -> tuple[int, float]:
    """Another contender for a side that failed before its first token, and its probability given the others.

    taken: contenders that are not to be drawn: those who hold a side, and the failed ones unless these are in `barred`
    (a policy that looks at whom the newcomer meets needs to know them apart). Raises NotEnoughContenders if nobody is
    left, and always under 'named', whose voter asked for those and no others.
    """
    candidates = _in_order(standings)
    held = [position for position, candidate in enumerate(candidates) if candidate.contender in taken]
    free = [p for p, one in enumerate(candidates) if one.contender not in taken and one.contender not in barred]
    if policy.name == "named" or not free:
        raise NotEnoughContenders(1, 0)
    weights, share = _LAWS[policy.name](candidates, policy).weights_of_next(held), policy.uniform_share
    total = sum(weights[position] for position in free)
    mixed = [share / len(free) + (1.0 - share) * weight / total for weight in weights]
    position = _one_of(free, mixed, rng)
    return candidates[position].contender, mixed[position]


def _in_order(standings: Sequence[Candidate]) -> list[Candidate]:
    candidates = sorted(standings, key=lambda candidate: candidate.contender)
    if any(one.contender == other.contender for one, other in pairwise(candidates)):
        raise ValueError("a candidate comes twice")
    return candidates


def _named(candidates: Sequence[Candidate], policy: Policy, sides: int) -> list[int]:
    if len(policy.named) != sides:
        raise ValueError(f"{len(policy.named)} contenders are named for {sides} sides")
    available = {candidate.contender for candidate in candidates}.intersection(policy.named)
    if len(available) < sides:
        raise NotEnoughContenders(sides, len(available))
    return sorted(available)


def _shuffled(contenders: list[int], rng: Random) -> tuple[int, ...]:
    for last in range(len(contenders) - 1, 0, -1):  # Fisher and Yates
        other = int(rng.random() * (last + 1))
        contenders[last], contenders[other] = contenders[other], contenders[last]
    return tuple(contenders)
