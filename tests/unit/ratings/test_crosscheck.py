"""Style held equal: a planted effect is found, none is not invented, and too little is said to be so."""

import numpy as np
import pytest

from arena.ratings.analysis import Ballots, Rules, analyse
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, Ints, count
from arena.ratings.crosscheck import StyleControl, scales, style_control
from arena.ratings.style import NAMES

STRENGTHS = np.linspace(-0.6, 0.6, 6)


def styled(seed: int, worth: Floats, votes: int = 6_000, habits: float = 0.5) -> Comparisons:
    """Votes by Rao and Kupper's model in which each style feature is worth so much; stronger contenders write longer (`habits`)."""
    rng = np.random.default_rng(seed)
    n = len(STRENGTHS)
    first = rng.integers(0, n, votes)
    second = (first + rng.integers(1, n, votes)) % n
    leaning = rng.normal(size=(votes, len(NAMES))) + habits * (STRENGTHS[first] - STRENGTHS[second])[:, None]
    x = np.tanh(leaning)
    d = STRENGTHS[first] - STRENGTHS[second] + x @ worth + rng.logistic(size=votes)
    outcome = np.where(d > 0.4, FIRST, np.where(d < -0.4, SECOND, TIE))
    return Comparisons(n, first, second, outcome, (rng.integers(0, votes // 20, votes), rng.integers(0, votes // 10, votes)), x)


def held(votes: Comparisons) -> StyleControl:
    found = style_control(votes)
    assert found
    return found


def inside(worth: Floats) -> tuple[list[float], list[float]]:
    """Over 40 worlds: how often each feature's interval holds its worth, and how often it holds zero."""
    found = [held(styled(seed, worth)).coefficients for seed in range(1, 41)]
    truth, nothing = [], []
    for column, name in enumerate(NAMES):
        assert {coefficients[column].name for coefficients in found} == {name}
        truth.append(float(np.mean([c[column].low <= worth[column] <= c[column].high for c in found])))
        nothing.append(float(np.mean([c[column].low <= 0 <= c[column].high for c in found])))
    return truth, nothing


def test_a_planted_effect_of_length_is_found_within_its_interval_and_no_other_is_invented() -> None:
    truth, nothing = inside(np.array([0.5, 0, 0, 0, 0]))
    assert np.mean(truth) >= 0.92
    assert nothing[0] == 0
    assert np.mean(nothing[1:]) >= 0.92


def test_a_world_without_effects_is_left_alone() -> None:
    truth, _ = inside(np.zeros(5))
    assert np.mean(truth) >= 0.92
    differences = [row.difference for row in held(styled(1, np.zeros(5), votes=40_000)).rows]
    assert np.abs(differences).max() < 12  # Elo points: its strengths span 208


def test_holding_style_equal_takes_away_what_length_gave() -> None:
    found = held(styled(2, np.array([1.0, 0, 0, 0, 0]), votes=40_000))
    elo = {row.contender: row.elo for row in found.rows}
    expected = STRENGTHS * 400 / np.log(10)
    assert [elo[number] for number in range(6)] == pytest.approx(expected, abs=15)
    # The strong wrote longer: without control they look stronger than they are.
    assert {row.contender: row.difference for row in found.rows}[5] < -15
    assert abs(sum(row.difference for row in found.rows)) < 1e-6
    assert [row.contender for row in found.rows] == [5, 4, 3, 2, 1, 0]
    assert all(row.low < row.elo < row.high for row in found.rows)


def test_only_votes_whose_style_is_known_are_read() -> None:
    votes = styled(3, np.array([0.5, 0, 0, 0, 0]))
    assert votes.covariates is not None
    unknown = np.arange(len(votes)) % 3 == 0
    holes = votes.covariates.copy()
    holes[unknown, 2] = np.nan
    whole = Comparisons(votes.contenders, votes.first, votes.second, votes.outcome, votes.clusters, holes)
    assert style_control(whole) == style_control(votes.take(~unknown))


def test_a_feature_that_nobody_uses_or_that_another_repeats_has_no_worth() -> None:
    votes = styled(4, np.zeros(5))
    assert votes.covariates is not None
    columns = votes.covariates.copy()
    columns[:, 1] = 0
    columns[:, 3] = 2 * columns[:, 2]
    columns[:, 4] = np.sign(STRENGTHS[votes.first] - STRENGTHS[votes.second])  # not quite who met whom
    found = held(Comparisons(6, votes.first, votes.second, votes.outcome, votes.clusters, columns))
    assert [one.name for one in found.coefficients] == ["length", "lists", "code"]


def test_a_feature_that_only_says_who_answered_has_no_worth_of_its_own() -> None:
    votes = styled(5, np.zeros(5))
    assert votes.covariates is not None
    columns = votes.covariates.copy()
    columns[:, 1] = (votes.first == 0) * 1.0 - (votes.second == 0) * 1.0
    found = held(Comparisons(6, votes.first, votes.second, votes.outcome, votes.clusters, columns))
    assert "headers" not in [one.name for one in found.coefficients]


def one_sided(votes: Comparisons) -> Comparisons:
    """Whoever wrote longer won, always."""
    assert votes.covariates is not None
    outcome: Ints = np.where(votes.covariates[:, 0] > 0, FIRST, SECOND)
    return Comparisons(votes.contenders, votes.first, votes.second, outcome, votes.clusters, votes.covariates)


@pytest.mark.parametrize(
    "votes",
    [
        styled(6, np.zeros(5), votes=90),
        styled(6, np.zeros(5)).bare(),
        styled(6, np.zeros(5)).take(np.zeros(0, dtype=np.int64)),
        one_sided(styled(6, np.zeros(5), votes=500)),
    ],
    ids=["few", "unknown", "none", "decided by length alone"],
)
def test_too_little_is_no_style_control_and_said_so(votes: Comparisons) -> None:
    assert style_control(votes) is None
    if len(votes):
        told = analyse(Ballots(votes, np.zeros(len(votes), dtype=np.bool_)), {}, Rules())
        assert "style_needs_more" in [note.code for note in told.notes]


def test_each_group_has_its_own_scale_and_the_largest_league_stands_for_it() -> None:
    first = np.array([0, 1, 0, 1, 2, 3, 4, 5, 6] * 10)
    second = np.array([1, 0, 1, 0, 3, 2, 3, 6, 5] * 10)
    outcome = np.array([FIRST, FIRST, TIE, TIE, FIRST, FIRST, FIRST, TIE, TIE] * 10)
    votes = Comparisons(8, first, second, outcome, (np.arange(90), np.arange(90)))
    assert [scale.members.tolist() for scale in scales(votes, count(votes))] == [[2, 3], [0, 1]]
