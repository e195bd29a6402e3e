"""Drawing the contenders of a battle, and another one for a side that failed."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random

import numpy as np

from arena.battles.pairing import contests, exposure
from arena.battles.pairing.laws import Array, Law, Mixture, Pairs, Uniform, Weighted, one_of, pairs_of
from arena.battles.pairing.policy import FREE, MAX_SIDES, MIN_SIDES, Candidate, Choice, NotEnoughContenders, Policy


def choose(standings: Sequence[Candidate], policy: Policy, rng: Random, sides: int = 2) -> Choice:
    """Draws the contenders of a battle of two to six sides.

    Raises NotEnoughContenders; ValueError for other numbers of sides and for candidates that come twice.
    """
    if not MIN_SIDES <= sides <= MAX_SIDES:
        raise ValueError(f"a battle has {MIN_SIDES} to {MAX_SIDES} sides, not {sides}")
    candidates = _in_order(standings)
    if len(candidates) < sides:
        raise NotEnoughContenders(sides, len(candidates))
    law = law_of(candidates, policy)
    positions = law.draw(sides, rng)
    return Choice(_shuffled([candidates[position].contender for position in positions], rng), min(1.0, law.probability(positions)))


def redraw(
    standings: Sequence[Candidate], taken: Collection[int], policy: Policy, rng: Random, barred: Collection[int] = ()
) -> tuple[int, float]:
    """Another contender for a side that failed before its first token, and its probability given the others.

    taken: contenders that are not to be drawn: those who hold a side, and the failed ones unless these are in `barred`
    (a policy that looks at whom the newcomer meets needs to know them apart). Raises NotEnoughContenders if nobody is
    left.
    """
    candidates = _in_order(standings)
    held = [position for position, candidate in enumerate(candidates) if candidate.contender in taken]
    free = [p for p, one in enumerate(candidates) if one.contender not in taken and one.contender not in barred]
    if not free:
        raise NotEnoughContenders(1, 0)
    chances = law_of(candidates, policy).chances_of_next(held, free)
    position = one_of(free, chances, rng)
    return candidates[position].contender, min(1.0, chances[free.index(position)])


@lru_cache(maxsize=4)  # a policy with bounds takes longer to prepare than to draw from, and boards rest between votes
def law_of(candidates: tuple[Candidate, ...], policy: Policy) -> Law:
    """The distribution over sets of these candidates, which come in the order of their ids."""
    size, share = len(candidates), policy.uniform_share
    even = Uniform(size)
    if size < 2 or (policy.name == "uniform" and policy.bounds == FREE):
        return Mixture(even, even, share)
    if policy.name == "fresh_first" and policy.bounds == FREE:
        return Mixture(even, Weighted(fresh_first_weights(candidates)), share)
    weights = pair_weights(candidates, policy)
    mixed = (1.0 - share) / weights.sum() * weights + share / (size * (size - 1)) * (1.0 - np.eye(size))
    if policy.bounds != FREE:
        mixed = exposure.bounded(mixed, [candidate.vendor for candidate in candidates], policy.bounds)
    return Pairs(mixed)


def pair_weights(candidates: Sequence[Candidate], policy: Policy) -> Array:
    """What each pair weighs under the policy, before its uniform share and its bounds; symmetric, 0 on the diagonal."""
    if policy.name == "fresh_first":
        return pairs_of(fresh_first_weights(candidates))
    if policy.name == "uniform":
        return pairs_of([1.0] * len(candidates))
    mu = np.array([candidate.mu for candidate in candidates])
    sigma = np.array([candidate.sigma for candidate in candidates])
    return contests.weights(policy.name, mu, sigma)


def fresh_first_weights(candidates: Sequence[Candidate]) -> list[float]:
    """1 for the most voted contender, (its votes + 1) / (own votes + 1) for others, at most CAP_RATIO.

    Evens out the numbers of votes; the cap keeps a newcomer from taking every battle.
    """
    most = max(candidate.votes for candidate in candidates) + 1.0
    return [min(contests.CAP_RATIO, most / (candidate.votes + 1.0)) for candidate in candidates]


def _in_order(standings: Sequence[Candidate]) -> tuple[Candidate, ...]:
    candidates = tuple(sorted(standings, key=lambda candidate: candidate.contender))
    if any(one.contender == other.contender for one, other in pairwise(candidates)):
        raise ValueError("a candidate comes twice")
    return candidates


def one_by_one(things: Sequence[int], count: int, rng: Random) -> list[int]:
    """So many of these, each as probable as any other, in the order in which they were drawn."""
    left = list(things)
    return [left.pop(int(rng.random() * len(left))) for _ in range(count)]


def _shuffled(contenders: list[int], rng: Random) -> tuple[int, ...]:
    for last in range(len(contenders) - 1, 0, -1):  # Fisher and Yates
        other = int(rng.random() * (last + 1))
        contenders[last], contenders[other] = contenders[other], contenders[last]
    return tuple(contenders)
