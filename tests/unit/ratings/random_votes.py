"""Skills and ballots drawn at random, the same for the same seed."""

import random
from collections.abc import Sequence

from arena.ratings.skill import (
    Ballot,
    Skill,
)


def random_skill(rng: random.Random) -> Skill:
    return rng.gauss(25.0, 8.0), rng.uniform(0.1, 8.4)


def random_ballots(count: int, contenders: int, seed: int, sides: Sequence[int] = (2,)) -> list[Ballot]:
    rng = random.Random(seed)
    ballots = []
    for seq in range(count):
        size = rng.choice(sides)
        ids = tuple(rng.sample(range(contenders), size))
        ballots.append(Ballot(seq, ids, tuple(rng.randrange(size) for _ in ids)))
    return ballots
