"""The TrueSkill fold: equal to the reference package, the same for any batch split, and good on real votes."""

import csv
import math
import random
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from arena.ratings.skill import (
    BadBallot,
    Ballot,
    ParameterChange,
    Parameters,
    Skill,
    Table,
    count_draws,
    draw_correction,
    estimate_draw_probability,
    fixed,
    fold,
    interval,
    next_estimate_at,
    outcome_probabilities,
    rate_ballot,
    update_pair,
    win_correction,
)

with warnings.catch_warnings():
    # Of 2018: an escape in its docstring is a warning, and warnings are errors here, when it is compiled at first import.
    warnings.simplefilter("ignore", DeprecationWarning)
    import trueskill

VOTES = Path(__file__).parents[3] / "fixtures" / "votes"
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


def random_skill(rng: random.Random) -> Skill:
    return rng.gauss(25.0, 8.0), rng.uniform(0.1, 8.4)


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


def random_ballots(count: int, contenders: int, seed: int, sides: Sequence[int] = (2,)) -> list[Ballot]:
    rng = random.Random(seed)
    ballots = []
    for seq in range(count):
        size = rng.choice(sides)
        ids = tuple(rng.sample(range(contenders), size))
        ballots.append(Ballot(seq, ids, tuple(rng.randrange(size) for _ in ids)))
    return ballots


# ---- Against the reference package


def test_the_closed_form_equals_the_package_over_10_000_random_updates_with_ties() -> None:
    assert largest_pair_difference(10_000, seed=1, backend=FAST_SCIPY) < 1e-9


def test_the_closed_form_equals_the_package_with_its_own_scipy_backend() -> None:
    assert largest_pair_difference(1_000, seed=2, backend="scipy") < 1e-9


@pytest.mark.slow
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


# ---- The fold


MIXED: list[Ballot | ParameterChange] = [
    ParameterChange(item.seq, Parameters(draw_probability=0.2 + item.seq / 2_000)) if item.seq % 37 == 0 else item
    for item in random_ballots(400, 9, seed=6, sides=(2, 2, 2, 3, 4, 6))
]


@cache
def folded_whole() -> tuple[Table, Parameters]:
    table: Table = {}
    return table, fold(table, MIXED, BOARD)


@settings(max_examples=50, deadline=None)
@given(cuts=st.sets(st.integers(0, len(MIXED)), max_size=40))
def test_any_split_into_batches_gives_the_same_bits(cuts: set[int]) -> None:
    table: Table = {}
    parameters, start = BOARD, 0
    for end in [*sorted(cuts), len(MIXED)]:
        parameters = fold(table, MIXED[start:end], parameters)
        start = end
    assert (table, parameters) == folded_whole()


def test_the_fold_and_update_pair_agree_to_the_bit() -> None:
    ballots = random_ballots(3_000, 12, seed=7)
    table: Table = {}
    fold(table, ballots, BOARD)
    skills = dict.fromkeys(range(12), FRESH)
    for ballot in ballots:
        (a, b), (rank_a, rank_b) = ballot.contenders, ballot.ranks
        if rank_b < rank_a:
            a, b = b, a
        skills[a], skills[b] = update_pair(skills[a], skills[b], BOARD, draw=rank_a == rank_b)
    assert table == skills


def test_parameters_hold_from_their_place_in_the_sequence_on() -> None:
    later = Parameters(draw_probability=0.5)
    first, second = Ballot(0, (1, 2), (0, 1)), Ballot(2, (1, 2), (0, 0))
    table: Table = {}
    assert fold(table, [first, ParameterChange(1, later), second], BOARD) == later
    skills = update_pair(*update_pair(FRESH, FRESH, BOARD), later, draw=True)
    assert (table[1], table[2]) == skills


def test_an_empty_batch_changes_nothing() -> None:
    table: Table = {1: (26.0, 3.0)}
    assert fold(table, [], BOARD) is BOARD
    assert table == {1: (26.0, 3.0)}


@pytest.mark.parametrize(
    "ballot",
    [
        Ballot(1, (7, 7), (0, 1)),
        Ballot(1, (7,), (0,)),
        Ballot(1, (1, 2, 2), (0, 1, 2)),
        Ballot(1, (1, 2, 3), (0, 1)),
        Ballot(1, tuple(range(7)), tuple(range(7))),
    ],
)
def test_an_unfit_ballot_is_refused_and_leaves_the_table_as_it_was(ballot: Ballot) -> None:
    table: Table = {}
    with pytest.raises(BadBallot):
        fold(table, [ballot], BOARD)
    assert table == {}


def test_a_sequence_that_does_not_rise_is_refused() -> None:
    for later in (Ballot(4, (1, 2), (0, 1)), ParameterChange(3, BOARD)):
        with pytest.raises(BadBallot):
            fold({}, [Ballot(4, (1, 2), (0, 1)), later], BOARD)
    with pytest.raises(BadBallot):
        fold({}, [ParameterChange(4, BOARD), Ballot(4, (1, 2), (0, 1))], BOARD)


@pytest.mark.parametrize(
    "wrong",
    [
        {"draw_probability": 0.0},
        {"draw_probability": 1.0},
        {"sigma0": 0.0},
        {"beta": 0.0},
        {"tau": -1.0},
        {"mu0": math.nan},
        {"sigma0": math.inf},
        {"sigma0": 1e9},
    ],
)
def test_parameters_without_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Parameters(**wrong)


# ---- Draw probability, prediction, printing


def test_the_draw_margin_is_the_package_s() -> None:
    for board in (Parameters(draw_probability=p) for p in DRAW_PROBABILITIES):
        assert board.draw_margin == pytest.approx(trueskill.calc_draw_margin(board.draw_probability, 2, package(board)))


def test_equals_draw_with_the_draw_probability() -> None:
    board = Parameters(draw_probability=0.31)
    win, draw, loss = outcome_probabilities((25.0, 1e-9), (25.0, 1e-9), board)
    assert draw == pytest.approx(0.31)
    assert win == loss


@settings(deadline=None)
@given(mu_a=st.floats(-100, 100), mu_b=st.floats(-100, 100), sigma=st.floats(0.01, 10), p=st.floats(0.001, 0.99))
def test_predicted_chances_sum_to_one(mu_a: float, mu_b: float, sigma: float, p: float) -> None:
    chances = outcome_probabilities((mu_a, sigma), (mu_b, 2 * sigma), Parameters(draw_probability=p))
    assert sum(chances) == pytest.approx(1.0)
    assert min(chances) >= 0.0


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


def test_draws_are_counted_between_neighbours_in_the_ranking() -> None:
    assert count_draws(Ballot(0, (1, 2), (0, 0))) == (1, 1)
    assert count_draws(Ballot(0, (1, 2), (1, 0))) == (0, 1)
    assert count_draws(Ballot(0, (1, 2, 3, 4), (2, 0, 2, 0))) == (2, 3)


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


# ---- Real votes


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
        draws += sum(count_draws(ballot)[0] for ballot in ballots)
        parameters = Parameters(draw_probability=estimate_draw_probability(draws, end))
    return table, parameters


def log_loss(votes: Sequence[tuple[int, int, int, int]], table: Table, parameters: Parameters) -> float:
    predict = cache(lambda i, j: outcome_probabilities(table.get(i, FRESH), table.get(j, FRESH), parameters))
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
