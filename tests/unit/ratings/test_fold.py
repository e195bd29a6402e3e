"""The fold of a log into a table: the same bits for any split into batches, and nothing of what is unfit."""

import math
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.ratings.skill import (
    BadBallot,
    Ballot,
    ParameterChange,
    Parameters,
    Skill,
    Table,
    fold,
    update_pair,
)
from tests.unit.ratings.random_votes import random_ballots

BOARD = Parameters()
FRESH: Skill = (BOARD.mu0, BOARD.sigma0)


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
