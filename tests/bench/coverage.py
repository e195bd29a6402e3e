"""R10: how often 95% intervals hold the truth when votes are clustered by prompt and voter."""

import numpy as np

from arena.ratings.bradley_terry import fit
from arena.ratings.comparisons import Comparisons
from arena.ratings.intervals import certainty, ranks
from tests.bench.bar import Bar
from tests.unit.ratings.test_intervals import CONTENDERS, clustered, covered, truth

WORLDS = 300


def run() -> list[Bar]:
    pairs, alone, places = [], [], []
    order = CONTENDERS - np.argsort(np.argsort(truth(True).strengths))
    for seed in range(1, WORLDS + 1):
        votes = clustered(seed)
        found = fit(votes, ties=True)
        best, worst = ranks(found, certainty(votes, found))
        pairs.append(float(covered(votes, ties=True).mean()))
        alone.append(float(covered(Comparisons(CONTENDERS, votes.first, votes.second, votes.outcome), ties=True).mean()))
        places.append(float(((best <= order) & (order <= worst)).mean()))
    share, rank = float(np.mean(pairs)), float(np.mean(places))
    error = 1.96 * float(np.std(pairs)) / WORLDS**0.5
    note = f"taken for independent {np.mean(alone):.1%}; rank intervals hold the true rank {rank:.1%} (whole numbers: at least 95%)"
    reached = 0.93 <= share <= 0.97 and rank >= 0.95
    return [
        Bar(
            "R10",
            "coverage of 95% intervals of differences",
            share,
            0.95,
            "share",
            "0.93 to 0.97",
            reached,
            WORLDS,
            (share - error, share + error),
            note,
        )
    ]
