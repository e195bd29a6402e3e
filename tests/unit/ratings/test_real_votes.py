"""The live view on real votes: how well it foretells the votes that it has not seen."""

import csv
import math
import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from arena.ratings.skill import (
    Ballot,
    Parameters,
    Skill,
    Table,
    estimate_draw_probability,
    fold,
    next_estimate_at,
)
from tests.unit.ratings import forecasts

VOTES = Path(__file__).parents[3] / "fixtures" / "votes"
BOARD = Parameters()
FRESH: Skill = (BOARD.mu0, BOARD.sigma0)


@cache
def arena_votes() -> list[tuple[int, int, int, int]]:
    """1,670,250 votes as (i, j, rank of i, rank of j), not shuffled."""
    votes = []
    with (VOTES / "chatbot_arena_20240814_counts.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            i, j = int(row["i"]), int(row["j"])
            votes += [(i, j, 0, 1)] * int(row["wins_i"]) + [(i, j, 1, 0)] * int(row["wins_j"])
            votes += [(i, j, 0, 0)] * (int(row["ties"]) + int(row["both_bad"]))
    return votes


def crowd_votes() -> list[tuple[int, int, int, int]]:
    ranks = {"a": (0, 1), "b": (1, 0), "tie": (0, 0)}
    with (VOTES / "llmfao_crowd.csv").open(newline="") as file:
        return [(int(row["left"]), int(row["right"]), *ranks[row["outcome"]]) for row in csv.DictReader(file)]


def steps(count: int) -> Iterator[tuple[int, int]]:
    done = 0
    while done < count:
        end = min(next_estimate_at(done), count)
        yield done, end
        done = end


def replay(votes: Sequence[tuple[int, int, int, int]]) -> tuple[Table, Parameters]:
    """As the projector does it: fold up to each step, then estimate the draw probability anew."""
    table: Table = {}
    parameters, draws = BOARD, 0
    for start, end in steps(len(votes)):
        ballots = [Ballot(start + n, (i, j), (a, b)) for n, (i, j, a, b) in enumerate(votes[start:end])]
        parameters = fold(table, ballots, parameters)
        draws += sum(a == b for _, _, a, b in votes[start:end])
        parameters = Parameters(draw_probability=estimate_draw_probability(draws, end))
    return table, parameters


def log_loss(votes: Sequence[tuple[int, int, int, int]], table: Table, parameters: Parameters) -> float:
    predict = cache(lambda i, j: forecasts.by_skills(table.get(i, FRESH), table.get(j, FRESH), parameters))
    return -sum(math.log(predict(i, j)[1 + a - b if a != b else 1]) for i, j, a, b in votes) / len(votes)


def base_rate_loss(train: Sequence[tuple[int, int, int, int]], held_out: Sequence[tuple[int, int, int, int]]) -> float:
    shares = {outcome: sum(a - b == outcome for _, _, a, b in train) / len(train) for outcome in (-1, 0, 1)}
    return -sum(math.log(shares[a - b]) for _, _, a, b in held_out) / len(held_out)


def split(votes: Sequence[tuple[int, int, int, int]], seed: int) -> tuple[list[tuple[int, int, int, int]], ...]:
    shuffled = list(votes)
    random.Random(seed).shuffle(shuffled)
    cut = len(shuffled) * 4 // 5
    return shuffled[:cut], shuffled[cut:]


@pytest.mark.slow
def test_the_arena_votes_predict_held_out_votes_within_the_bar() -> None:
    assert len(arena_votes()) == 1_670_250
    train, held_out = split(arena_votes(), seed=0)
    table, parameters = replay(train)
    loss = log_loss(held_out, table, parameters)
    assert loss <= 1.0600 < base_rate_loss(train, held_out)
    # The package's default draw probability would be worse than knowing nothing but the shares of outcomes.
    assert log_loss(held_out, table, Parameters(draw_probability=0.10)) > 1.096


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_crowd_s_votes_predict_held_out_votes_better_than_the_base_rate(seed: int) -> None:
    train, held_out = split(crowd_votes(), seed)
    assert log_loss(held_out, *replay(train)) < base_rate_loss(train, held_out) - 0.05
