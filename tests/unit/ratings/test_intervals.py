"""Intervals hold what they promise when votes come in clusters, and the sandwich is the textbook's."""

from functools import cache

import numpy as np
import pytest

from arena.ratings.bradley_terry import Fit, fit, slopes
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats
from arena.ratings.intervals import certainty, ranks
from tests.unit.ratings.test_bradley_terry import world

CONTENDERS, PROMPTS, VOTERS = 6, 120, 90
STRENGTHS = np.linspace(-0.9, 0.9, CONTENDERS)


def clustered(seed: int, votes: int = 3000, prompts: int = PROMPTS, voters: int = VOTERS, strengths: Floats = STRENGTHS) -> Comparisons:
    """Votes whose prompts and voters each favour some contenders for reasons of their own."""
    n, rng = len(strengths), np.random.default_rng(seed)
    of_prompt, of_voter = rng.normal(scale=1.0, size=(prompts, n)), rng.normal(scale=0.7, size=(voters, n))
    first = rng.integers(0, n, votes)
    second = (first + rng.integers(1, n, votes)) % n
    prompt, voter = rng.integers(0, prompts, votes), rng.integers(0, voters, votes)
    liking = strengths + of_prompt[prompt] + of_voter[voter]
    at = np.arange(votes)
    d = liking[at, first] - liking[at, second]
    outcome = np.argmax(np.stack([d / 2, -d / 2, np.full(votes, -0.5)], axis=1) + rng.gumbel(size=(votes, 3)), axis=1)
    return Comparisons(n, first, second, outcome, (voter, prompt))


@cache
def truth(ties: bool) -> Fit:
    """What a fit to endless clusters would say: likings are averaged over people and prompts, so it is not STRENGTHS."""
    return fit(clustered(0, votes=1_000_000, prompts=60_000, voters=60_000), ties=ties)


def covered(votes: Comparisons, ties: bool) -> Floats:
    """Which of the intervals of all pair differences hold the truth."""
    found = fit(votes, ties=ties)
    known = certainty(votes, found)
    upper = np.triu_indices(CONTENDERS, 1)
    true, seen = (f.strengths[:, None] - f.strengths[None, :] for f in (truth(ties), found))
    return np.asarray((np.abs(true - seen) <= known.quantile() * known.difference_errors(CONTENDERS))[upper], dtype=np.float64)


@pytest.mark.parametrize("ties", [False, True])
def test_intervals_of_differences_hold_the_truth_95_times_in_a_hundred(ties: bool) -> None:
    share = np.mean([covered(clustered(seed), ties) for seed in range(1, 301)])
    assert 0.93 <= share <= 0.97


def test_taking_clustered_votes_for_independent_would_promise_too_much() -> None:
    shares = []
    for seed in range(1, 101):
        votes = clustered(seed)
        shares.append(covered(Comparisons(CONTENDERS, votes.first, votes.second, votes.outcome), ties=False))
    assert np.mean(shares) < 0.80


def test_rank_intervals_hold_the_true_rank_at_least_95_times_in_a_hundred() -> None:
    hits = []
    for seed in range(1, 101):
        votes = clustered(seed)
        found = fit(votes, ties=False)
        best, worst = ranks(found, certainty(votes, found))
        true = CONTENDERS - np.argsort(np.argsort(truth(False).strengths))
        hits.append((best <= true) & (true <= worst))
    assert np.mean(hits) >= 0.95


def test_open_ranks_of_twenty_close_contenders_hold_the_truth_and_are_narrower_than_by_overlap() -> None:
    hits, widths, overlaps = [], [], []
    for seed in range(1, 41):
        votes = clustered(seed, votes=8_000, prompts=150, voters=150, strengths=np.linspace(0.4, -0.4, 20))
        found = fit(votes, ties=True)
        known = certainty(votes, found)
        best, worst = ranks(found, known)
        hits.append((best <= np.arange(1, 21)) & (np.arange(1, 21) <= worst))
        widths.append(worst - best + 1)
        reach = known.quantile() * known.errors()[:20]
        low, high = found.strengths - reach, found.strengths + reach
        overlaps.append(np.sum((low[:, None] <= high) & (high[:, None] >= low), axis=1))
    assert np.mean(hits) >= 0.95
    assert np.mean(widths) < 0.9 * np.mean(overlaps) < 0.9 * 20


@pytest.mark.parametrize("n", [6, 20])
def test_rank_intervals_of_near_equals_hold_the_true_rank_95_times_in_a_hundred(n: int) -> None:
    true, hits = np.arange(1, n + 1), []
    for seed in range(1, 61):
        votes = clustered(seed, votes=400 * n, prompts=150, voters=150, strengths=np.linspace(0.004, -0.004, n))
        found = fit(votes, ties=True)
        best, worst = ranks(found, certainty(votes, found))
        hits.append((best <= true) & (true <= worst))
    assert 0.93 <= np.mean(hits) <= 0.98


def test_ranks_of_contenders_far_apart_are_sure() -> None:
    _, votes = world(4, 20_000, 3)
    found = fit(votes, ties=False)
    best, worst = ranks(found, certainty(votes, found))
    order = 4 - np.argsort(np.argsort(found.strengths))
    assert best.tolist() == worst.tolist() == order.tolist()


@pytest.mark.parametrize("ties", [False, True])
def test_the_sandwich_equals_a_plain_sum_over_clusters(ties: bool) -> None:
    _, bare = world(5, 3000, 5, covariates=2, effect=0.3)
    votes = Comparisons(5, bare.first, bare.second, bare.outcome, (np.arange(3000) % 37,), bare.covariates)
    found = fit(votes, ties=ties)
    middle = sum(np.outer(s, s) for s in (scores(votes, found)[np.arange(3000) % 37 == c].sum(axis=0) for c in range(37)))
    bread = np.linalg.pinv(found.information, rcond=1e-10, hermitian=True)
    expected = bread @ (middle * 37 / 36) @ bread
    known = certainty(votes, found)
    assert np.abs(known.covariance - expected).max() < 1e-8
    assert known.freedom == 36


def scores(votes: Comparisons, found: Fit) -> Floats:
    """Each vote's slope by every parameter, as a dense row."""
    assert votes.covariates is not None
    d = found.strengths[votes.first] - found.strengths[votes.second] + votes.covariates @ found.coefficients
    won, lost, tied = ((votes.outcome == kind) * 1.0 for kind in (FIRST, SECOND, TIE))
    slope = slopes(d, won, lost, tied, found.margin)
    rows = np.zeros((len(votes), len(found.information)))
    at = np.arange(len(votes))
    rows[at, votes.first] += slope.d
    rows[at, votes.second] -= slope.d
    rows[:, 5:7] = votes.covariates * slope.d[:, None]
    if found.margin is not None:
        rows[:, 7] = slope.m
    return rows


def test_many_clusters_are_summed_in_blocks_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    votes = clustered(1)
    found = fit(votes, ties=True)
    whole = certainty(votes, found).covariance
    monkeypatch.setattr("arena.ratings.intervals._CELLS", 70)
    assert np.abs(certainty(votes, found).covariance - whole).max() < 1e-12


@pytest.mark.parametrize("kinds", [3, 90])
def test_no_variance_is_negative_though_the_overlap_is_taken_away(kinds: int) -> None:
    votes = clustered(2)
    ways = tuple(way % kinds for way in votes.clusters)  # of three kinds the overlap alone outweighs most directions
    found = fit(votes, ties=True)
    spread = np.linalg.eigvalsh(certainty(Comparisons(CONTENDERS, votes.first, votes.second, votes.outcome, ways), found).covariance)
    assert spread.min() > -1e-12 * spread.max()


def test_few_clusters_are_few_witnesses() -> None:
    votes = clustered(2)
    found = fit(votes, ties=False)
    few = Comparisons(CONTENDERS, votes.first, votes.second, votes.outcome, (votes.clusters[0] % 5,))
    assert certainty(few, found).quantile() == pytest.approx(2.776, abs=0.001)  # Student's t with 4 degrees of freedom
    assert certainty(votes, found).quantile() < 2.0


def test_more_than_two_ways_of_clustering_are_refused() -> None:
    votes = clustered(3)
    way = votes.clusters[0]
    with pytest.raises(ValueError, match="two ways"):
        certainty(Comparisons(CONTENDERS, votes.first, votes.second, votes.outcome, (way, way, way)), fit(votes, ties=False))


@pytest.mark.parametrize("cells", [1_000_000, 4_000])
def test_sums_of_few_contenders_of_many_are_the_same_kept_sparsely(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    votes = clustered(4)
    found = fit(votes, ties=True)
    whole = certainty(votes, found).covariance
    monkeypatch.setattr("arena.ratings.intervals._SPARSE", 0)
    monkeypatch.setattr("arena.ratings.intervals._CELLS", cells)
    assert np.abs(certainty(votes, found).covariance - whole).max() < 1e-12


def test_scores_looked_up_by_kind_are_those_of_each_comparison() -> None:
    votes = clustered(5)
    found = fit(votes, ties=True)
    by_kind = certainty(votes, found)
    with_no_covariate = Comparisons(CONTENDERS, votes.first, votes.second, votes.outcome, votes.clusters, np.zeros((len(votes), 0)))
    assert np.abs(certainty(with_no_covariate, found).covariance - by_kind.covariance).max() < 1e-12


def test_a_single_voter_adds_no_spread_but_leaves_one_degree_of_freedom() -> None:
    votes = clustered(6)
    found = fit(votes, ties=True)
    voter, prompt = votes.clusters
    alone, by_prompt = (
        certainty(Comparisons(CONTENDERS, votes.first, votes.second, votes.outcome, ways), found)
        for ways in ((voter * 0, prompt), (prompt,))
    )
    assert np.abs(alone.covariance - by_prompt.covariance).max() < 1e-12
    assert alone.freedom == 1
    assert alone.quantile() == pytest.approx(12.706, abs=0.001)
