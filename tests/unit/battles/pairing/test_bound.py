"""What drawing could save at best."""

import numpy as np
import pytest

from arena.battles.pairing import Policy
from arena.battles.pairing.bound import pairs_of, votes_needed
from arena.battles.pairing.simulation import World, simulate


def test_even_draws_need_what_the_simulator_finds() -> None:
    world = World(20, "even", 6.0)
    course = simulate(world, Policy(name="uniform", version="u", uniform_share=0.2), runs=48, votes=2_400, seed=1, every=50)
    told, _ = votes_needed(world.skills(1, np.random.default_rng(1))[0], 0.9)
    assert course.votes_of_mean_to(0.9) == pytest.approx(told, rel=0.12)


def test_near_equals_leave_nothing_to_save_and_far_ones_much() -> None:
    near, far = (votes_needed(25 + spread * np.linspace(-1, 1, 20), 0.9) for spread in (0.5, 12.0))
    assert 0.94 * near[0] < near[1] <= near[0]
    assert far[1] < 0.7 * far[0]


def test_foster_s_sum_holds_for_any_shares() -> None:
    pairs, rng = pairs_of(np.linspace(0, 9, 10)), np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(45))
    resistances = pairs.variances(pairs.inverse(shares, 1_000))
    assert 1_000 * (shares * pairs.information) @ resistances == pytest.approx(9)


def test_each_step_raises_the_expected_tau() -> None:
    pairs = pairs_of(np.linspace(0, 16, 12))
    shares, seen = np.full(66, 1 / 66), [pairs.tau(np.full(66, 1 / 66), 300)]
    for _ in range(10):
        shares = pairs.better(shares, 300)
        seen.append(pairs.tau(shares, 300))
    assert (np.diff(seen) > 0).all()
    assert shares.sum() == pytest.approx(1)
