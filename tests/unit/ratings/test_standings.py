"""Standings: order, open ranks, tiers."""

import random

import pytest

from arena.ratings.standings import Row, rank
from tests.stopwatch import at_best


def row(contender: int, mu: float, sigma: float = 0.5, votes: int = 100) -> Row:
    return Row(contender, mu, sigma, votes)


def test_an_empty_board_has_no_standings() -> None:
    assert rank([]) == []


def test_one_contender_is_first_and_alone() -> None:
    [only] = rank([row(7, 25.0)])
    assert (only.contender, only.rank, only.rank_low, only.rank_high, only.tier) == (7, 1, 1, 1, 1)


def test_the_order_is_by_mu_and_equal_mu_by_id() -> None:
    rows = [row(3, 25.0), row(1, 25.0), row(2, 30.0), row(9, 20.0)]
    assert [one.contender for one in rank(rows)] == [2, 1, 3, 9]
    assert rank(rows) == rank(rows[::-1])
    assert [one.rank for one in rank(rows)] == [1, 2, 3, 4]


def test_contenders_far_apart_have_one_rank_each() -> None:
    standings = rank([row(1, 40.0), row(2, 30.0), row(3, 20.0)])
    assert [(one.rank_low, one.rank_high) for one in standings] == [(1, 1), (2, 2), (3, 3)]
    assert [one.tier for one in standings] == [1, 2, 3]


def test_overlapping_intervals_leave_the_ranks_open() -> None:
    standings = rank([row(1, 26.0, 1.0), row(2, 25.0, 1.0), row(3, 10.0, 1.0)])
    assert [(one.rank_low, one.rank_high) for one in standings] == [(1, 2), (1, 2), (3, 3)]


def test_intervals_that_just_touch_overlap() -> None:
    [best, _, _] = rank([row(1, 0.0, 1.0), row(2, 0.0, 1.0), row(3, 0.0, 1.0)])
    assert (best.rank_low, best.rank_high) == (1, 3)


def test_open_ranks_are_those_of_the_plain_count() -> None:
    rng = random.Random(1)
    rows = [row(n, rng.gauss(25, 5), rng.uniform(0.1, 4)) for n in range(150)]
    standings = rank(rows)
    for one in standings:
        assert one.rank_low == 1 + sum(other.low > one.high for other in standings)
        assert one.rank_high == len(rows) - sum(other.high < one.low for other in standings)
        assert one.rank_low <= one.rank <= one.rank_high


def test_the_leader_of_a_tier_stays_its_anchor() -> None:
    # Each reaches its neighbour, so a drifting anchor would put all into one tier; only the second reaches the first.
    rows = [row(n, 30.0 - 1.5 * n, 0.5) for n in range(6)]
    assert [one.tier for one in rank(rows)] == [1, 1, 2, 2, 3, 3]


def test_few_votes_are_preliminary_and_stand_outside_the_tiers() -> None:
    standings = rank([row(1, 45.0, 8.0, votes=2), row(2, 30.0), row(3, 20.0)], minimum_votes=30)
    assert [(one.contender, one.preliminary, one.tier) for one in standings] == [(1, True, None), (2, False, 1), (3, False, 2)]


def test_the_minimum_itself_is_enough() -> None:
    assert not rank([row(1, 25.0, votes=30)], minimum_votes=30)[0].preliminary
    assert rank([row(1, 25.0, votes=29)], minimum_votes=30)[0].preliminary


def test_a_contender_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError):
        rank([row(1, 25.0), row(1, 26.0)])


@pytest.mark.parametrize("bad", [row(1, float("nan")), row(1, 25.0, 0.0), row(1, 25.0, float("inf")), row(1, 25.0, 1.0, -1)])
def test_what_is_no_skill_is_refused(bad: Row) -> None:
    with pytest.raises(ValueError):
        rank([bad])


def test_ten_times_the_contenders_are_ranked_in_about_ten_times_the_time() -> None:
    rng = random.Random(2)
    rows = [row(n, rng.gauss(25, 5), rng.uniform(0.1, 8)) for n in range(2_000)]
    assert len(rank(rows)) == 2_000
    assert at_best(lambda: rank(rows)) < 30 * at_best(lambda: rank(rows[:200]))
