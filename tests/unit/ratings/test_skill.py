"""TrueSkill updates: equal to the reference package, with sense however far out, and what is derived from them."""

import math
import random
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from arena.ratings.skill import (
    Ballot,
    Parameters,
    Skill,
    Table,
    draw_correction,
    estimate_draw_probability,
    fixed,
    fold,
    interval,
    next_estimate_at,
    rate_ballot,
    update_pair,
    win_correction,
)
from tests.unit.ratings import forecasts
from tests.unit.ratings.random_votes import random_skill

with warnings.catch_warnings():
    # Of 2018: an escape in its docstring is a warning, and warnings are errors here, when it is compiled at first import.
    warnings.simplefilter("ignore", DeprecationWarning)
    import trueskill

BOARD = Parameters()
FRESH: Skill = (BOARD.mu0, BOARD.sigma0)
DRAW_PROBABILITIES = (0.05, 0.10, 0.25, 0.345, 0.6)
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)

# The functions that the package's "scipy" backend calls through scipy.stats.norm, without its 40 us of wrapping.
FAST_SCIPY = (
    lambda x: float(ndtr(x)),
    lambda x: math.exp(-x * x / 2.0) / ROOT_TWO_PI,
    lambda q: float(ndtri(q)),
)


def package(parameters: Parameters, backend: object = FAST_SCIPY) -> trueskill.TrueSkill:
    p = parameters
    return trueskill.TrueSkill(p.mu0, p.sigma0, p.beta, p.tau, p.draw_probability, backend=backend)


def largest_pair_difference(updates: int, seed: int, backend: object, tau: float = 0.0) -> float:
    rng, largest = random.Random(seed), 0.0
    boards = [Parameters(draw_probability=p, tau=tau) for p in DRAW_PROBABILITIES]
    environments = [(board, package(board, backend)) for board in boards]
    for _ in range(updates):
        board, environment = rng.choice(environments)
        a, b, draw = random_skill(rng), random_skill(rng), rng.random() < 0.35
        ours = update_pair(a, b, board, draw)
        theirs = trueskill.rate_1vs1(trueskill.Rating(*a), trueskill.Rating(*b), draw, env=environment)
        for (mu, sigma), rating in zip(ours, theirs, strict=True):
            largest = max(largest, abs(mu - rating.mu), abs(sigma - rating.sigma))
    return largest


# ---- Against the reference package


def test_the_closed_form_equals_the_package_over_10_000_random_updates_with_ties() -> None:
    assert largest_pair_difference(10_000, seed=1, backend=FAST_SCIPY) < 1e-9


def test_the_closed_form_equals_the_package_with_its_own_scipy_backend() -> None:
    assert largest_pair_difference(1_000, seed=2, backend="scipy") < 1e-9


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_closed_form_equals_the_package_with_its_own_scipy_backend_over_100_000_updates() -> None:
    assert largest_pair_difference(100_000, seed=3, backend="scipy") < 1e-9


def test_the_closed_form_equals_the_package_with_drift() -> None:
    assert largest_pair_difference(5_000, seed=3, backend=FAST_SCIPY, tau=25.0 / 300.0) < 1e-9


def largest_ballot_difference(ballots: int, seed: int) -> float:
    rng, largest = random.Random(seed), 0.0
    environments = [(board, package(board)) for board in (Parameters(draw_probability=p) for p in DRAW_PROBABILITIES)]
    for seq in range(ballots):
        board, environment = rng.choice(environments)
        size = rng.randint(3, 6)
        skills = [random_skill(rng) for _ in range(size)]
        ranks = tuple(rng.randrange(size) for _ in range(size))
        table: Table = dict(enumerate(skills))
        rate_ballot(table, Ballot(seq, tuple(range(size)), ranks), board)
        groups = [(trueskill.Rating(*skill),) for skill in skills]
        for contender, (rating,) in enumerate(environment.rate(groups, ranks=ranks, min_delta=1e-12)):
            mu, sigma = table[contender]
            largest = max(largest, abs(mu - rating.mu), abs(sigma - rating.sigma))
    return largest


def test_ballots_of_three_to_six_with_ties_equal_the_package_s_factor_graph() -> None:
    assert largest_ballot_difference(1_000, seed=4) < 1e-6


@pytest.mark.slow
def test_ten_thousand_ballots_of_three_to_six_with_ties_equal_the_package_s_factor_graph() -> None:
    assert largest_ballot_difference(10_000, seed=5) < 1e-6


def test_a_ballot_of_two_by_propagation_equals_the_closed_form() -> None:
    rng = random.Random(5)
    for _ in range(2_000):
        a, b, draw = random_skill(rng), random_skill(rng), rng.random() < 0.4
        table: Table = {1: a, 2: b}
        rate_ballot(table, Ballot(0, (1, 2), (0, 0) if draw else (0, 1)), BOARD)
        for contender, expected in zip((1, 2), update_pair(a, b, BOARD, draw), strict=True):
            assert table[contender] == pytest.approx(expected, abs=1e-10)


# ---- What a vote does


def test_a_win_moves_the_winner_up_and_the_loser_down() -> None:
    (winner, winner_sigma), (loser, loser_sigma) = update_pair(FRESH, FRESH, BOARD)
    assert winner > 25.0 > loser
    assert winner - 25.0 == pytest.approx(25.0 - loser)
    assert winner_sigma == loser_sigma < BOARD.sigma0


def test_a_tie_moves_the_weaker_contender_up() -> None:
    (strong, _), (weak, _) = update_pair((30.0, 3.0), (20.0, 3.0), BOARD, draw=True)
    assert strong < 30.0
    assert weak > 20.0


def test_a_tie_of_equals_moves_nobody_and_makes_both_surer() -> None:
    (a, sigma_a), (b, sigma_b) = update_pair(FRESH, FRESH, BOARD, draw=True)
    assert (a, b) == (25.0, 25.0)
    assert sigma_a == sigma_b < BOARD.sigma0


def test_an_expected_win_moves_less_than_a_surprise() -> None:
    expected = update_pair((35.0, 2.0), (20.0, 2.0), BOARD)[0][0] - 35.0
    surprise = update_pair((20.0, 2.0), (35.0, 2.0), BOARD)[0][0] - 20.0
    assert 0.0 < expected < 0.1 < 1.0 < surprise


def test_which_side_a_contender_had_changes_no_bit() -> None:
    for ranks in ((0, 1), (1, 0), (0, 0)):
        one: Table = {1: (27.3, 4.1), 2: (22.9, 6.7)}
        other = dict(one)
        fold(one, [Ballot(0, (1, 2), ranks)], BOARD)
        fold(other, [Ballot(0, (2, 1), (ranks[1], ranks[0]))], BOARD)
        assert one == other


def test_the_order_of_places_in_a_ballot_of_four_changes_no_bit() -> None:
    one: Table = {}
    other: Table = {}
    fold(one, [Ballot(0, (1, 2, 3, 4), (0, 1, 1, 1))], BOARD)
    fold(other, [Ballot(0, (4, 2, 1, 3), (1, 1, 0, 1))], BOARD)
    assert one == other


def test_only_the_order_of_ranks_counts() -> None:
    one: Table = {}
    other: Table = {}
    fold(one, [Ballot(0, (1, 2, 3), (0, 1, 2)), Ballot(1, (1, 2), (0, 1))], BOARD)
    fold(other, [Ballot(0, (1, 2, 3), (1, 5, 9)), Ballot(1, (1, 2), (2, 7))], BOARD)
    assert one == other


# ---- Far out


EXTREMES = [0.0, 1e-12, 0.5, 5.9, 6.0, 6.1, 37.0, 40.0, 1e3, 1e8, 1e150]


@pytest.mark.parametrize("x", [sign * x for x in EXTREMES for sign in (1.0, -1.0)])
def test_the_win_correction_stays_finite_and_in_range(x: float) -> None:
    v, w = win_correction(x)
    assert math.isfinite(v)
    assert v >= 0.0
    assert 0.0 <= w <= 1.0


@pytest.mark.parametrize("margin", [1e-5, 0.01, 0.3, 3.0, 9.0, 50.0, 1e3])
@pytest.mark.parametrize("t", EXTREMES)
def test_the_draw_correction_stays_finite_in_range_and_odd(t: float, margin: float) -> None:
    v, w = draw_correction(t, margin)
    assert math.isfinite(v)
    assert v <= 0.0
    assert 0.0 <= w <= 1.0
    assert draw_correction(-t, margin) == (-v, w) or t == 0.0


def test_the_corrections_do_not_jump_where_their_formula_changes() -> None:
    assert win_correction(-6.0 + 1e-9) == pytest.approx(win_correction(-6.0), rel=1e-8)
    for margin in (0.01, 0.4, 2.0):
        near, far = draw_correction(6.0 + margin - 1e-9, margin), draw_correction(6.0 + margin + 1e-9, margin)
        assert near == pytest.approx(far, rel=1e-7)


mus = st.floats(-1e6, 1e6)
sigmas = st.floats(1e-6, 1e4)


@settings(deadline=None)
@given(mu_a=mus, mu_b=mus, sigma_a=sigmas, sigma_b=sigmas, p=st.floats(0.0001, 0.999), draw=st.booleans())
def test_no_vote_however_absurd_breaks_a_skill(mu_a: float, mu_b: float, sigma_a: float, sigma_b: float, p: float, draw: bool) -> None:
    for mu, sigma in update_pair((mu_a, sigma_a), (mu_b, sigma_b), Parameters(draw_probability=p), draw):
        assert math.isfinite(mu)
        assert 0.0 < sigma <= 1e4


@settings(max_examples=60, deadline=None)
@given(skills=st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(1e-3, 1e2)), min_size=3, max_size=6), data=st.data())
def test_no_ballot_however_absurd_breaks_a_skill(skills: list[Skill], data: st.DataObject) -> None:
    ranks = data.draw(st.tuples(*[st.integers(0, 5)] * len(skills)))
    table: Table = dict(enumerate(skills))
    rate_ballot(table, Ballot(0, tuple(range(len(skills))), ranks), BOARD)
    for mu, sigma in table.values():
        assert math.isfinite(mu)
        assert 0.0 < sigma <= 1e2 * (1.0 + 1e-12)


# ---- Draw probability, prediction, printing


def test_the_draw_margin_is_the_package_s() -> None:
    for board in (Parameters(draw_probability=p) for p in DRAW_PROBABILITIES):
        assert board.draw_margin == pytest.approx(trueskill.calc_draw_margin(board.draw_probability, 2, package(board)))


def test_equals_draw_with_the_draw_probability() -> None:
    board = Parameters(draw_probability=0.31)
    win, draw, loss = forecasts.by_skills((25.0, 1e-9), (25.0, 1e-9), board)
    assert draw == pytest.approx(0.31)
    assert win == loss


def test_the_draw_estimate_starts_at_the_prior_and_goes_to_the_share() -> None:
    assert estimate_draw_probability(0, 0) == 0.25
    assert estimate_draw_probability(50, 100, prior_strength=100.0, prior=0.25) == 0.375
    assert estimate_draw_probability(345_000, 1_000_000) == pytest.approx(0.345, abs=1e-4)
    assert 0.0 < estimate_draw_probability(0, 10**9) < estimate_draw_probability(10**9, 10**9) < 1.0


@settings(deadline=None)
@given(ballots=st.integers(0, 10**7), data=st.data())
def test_the_logged_decimal_string_of_an_estimate_gives_the_same_bits(ballots: int, data: st.DataObject) -> None:
    estimate = estimate_draw_probability(data.draw(st.integers(0, ballots)), ballots)
    assert float(fixed(estimate)) == estimate
    Parameters(draw_probability=estimate)


def test_impossible_counts_of_draws_are_refused() -> None:
    for draws, ballots, strength in ((2, 1, 1.0), (-1, 1, 1.0), (0, 0, 0.0)):
        with pytest.raises(ValueError):
            estimate_draw_probability(draws, ballots, prior_strength=strength)


def test_estimates_come_at_doubling_counts() -> None:
    assert [next_estimate_at(n) for n in (0, 99, 100, 199, 200, 1_000_000)] == [100, 100, 200, 200, 400, 1_638_400]


def test_the_interval_is_the_central_95_percent() -> None:
    low, high = interval(25.0, 2.0)
    assert ndtr((high - 25.0) / 2.0) - ndtr((low - 25.0) / 2.0) == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0.000000000"),
        (-0.0, "0.000000000"),
        (-1e-12, "0.000000000"),
        (25.0, "25.000000000"),
        (25 / 3, "8.333333333"),
        (-0.0009765625, "-0.000976562"),
        (2.0**-10 + 2.0**-40, "0.000976563"),
        (0.0009765625, "0.000976562"),  # a float exactly between two: to the even one
        (1e-9, "0.000000001"),
        (1e22, "10000000000000000000000.000000000"),
    ],
)
def test_published_numbers_are_fixed_point_strings(x: float, text: str) -> None:
    assert fixed(x) == text


def test_what_is_no_number_is_not_published() -> None:
    for x in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError):
            fixed(x)
