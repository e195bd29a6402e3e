"""The three views on real votes: what order does to each, and what each foretells."""

import numpy as np
import pytest

from arena.ratings.comparisons import TIE, Comparisons, Floats, count
from arena.ratings.ep import settle
from arena.ratings.skill import Parameters, estimate_draw_probability
from tests.bench.predictions import DEFAULT, live, shuffled, views
from tests.unit.ratings.test_real_votes import crowd_votes

BOARD = Parameters()


def crowd() -> Comparisons:
    """8,931 real votes of a crowd, in the order of its file."""
    left, right, rank_left, rank_right = np.array(crowd_votes(), dtype=np.int64).T
    met = np.unique(np.concatenate([left, right]))
    outcome = np.where(rank_left == rank_right, TIE, (rank_right < rank_left).astype(np.int64))
    return Comparisons(len(met), np.searchsorted(met, left), np.searchsorted(met, right), outcome)


def settled_mu(votes: Comparisons, parameters: Parameters) -> Floats:
    mu = settle(count(votes), parameters).mu
    return np.asarray(mu - mu.mean(), dtype=np.float64)


def rank_range(votes: Comparisons, parameters: Parameters, orders: int, *, estimated: bool) -> float:
    """From how high to how low a contender's rank goes on average over so many orders of the same votes."""
    rng = np.random.default_rng(2)
    ranks = []
    for _ in range(orders):
        table, _ = live(votes.take(rng.permutation(len(votes))), parameters, estimated)
        mu = np.array([table.get(number, (parameters.mu0, 0.0))[0] for number in range(votes.contenders)])
        ranks.append(np.argsort(np.argsort(-mu)))
    return float(np.ptp(np.array(ranks), axis=0).mean())


def test_a_hundred_orders_of_a_crowd_s_votes_settle_alike() -> None:
    votes, rng = crowd(), np.random.default_rng(1)
    draws = int(np.count_nonzero(votes.outcome == TIE))
    parameters = Parameters(draw_probability=estimate_draw_probability(draws, len(votes)))
    expected = settled_mu(votes, parameters)
    for _ in range(100):
        assert np.abs(settled_mu(votes.take(rng.permutation(len(votes))), parameters) - expected).max() < 1e-6


def test_the_order_of_a_crowd_s_votes_moves_the_live_board_and_a_drifting_one_more() -> None:
    steady = rank_range(crowd(), BOARD, 10, estimated=True)
    drifting = rank_range(crowd(), DEFAULT, 10, estimated=False)
    assert 1 < steady < drifting


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_orders_of_the_arena_s_votes_settle_alike() -> None:
    votes, rng = shuffled(0), np.random.default_rng(3)
    parameters = Parameters(draw_probability=0.345)
    expected = settled_mu(votes, parameters)
    for _ in range(100):
        order = rng.permutation(len(votes))
        assert np.abs(settled_mu(votes.take(order), parameters) - expected).max() < 1e-6


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_order_of_the_arena_s_votes_moves_a_live_contender_a_few_ranks_and_a_drifting_one_many() -> None:
    votes = shuffled(0)
    assert votes.contenders == 129
    assert 1.5 < rank_range(votes, BOARD, 8, estimated=True) < 5
    assert 15 < rank_range(votes, DEFAULT, 8, estimated=False) < 40


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_view_foretells_held_out_votes_better_than_the_base_rate_and_the_default_parameters_worse() -> None:
    found = views(seed=0)
    losses = {name: loss for name, (loss, _) in found.items()}
    assert losses["live"] <= 1.0600
    assert losses["settled"] <= 1.0600
    assert losses["ties"] <= 1.0590
    assert losses["ties"] < losses["plain"] < losses["base"] < losses["default"]
    assert all(accuracy > found["base"][1] + 0.05 for name, (_, accuracy) in found.items() if name != "base")
