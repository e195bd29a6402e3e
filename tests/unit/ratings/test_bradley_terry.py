"""Maximum likelihood against an independent optimiser, and against worlds whose truth is known."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from arena.ratings.bradley_terry import ELO, NotComparable, fit, fit_pairs
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, Ints, Pairs, count, leagues, parts
from tests.unit.ratings import forecasts
from tests.unit.ratings.test_comparisons import made

VOTES = Path(__file__).resolve().parents[3] / "fixtures/votes"


def world(n: int, votes: int, seed: int, covariates: int = 0, effect: float = 0.0, margin: float = 0.4) -> tuple[Floats, Comparisons]:
    """True strengths, and votes by Rao and Kupper's model in which each covariate adds `effect` to d."""
    rng = np.random.default_rng(seed)
    strengths = rng.normal(size=n)
    strengths -= strengths.mean()
    first = rng.integers(0, n, votes)
    second = (first + rng.integers(1, n, votes)) % n
    x = rng.normal(size=(votes, covariates))
    d = strengths[first] - strengths[second] + effect * x.sum(axis=1)
    ahead = d + rng.logistic(size=votes)
    outcome = np.where(ahead > margin, FIRST, np.where(ahead < -margin, SECOND, TIE))
    return strengths, Comparisons(n, first, second, outcome, covariates=x if covariates else None)


def by_optimiser(pairs: Pairs, *, ties: bool) -> tuple[Floats, float]:
    """The maximum by scipy's BFGS on the models' chances written down anew; strengths that sum to zero, and the margin."""
    n = pairs.contenders

    def loss(x: Floats) -> float:
        d, margin = x[pairs.low] - x[pairs.high], np.exp(x[n]) if ties else 0.0
        won, lost = 1 / (1 + np.exp(margin - d)), 1 / (1 + np.exp(margin + d))
        tied = 1 - won - lost if ties else np.sqrt(won * lost)
        seen = pairs.wins_low @ np.log(won) + pairs.wins_high @ np.log(lost) + pairs.ties @ np.log(tied)
        return float(-seen / pairs.totals.sum() + 1e-3 * x[:n].sum() ** 2)

    found = minimize(loss, np.zeros(n + 1), method="BFGS", options={"gtol": 1e-9}).x
    return found[:n] - found[:n].mean(), float(np.exp(found[n]))


@cache
def arena_pairs() -> Pairs:
    """1,670,250 real votes by pair."""
    with (VOTES / "chatbot_arena_20240814_counts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    column = {name: np.array([int(row[name]) for row in rows]) for name in rows[0]}
    ties = column["ties"] + column["both_bad"]
    n = int(max(column["i"].max(), column["j"].max())) + 1
    return Pairs(n, column["i"], column["j"], column["wins_i"] * 1.0, column["wins_j"] * 1.0, ties * 1.0)


def gradient(pairs: Pairs, strengths: Floats) -> Floats:
    """Bradley-Terry's likelihood equations, written down anew: wins less expected wins of each contender."""
    d = strengths[pairs.low] - strengths[pairs.high]
    left = pairs.wins_low + pairs.ties / 2 - pairs.totals / (1 + np.exp(-d))
    won, lost = (np.bincount(who, left, pairs.contenders) for who in (pairs.low, pairs.high))
    return np.subtract(won, lost, dtype=np.float64)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_maximum_is_the_one_an_independent_optimiser_finds(ties: bool, seed: int) -> None:
    pairs = count(world(6, 800, seed)[1])
    found = fit_pairs(pairs, ties=ties)
    strengths, margin = by_optimiser(pairs, ties=ties)
    assert np.abs(found.strengths - strengths).max() < 2e-5
    assert (found.margin is None) == (not ties)
    if found.margin is not None:
        assert found.margin == pytest.approx(margin, abs=2e-5)


def test_the_real_votes_solve_the_likelihood_equations_to_a_millionth_of_an_elo_point() -> None:
    found = fit_pairs(arena_pairs(), ties=False)
    left = gradient(arena_pairs(), found.strengths)
    # One more Newton step would move nobody by 1e-6 Elo: so far is the exact maximum.
    regular = found.information + np.ones_like(found.information)
    assert np.abs(np.linalg.solve(regular, left)).max() * ELO < 1e-6


def test_a_fit_by_votes_equals_the_fit_by_pairs() -> None:
    votes = world(8, 3000, 3)[1]
    bare = Comparisons(8, votes.first, votes.second, votes.outcome, covariates=np.zeros((3000, 0)))
    for ties in (False, True):
        assert np.abs(fit(votes, ties=ties).strengths - fit(bare, ties=ties).strengths).max() < 1e-8


def test_a_fit_to_many_votes_that_begins_at_a_sample_s_finds_the_same_maximum() -> None:
    votes = world(8, 60_000, 4, covariates=2, effect=0.3)[1]
    assert votes.covariates is not None
    whole = fit(votes, ties=True)
    # Each comparison turned round is the same comparison; the order of rows, and so the sample, is another.
    flipped = np.where(votes.outcome == TIE, TIE, 1 - votes.outcome)
    turned = Comparisons(8, votes.second[::-1], votes.first[::-1], flipped[::-1], covariates=-votes.covariates[::-1])
    again = fit(turned, ties=True)
    assert np.abs(whole.strengths - again.strengths).max() < 1e-8
    assert np.abs(whole.coefficients - again.coefficients).max() < 1e-8


@pytest.mark.parametrize("seen", [0.0, 1e-9])
def test_a_covariate_that_says_nothing_in_the_sample_is_found_in_the_whole(seen: float) -> None:
    votes = world(6, 30_000, 8, covariates=1, effect=0.5)[1]
    assert votes.covariates is not None
    votes.covariates[::12] = seen
    found = fit(votes, ties=True)
    assert found.coefficients[0] == pytest.approx(0.5, abs=0.05)


@given(st.permutations(range(400)))
@settings(max_examples=5)
def test_the_order_of_votes_does_not_matter(order: list[int]) -> None:
    votes = world(5, 400, 5)[1]
    assert np.array_equal(fit(votes.take(np.array(order)), ties=True).strengths, fit(votes, ties=True).strengths)


@pytest.mark.parametrize("ties", [False, True])
def test_a_planted_effect_of_a_covariate_is_found_and_none_is_not(ties: bool) -> None:
    for effect in (0.0, 0.4):
        truth, votes = world(10, 40_000, 6, covariates=1, effect=effect, margin=0.4 if ties else 0.0)
        found = fit(votes, ties=ties)
        assert found.coefficients[0] == pytest.approx(effect, abs=0.05)
        assert np.abs(found.strengths - truth).max() < 0.15


@pytest.mark.parametrize(
    "votes",
    [
        [(0, 1, FIRST)],  # never lost
        [(0, 1, FIRST), (1, 0, FIRST), (2, 3, FIRST), (3, 2, FIRST)],  # two groups that never met
        [(0, 1, TIE), (2, 1, FIRST)],
    ],
)
def test_contenders_without_a_finite_distance_are_not_put_on_one_scale(votes: list[tuple[int, int, int]]) -> None:
    with pytest.raises(NotComparable):
        fit(made(votes, 1 + max(max(a, b) for a, b, _ in votes)), ties=False)


def test_no_votes_are_no_fit() -> None:
    none: Ints = np.zeros(0, dtype=np.int64)
    with pytest.raises(ValueError, match="nothing"):
        fit(Comparisons(3, none, none, none), ties=False)


def test_all_ties_put_everybody_at_zero() -> None:
    found = fit(made([(0, 1, TIE), (1, 2, TIE)], 3), ties=False)
    assert np.abs(found.strengths).max() < 1e-12


def test_a_contender_that_almost_never_loses_is_far_ahead_but_finite() -> None:
    votes = made([(0, 1, FIRST)] * 100_000 + [(0, 1, SECOND)], 2)
    found = fit(votes, ties=False)
    assert found.strengths[0] - found.strengths[1] == pytest.approx(np.log(100_000), rel=1e-9)


def test_the_ties_model_predicts_held_out_real_votes_within_the_bar() -> None:
    losses = []
    for seed in range(12):
        train, held_out = parted(arena_pairs(), seed)
        chances = np.log(forecasts.by_strengths(fit_pairs(train, ties=True), held_out.low, held_out.high))
        seen = np.stack([held_out.wins_low, held_out.wins_high, held_out.ties], axis=1)
        losses.append(-(seen * chances).sum() / seen.sum())
    assert np.mean(losses) <= 1.0586


def parted(pairs: Pairs, seed: int) -> tuple[Pairs, Pairs]:
    """Four fifths of the votes by lot, and the rest."""
    counts = np.stack([pairs.wins_low, pairs.wins_high, pairs.ties], axis=1).astype(np.int64)
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(counts.ravel(), int(counts.sum()) * 4 // 5, method="marginals")
    return of_counts(pairs, drawn.reshape(counts.shape)), of_counts(pairs, counts - drawn.reshape(counts.shape))


def of_counts(pairs: Pairs, counts: Ints) -> Pairs:
    kept = counts.any(axis=1)
    return Pairs(pairs.contenders, pairs.low[kept], pairs.high[kept], *(counts[kept].T * 1.0))


@pytest.mark.parametrize("outcome", [FIRST, TIE])
def test_a_ties_model_without_any_tie_or_any_decision_counts_them_as_halves(outcome: int) -> None:
    votes = made([(0, 1, outcome), (1, 2, outcome), (2, 0, outcome)], 3)
    found = fit(votes, ties=True)
    assert found.margin is None
    assert np.abs(found.strengths).max() < 1e-9


@pytest.mark.parametrize(
    ("votes", "modelled"),
    [
        ([(0, 1, FIRST), (0, 1, TIE)], False),  # the further apart, and the wider the margin, the better
        ([(0, 1, FIRST), (1, 2, FIRST), (2, 0, TIE)], True),  # round: two wins, one tie
        ([(0, 1, FIRST), (1, 2, TIE), (2, 0, TIE)], False),
        ([(0, 1, FIRST), (1, 0, FIRST), (0, 1, TIE)], True),
    ],
)
def test_ties_are_halves_where_their_margin_has_no_finite_maximum(votes: list[tuple[int, int, int]], modelled: bool) -> None:
    n = 1 + max(max(a, b) for a, b, _ in votes)
    found = fit(made(votes, n), ties=True)
    assert (found.margin is not None) == modelled
    if not modelled:
        assert np.abs(found.strengths - fit(made(votes, n), ties=False).strengths).max() < 1e-12


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4), st.sampled_from([FIRST, SECOND, TIE])), min_size=1, max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_league_has_a_finite_fit(drawn: list[tuple[int, int, int]]) -> None:
    votes = made([(first, (first + step) % 5, outcome) for first, step, outcome in drawn], 5)
    for members in parts(leagues(count(votes))):
        if len(members) > 1:
            found = fit(votes.among(members), ties=True)
            assert np.isfinite(found.strengths).all()
            assert np.abs(found.strengths).max() < 30
