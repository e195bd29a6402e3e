"""What a ballot of four is worth, in votes between two."""

from itertools import combinations, pairwise
from random import Random

import pytest

from arena.ratings import skill
from arena.ratings.skill import Ballot, Parameters, Table

CONTENDERS, SPREAD, RUNS, EVERY = 40, 4.0, 24, 100
PARAMETERS = Parameters(draw_probability=0.25)
TRUTH = [25 + SPREAD * (2 * place / (CONTENDERS - 1) - 1) for place in range(CONTENDERS)]  # even; the smallest id is the weakest


def cast(rng: Random, sides: int, seq: int) -> Ballot:
    """A ballot as the model has it: each performs around its skill; neighbours closer than the margin are level."""
    seen = sorted(((rng.gauss(TRUTH[one], PARAMETERS.beta), one) for one in rng.sample(range(CONTENDERS), sides)), reverse=True)
    ranks, rank = [0], 0
    for (ahead, _), (behind, _) in pairwise(seen):
        rank += ahead - behind > PARAMETERS.draw_margin
        ranks.append(rank)
    return Ballot(seq, tuple(one for _, one in seen), tuple(ranks))


def tau(table: Table) -> float:
    """Kendall's, of the live order to the true one."""
    mu = [table.get(one, (PARAMETERS.mu0, 0.0))[0] for one in range(CONTENDERS)]
    pairs = list(combinations(range(CONTENDERS), 2))
    return sum((mu[high] > mu[low]) - (mu[high] < mu[low]) for low, high in pairs) / len(pairs)


def course(seed: int, sides: int, ballots: int) -> list[float]:
    """tau after every EVERY ballots."""
    rng, table = Random(seed), Table()
    found = []
    for start in range(0, ballots, EVERY):
        skill.fold(table, [cast(rng, sides, seq) for seq in range(start, start + EVERY)], PARAMETERS)
        found.append(tau(table))
    return found


def needed(sides: int, ballots: int, level: float = 0.9) -> int:
    """Ballots until the mean tau of the runs is at the level."""
    means = [sum(at) / RUNS for at in zip(*(course(seed, sides, ballots) for seed in range(RUNS)), strict=True)]
    return next(EVERY * place for place, mean in enumerate(means, 1) if mean >= level)


@pytest.mark.slow
def test_a_board_of_four_way_ballots_needs_a_third_of_what_pairs_need() -> None:
    pairs, fours = needed(2, 7000), needed(4, 3000)
    print(f"votes between two: {pairs}; ballots of four: {fours}")
    assert fours <= pairs / 3
