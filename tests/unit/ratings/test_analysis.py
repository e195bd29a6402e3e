"""A board's analysis: right where the truth is known, and neither broken nor misleading on any degenerate board."""

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from arena.ratings.analysis import Analysis, Ballots, Rules, analyse
from arena.ratings.analysis_document import document
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Floats, count
from arena.ratings.ep import settle
from arena.ratings.skill import Ballot, Parameters, Table, fold
from tests.unit.ratings.test_bradley_terry import world
from tests.unit.ratings.test_intervals import clustered

BOARD = Parameters()
Vote = tuple[int, int, int]


def ballots(votes: Comparisons, bad: Sequence[int] = ()) -> Ballots:
    flags = np.zeros(len(votes), dtype=np.bool_)
    flags[list(bad)] = True
    return Ballots(votes, flags)


def cast(votes: Sequence[Vote], contenders: int, voters: Sequence[int] | None = None, covariates: Floats | None = None) -> Comparisons:
    """Votes (first, second, outcome), each of a voter of its own and on a prompt of its own unless told."""
    first, second, outcome = np.array(votes, dtype=np.int64).reshape(-1, 3).T
    own = np.arange(len(votes))
    return Comparisons(contenders, first, second, outcome, (own if voters is None else np.array(voters), own), covariates)


def live(votes: Comparisons) -> Table:
    """The live board after these votes in their order."""
    table: Table = {}
    rows = zip(votes.first.tolist(), votes.second.tolist(), votes.outcome.tolist(), strict=True)
    ranks = {FIRST: (0, 1), SECOND: (1, 0), TIE: (0, 0)}
    fold(table, [Ballot(seq, (first, second), ranks[outcome]) for seq, (first, second, outcome) in enumerate(rows)], BOARD)
    return table


def analysed(votes: Comparisons, bad: Sequence[int] = (), rules: Rules | None = None) -> tuple[Analysis, dict[str, Any]]:
    """The analysis and its document, which must be JSON without infinities."""
    found = analyse(ballots(votes, bad), live(votes), rules or Rules())
    told = document(found, [f"c{number}" for number in range(votes.contenders)])
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    return found, told


def codes(told: dict[str, Any]) -> dict[str, list[str]]:
    return {note["code"]: note.get("contenders", []) for note in told["notes"]}


EVERYBODY_MEETS = [(a, b, outcome) for a in range(3) for b in range(3) if a != b for outcome in (FIRST, FIRST, SECOND, TIE)]


# ---- A usual board


def test_every_view_of_a_usual_board_ranks_by_the_truth() -> None:
    votes = clustered(5, votes=6_000, prompts=400, voters=300)
    found, told = analysed(votes, np.flatnonzero(votes.outcome == TIE)[::2].tolist())
    assert found.settled
    assert found.cross_check
    assert [row.contender for row in found.settled.rows] == [row.contender for row in found.cross_check.rows] == [5, 4, 3, 2, 1, 0]
    assert abs(sum(row.elo for row in found.cross_check.rows)) < 1e-9
    assert all(row.low < row.elo < row.high and row.rank_low <= row.rank <= row.rank_high for row in found.cross_check.rows)
    assert told["groups"] == told["leagues"] == [["c0", "c1", "c2", "c3", "c4", "c5"]]
    assert (told["voters"], told["prompts"]) == (300, 400)
    assert codes(told) == {"style_needs_more": []}


def test_the_settled_view_is_that_of_expectation_propagation_and_compares_centred_values() -> None:
    votes = clustered(6, votes=500)
    found, _ = analysed(votes)
    expected, table = settle(count(votes), BOARD), live(votes)
    assert found.settled
    assert found.settled.rounds == expected.rounds
    mean = np.mean([mu for mu, _ in table.values()])
    for row in found.settled.rows:
        assert (row.mu, row.sigma) == (expected.mu[row.contender], expected.sigma[row.contender])
        difference = expected.mu[row.contender] - expected.mu.mean() - table[row.contender][0] + mean
        assert row.difference == pytest.approx(difference, abs=1e-12)
        assert row.low < row.mu < row.high


def test_head_to_head_counts_every_vote_once_for_each_of_its_two() -> None:
    votes = cast([(0, 1, FIRST), (1, 0, SECOND), (1, 0, FIRST), (0, 1, TIE), (2, 1, TIE)], 3)
    _, told = analysed(votes, bad=[4])
    assert told["head_to_head"] == {
        "wins": [[0, 2, 0], [1, 0, 0], [0, 0, 0]],
        "ties": [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
        "both_bad": [[0, 0, 0], [0, 0, 1], [0, 1, 0]],
    }
    assert {name: told["position"][name] for name in ("first", "second", "ties", "both_bad")} == {
        "first": 2,
        "second": 1,
        "ties": 1,
        "both_bad": 1,
    }


def test_votes_that_the_board_does_not_rate_count_in_the_matrices_only() -> None:
    votes = cast([*EVERYBODY_MEETS, *[(0, 2, TIE)] * 60, *[(0, 1, TIE)] * 60], 3)
    bad = range(len(EVERYBODY_MEETS), len(EVERYBODY_MEETS) + 60)
    kept = cast(EVERYBODY_MEETS, 3)
    decided = cast([vote for vote in EVERYBODY_MEETS if vote[2] != TIE], 3)
    for rules, same in (
        (Rules(both_bad=False), cast([*EVERYBODY_MEETS, *[(0, 1, TIE)] * 60], 3)),
        (Rules(ties=False, both_bad=False), decided),
    ):
        found = analyse(ballots(votes, bad), {}, rules)
        alone = analyse(ballots(same), {}, Rules())
        assert found.settled == alone.settled
        assert found.head_to_head
        assert (found.head_to_head.both_bad[0, 2], found.head_to_head.ties[0, 1]) == (60, 62)
    assert analyse(ballots(kept), {}, Rules()).cross_check != analyse(ballots(votes, bad), {}, Rules()).cross_check


def test_ties_in_the_cross_check_have_a_margin_and_none_have_none() -> None:
    with_ties, without = (
        analyse(ballots(cast([vote for vote in EVERYBODY_MEETS if vote[2] in kinds], 3)), {}, Rules()) for kinds in ((0, 1, 2), (0, 1))
    )
    assert with_ties.cross_check
    assert with_ties.cross_check.margin
    assert 50 < with_ties.cross_check.margin < 150  # a quarter of ties: 2 artanh(1/4) natural units
    assert without.cross_check
    assert without.cross_check.margin is None


def test_numbers_are_rounded_to_six_decimals() -> None:
    _, told = analysed(clustered(7, votes=300))
    for row in (*told["settled"]["rows"], *told["cross_check"]["rows"]):
        assert all(value == round(value, 6) for value in row.values() if isinstance(value, float))


def test_unfit_ballots_are_refused() -> None:
    votes = cast([(0, 1, FIRST)], 2)
    with pytest.raises(ValueError, match="tie"):
        ballots(votes, bad=[0])
    with pytest.raises(ValueError, match="voter and prompt"):
        ballots(Comparisons(2, votes.first, votes.second, votes.outcome))
    with pytest.raises(ValueError, match="slug"):
        document(analyse(ballots(votes), {}, Rules()), ["only"])


# ---- Position


def test_a_planted_advantage_of_the_first_side_is_found_and_none_is_not() -> None:
    rng = np.random.default_rng(1)
    for chance in (0.5, 0.56):
        first = rng.integers(0, 5, 8_000)
        outcome = np.where(rng.random(8_000) < chance, FIRST, SECOND)
        voters = rng.integers(0, 800, 8_000)
        votes = Comparisons(5, first, (first + 1 + rng.integers(0, 4, 8_000)) % 5, outcome, (voters, np.arange(8_000)))
        at = analyse(ballots(votes), {}, Rules()).position
        assert at.share
        assert at.low
        assert at.high
        assert at.low < chance < at.high < at.low + 0.03
        assert (at.low > 0.5) == (chance > 0.5)


def test_voters_who_always_choose_one_side_are_few_witnesses() -> None:
    votes = [(0, 1, FIRST)] * 300 + [(0, 1, SECOND)] * 300
    loners = analyse(ballots(cast(votes, 2)), {}, Rules()).position
    by_ten = analyse(ballots(cast(votes, 2, voters=[row // 60 for row in range(600)])), {}, Rules()).position
    assert loners.share == by_ten.share == 0.5
    assert loners.low
    assert by_ten.low
    assert 0.5 - by_ten.low > 4 * (0.5 - loners.low)


# ---- Degenerate boards


def test_no_votes() -> None:
    found, told = analysed(cast([], 3))
    assert (found.settled, found.cross_check, found.style, found.robustness) == (None, None, None, None)
    assert told["position"]["share"] is None
    assert told["groups"] == [["c0"], ["c1"], ["c2"]]
    assert codes(told) == {"no_votes": []}


def test_nobody_at_all() -> None:
    _, told = analysed(cast([], 0))
    assert told["contenders"] == told["groups"] == told["head_to_head"]["wins"] == []


def test_one_contender() -> None:
    _, told = analysed(cast([], 1))
    assert codes(told) == {"one_contender": []}
    assert told["robustness"] is told["settled"] is None


def test_one_vote_says_something_but_puts_nobody_on_a_scale() -> None:
    found, told = analysed(cast([(0, 1, FIRST)], 3))
    assert found.settled
    assert [row.contender for row in found.settled.rows] == [0, 1]
    assert found.cross_check is None
    assert told["robustness"]["largest_voter"] is None
    assert (told["robustness"]["leader"], told["robustness"]["runner_up"]) == ("c0", "c1")
    assert told["robustness"]["votes_to_change_first"] == 1  # a surprise moves more than what was expected
    assert told["position"]["low"] < 0.2 < told["position"]["high"] == 1.0
    assert codes(told) == {
        "unrated": ["c2"],
        "no_finite_maximum": ["c0", "c1"],
        "few_voters": [],
        "few_prompts": [],
        "style_needs_more": [],
    }


def test_ties_alone_make_nobody_certainly_equal() -> None:
    found, told = analysed(cast([(0, 1, TIE), (1, 2, TIE)] * 50, 3))
    assert found.cross_check is None
    assert found.settled
    assert found.position.share is None
    assert codes(told)["all_ties"] == ["c0", "c1", "c2"]
    assert "no_finite_maximum" not in codes(told)


def test_who_never_lost_is_left_out_of_the_cross_check_and_said_so() -> None:
    others = analyse(ballots(cast(EVERYBODY_MEETS, 3)), {}, Rules())
    found, told = analysed(cast([*EVERYBODY_MEETS, *[(3, b, FIRST) for b in (0, 1, 2)] * 4], 4))
    assert found.cross_check
    assert others.cross_check
    # The others' distances are those they have without it: what the whole fit tends to.
    assert [row.elo for row in found.cross_check.rows] == pytest.approx([row.elo for row in others.cross_check.rows], abs=1e-9)
    assert codes(told)["no_finite_maximum"] == ["c3"]
    assert told["leagues"] == [["c0", "c1", "c2"], ["c3"]]
    assert told["groups"] == [["c0", "c1", "c2", "c3"]]
    assert found.settled
    assert found.settled.rows[0].contender == 3


def test_groups_that_never_met_are_ranked_apart() -> None:
    far = [(a + 3, b + 3, outcome) for a, b, outcome in EVERYBODY_MEETS if {a, b} == {0, 1}]
    found, told = analysed(cast([*far, *EVERYBODY_MEETS, (5, 6, TIE)], 8))
    assert told["groups"] == [["c0", "c1", "c2"], ["c3", "c4"], ["c5", "c6"], ["c7"]]
    assert found.cross_check
    assert [(row.rank, row.contender < 3) for row in found.cross_check.rows] == [(1, True), (2, True), (3, True), (1, False), (2, False)]
    for members in (range(3), range(3, 5)):
        assert abs(sum(row.elo for row in found.cross_check.rows if row.contender in members)) < 1e-9
    assert all(row.rank_high <= 3 for row in found.cross_check.rows)
    assert found.settled
    assert [row.rank for row in found.settled.rows] == [1, 2, 3, 1, 2, 1, 2]
    assert codes(told)["never_met"] == ["c3", "c4", "c5", "c6"]
    assert codes(told)["unrated"] == ["c7"]
    assert codes(told)["all_ties"] == ["c5", "c6"]
    assert found.robustness
    assert {found.robustness.leader, found.robustness.runner_up} < {0, 1, 2}


def test_one_voter_is_one_witness() -> None:
    votes = EVERYBODY_MEETS * 20
    many = analyse(ballots(cast(votes, 3)), {}, Rules())
    one, told = analysed(cast(votes, 3, voters=[0] * len(votes)))
    assert one.cross_check
    assert many.cross_check
    assert one.cross_check.freedom == 1
    for alone, of_many in zip(one.cross_check.rows, many.cross_check.rows, strict=True):
        assert alone.high - alone.low > 5 * (of_many.high - of_many.low)
    assert told["robustness"]["largest_voter"] == {"share": 1.0, "votes": len(votes), "shift_elo": None, "changes_first": True}
    assert "few_voters" in codes(told)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_thousand_contenders_are_analysed_without_their_matrices() -> None:
    _, votes = world(2_000, 40_000, 9)
    rows = np.arange(40_000)
    begun = time.process_time()
    found, told = analysed(Comparisons(2_000, votes.first, votes.second, votes.outcome, (rows % 5_000, rows % 900)))
    assert time.process_time() - begun < 90
    assert found.cross_check
    assert len(found.cross_check.rows) > 1_950
    assert told["head_to_head"] is None
    assert "too_many_for_matrices" in codes(told)


def test_what_does_not_come_to_rest_is_left_out_and_said_so() -> None:
    # 17,892 wins and no loss against somebody who is tied to the rest by thousands: only a weak prior ends their distance.
    wins = [(0, 2, FIRST, 5_965), (0, 2, SECOND, 63_050), (0, 2, TIE, 98_094), (1, 2, FIRST, 17_892), (1, 3, FIRST, 60_669)]
    columns = np.array([*wins, (1, 3, SECOND, 11_764), (1, 3, TIE, 81_551)])
    first, second, outcome, _ = np.repeat(columns, columns[:, 3], axis=0).T
    each = np.arange(len(first))
    votes = Comparisons(4, first, second, outcome, (each % 9_000, each % 700))
    told = document(analyse(ballots(votes), {}, Rules(parameters=Parameters(draw_probability=0.9))), ["a", "b", "c", "d"])
    assert told["settled"] is None
    assert codes(told)["did_not_settle"] == []
    assert [row["slug"] for row in told["cross_check"]["rows"]] == ["c", "a"]
    assert codes(told)["no_finite_maximum"] == ["b", "d"]
