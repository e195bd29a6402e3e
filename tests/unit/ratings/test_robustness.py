"""What it takes to change the first place: counted by the live fold itself, and by fits without one voter."""

import numpy as np
import pytest

from arena.ratings.bradley_terry import fit
from arena.ratings.comparisons import FIRST, SECOND, Comparisons, Ints
from arena.ratings.robustness import MOST, LargestVoter, largest_voter, votes_to_change_first
from arena.ratings.skill import Ballot, Parameters, Table, fold
from tests.unit.ratings.test_intervals import clustered

BOARD = Parameters()


def everybody(votes: Comparisons, minimum: int = 30) -> LargestVoter:
    return largest_voter(votes, np.arange(votes.contenders), fit(votes, ties=True), minimum)


def shift_without(votes: Comparisons, voter: int) -> float:
    """How far a voter's absence moves any contender, Elo points, by the fits alone."""
    moved = fit(votes.take(votes.clusters[0] != voter), ties=True).elo - fit(votes, ties=True).elo
    return float(np.abs(moved).max())


def test_so_many_votes_and_not_one_fewer_change_the_first_place() -> None:
    leader, runner_up = (31.0, 0.9), (29.5, 0.8)
    needed = votes_to_change_first(leader, runner_up, BOARD)
    assert needed
    for cast, first in ((needed - 1, 1), (needed, 2)):
        table: Table = {1: leader, 2: runner_up}
        fold(table, [Ballot(seq, (1, 2), (1, 0)) for seq in range(cast)], BOARD)
        assert max(table, key=lambda contender: table[contender][0]) == first


def test_the_surer_the_skills_the_more_votes_it_takes() -> None:
    by_sigma = [votes_to_change_first((30.0, sigma), (29.0, sigma), BOARD) or MOST for sigma in (4.0, 1.0, 0.3, 0.1)]
    assert by_sigma[0] == 1
    assert by_sigma == sorted(by_sigma)
    assert 100 < by_sigma[-1] < MOST


def test_a_lead_beyond_reach_has_no_number() -> None:
    assert votes_to_change_first((40.0, 1e-6), (20.0, 1e-6), BOARD) is None
    assert MOST == 100_000


def test_the_voter_who_weighs_most_is_the_one_whose_absence_moves_the_ratings_most() -> None:
    votes = clustered(3, votes=1_500, prompts=300, voters=40)
    shifts = [shift_without(votes, voter) for voter in range(40)]
    found = everybody(votes)
    assert found.votes == np.count_nonzero(votes.clusters[0] == found.voter)
    assert found.share == found.votes / 1_500
    assert found.shift_elo
    assert found.shift_elo == pytest.approx(shifts[found.voter], abs=1e-6)
    # One step only picks the candidate: nobody moves them much more.
    assert found.shift_elo >= 0.9 * max(shifts)


def test_a_voter_with_half_of_all_votes_weighs_most_and_changes_the_first_place() -> None:
    votes = clustered(4, votes=2_000, prompts=400, voters=100)
    rng = np.random.default_rng(1)
    # Contender 0 is the weakest; one voter casts as many votes as all others together, all of them for it.
    others: Ints = rng.integers(1, 6, 2_000)
    first, second = np.append(votes.first, np.zeros(2_000, dtype=np.int64)), np.append(votes.second, others)
    outcome = np.concatenate([votes.outcome, np.where(rng.random(2_000) < 0.99, FIRST, SECOND)])
    voter, prompt = np.append(votes.clusters[0], np.full(2_000, 100)), np.append(votes.clusters[1], np.arange(400, 2_400))
    bought = Comparisons(6, first, second, outcome, (voter, prompt))
    found = everybody(bought)
    assert (found.voter, found.votes, found.share, found.changes_first) == (100, 2_000, 0.5, True)
    assert found.shift_elo
    assert found.shift_elo > 100
    assert not everybody(votes).changes_first


def test_contenders_with_few_votes_do_not_decide_who_weighs_most() -> None:
    votes = clustered(5, votes=1_500, prompts=300, voters=40)
    # A newcomer with two votes, of two voters: taking out either would leave nothing to compare it by.
    first, second = np.append(votes.first, [6, 6]), np.append(votes.second, [0, 1])
    clusters = (np.append(votes.clusters[0], [40, 41]), np.append(votes.clusters[1], [300, 301]))
    with_newcomer = Comparisons(7, first, second, np.append(votes.outcome, [FIRST, SECOND]), clusters)
    assert everybody(with_newcomer).voter == everybody(votes).voter
    assert everybody(with_newcomer, minimum=1).voter in (40, 41)


def test_only_voters_with_many_votes_are_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    votes = clustered(6, votes=1_500, prompts=300, voters=40)
    monkeypatch.setattr("arena.ratings.robustness._CANDIDATES", 1)
    assert everybody(votes).voter == np.bincount(votes.clusters[0]).argmax()
