"""Counts by pair, and which contenders can be put on one scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.ratings.comparisons import FIRST, MOST, SECOND, TIE, Comparisons, count, groups, leagues

rows = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.sampled_from([FIRST, SECOND, TIE])), min_size=1, max_size=60)


def made(votes: list[tuple[int, int, int]], contenders: int = 6) -> Comparisons:
    """Comparisons of (first, second, outcome)."""
    first, second, outcome = (np.array(column, dtype=np.int64) for column in zip(*votes, strict=True))
    return Comparisons(contenders, first, second, outcome)


@given(rows)
def test_counts_are_those_of_a_plain_loop(drawn: list[tuple[int, int, int]]) -> None:
    votes = [(first, (first + step) % 6, outcome) for first, step, outcome in drawn]
    expected: dict[tuple[int, int], list[int]] = {}
    for first, second, outcome in votes:
        low, high = min(first, second), max(first, second)
        seen = expected.setdefault((low, high), [0, 0, 0])
        seen[2 if outcome == TIE else int((outcome == FIRST) != (first == low))] += 1
    pairs = count(made(votes))
    found = {
        (int(low), int(high)): [int(a), int(b), int(t)]
        for low, high, a, b, t in zip(pairs.low, pairs.high, pairs.wins_low, pairs.wins_high, pairs.ties, strict=True)
    }
    assert found == expected
    assert pairs.totals.sum() == len(votes)


def test_groups_that_never_met_are_told_apart() -> None:
    met = groups(count(made([(0, 1, FIRST), (2, 3, TIE), (3, 4, SECOND)])))
    assert met[0] == met[1]
    assert met[2] == met[3] == met[4]
    assert len({int(group) for group in met}) == 3  # contender 5 met nobody


def test_who_never_lost_is_in_a_league_of_its_own() -> None:
    of = leagues(count(made([(0, 1, FIRST), (1, 2, FIRST), (2, 1, FIRST), (3, 4, TIE), (4, 5, FIRST), (5, 3, FIRST)])))
    assert of[0] != of[1] == of[2]
    assert of[3] == of[4] == of[5]


@pytest.mark.parametrize(
    "wrong",
    [[(0, 0, FIRST)], [(0, 6, FIRST)], [(-1, 1, FIRST)], [(0, 1, 3)], [(0, 1, -1)]],
)
def test_unfit_columns_are_refused(wrong: list[tuple[int, int, int]]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        made(wrong)


def test_columns_are_kept_in_few_bytes_and_what_does_not_fit_is_refused() -> None:
    first, second, none = np.array([0, 1]), np.array([1, 2]), np.array([0, 0])
    kept = Comparisons(3, first, second, none, (np.array([5, 2**31 - 1]),), np.arange(4.0).reshape(2, 2))
    assert [column.itemsize for column in (kept.first, kept.second, kept.outcome, *kept.clusters)] == [4, 4, 1, 4]
    assert kept.columns().tolist() == [[0.0, 2.0], [1.0, 3.0]]
    assert all(column.flags.c_contiguous for column in kept.columns())
    with pytest.raises(ValueError, match="out of range"):
        Comparisons(3, first, second, none, (np.array([0, 2**31]),))
    with pytest.raises(ValueError, match="out of range"):
        Comparisons(3, first, np.array([1, 2**32 + 2]), none)
    with pytest.raises(ValueError, match="at most"):
        Comparisons(MOST + 1, first, second, none)


def test_columns_of_unequal_length_are_refused() -> None:
    two, one = np.array([0, 1]), np.array([1])
    with pytest.raises(ValueError, match="length"):
        Comparisons(3, two, one, two)
    with pytest.raises(ValueError, match="covariates"):
        Comparisons(3, np.array([0]), one, one, covariates=np.zeros((2, 1)))


def test_taking_rows_takes_all_their_columns() -> None:
    votes = made([(0, 1, FIRST), (1, 2, TIE), (2, 3, SECOND)])
    whole = Comparisons(6, votes.first, votes.second, votes.outcome, (np.array([7, 8, 9]),), np.eye(3))
    some = whole.take(np.array([2, 0]))
    assert some.first.tolist() == [2, 0]
    assert some.clusters[0].tolist() == [9, 7]
    assert some.covariates is not None
    assert some.covariates.tolist() == [[0, 0, 1], [1, 0, 0]]
