"""Sums over rows are those of a plain loop, whole or in halves, and the same bits every time."""

import numpy as np
import pytest

from arena.ratings import kernel, rows
from arena.ratings.bradley_terry import Fit, fit
from arena.ratings.comparisons import Comparisons
from arena.ratings.intervals import certainty
from arena.ratings.kinds import kinds_of
from arena.ratings.rows import Rows, at_once, halves, summed, vote_rows, weighing
from tests.unit.ratings.test_bradley_terry import world
from tests.unit.ratings.test_intervals import clustered


def some(count: int = 60) -> Rows:
    return vote_rows(world(5, count, 3, covariates=2)[1])


def test_sums_by_number_are_those_of_a_plain_loop() -> None:
    by, values, column = np.array([2, 0, 2, 1], np.int32), np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 1.0, -1.0, 0.5])
    assert summed(values, by, 4).tolist() == [2.0, 4.0, 4.0, 0.0]
    assert (weighing(values, by, 4) @ column).tolist() == [2.0, 2.0, 7.0, 0.0]


def test_the_sum_of_outer_products_is_that_of_a_plain_loop() -> None:
    of, rng = some(), np.random.default_rng(1)
    dd, dm, mm = rng.normal(size=(3, len(of)))
    directions = np.zeros((len(of), 8))
    at = np.arange(len(of))
    directions[at, of.cell // 5], directions[at, of.cell % 5] = 1.0, -1.0
    directions[:, 5:7] = of.covariates.T
    expected = np.einsum("ri,r,rj->ij", directions, dd, directions)
    margin = np.eye(8)[7]
    across = directions.T @ dm
    expected += np.outer(across, margin) + np.outer(margin, across) + mm.sum() * np.outer(margin, margin)
    assert np.abs(of.outer(dd, dm, mm) - expected).max() < 1e-12
    assert np.abs(of.outer(dd, np.empty(0), np.empty(0)) - np.einsum("ri,r,rj->ij", directions, dd, directions)[:7, :7]).max() < 1e-12


def test_halves_are_all_rows_once_and_a_small_table_is_left_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    of = some(61)
    assert halves(of) == (of,)
    monkeypatch.setattr(rows, "_ALONE", 10)
    first, last = halves(of)
    assert np.array_equal(np.concatenate([first.cell, last.cell]), of.cell)
    assert np.array_equal(np.concatenate([first.covariates, last.covariates], axis=1), of.covariates)


def test_parts_are_worked_on_at_once_and_told_in_their_order() -> None:
    assert at_once(lambda part: part * 2, [3, 1, 2]) == [6, 2, 4]
    with pytest.raises(ZeroDivisionError):
        at_once(lambda part: 1 / part, [1, 0])


@pytest.mark.parametrize("covariates", [0, 2])
def test_a_fit_and_its_intervals_are_the_same_bits_every_time(covariates: int) -> None:
    votes = world(8, 120_000, 4, covariates=covariates, effect=0.2)[1]
    ways = (np.arange(120_000) % 701, np.arange(120_000) // 3 % 997)
    votes = Comparisons(8, votes.first, votes.second, votes.outcome, ways, votes.covariates)

    def told() -> tuple[bytes, bytes, bytes]:
        found: Fit = fit(votes, ties=True)
        return found.strengths.tobytes(), found.coefficients.tobytes(), certainty(votes, found).covariance.tobytes()

    assert told() == told()


@pytest.mark.parametrize("ties", [False, True])
def test_sums_by_kind_in_many_pieces_are_those_by_row(monkeypatch: pytest.MonkeyPatch, ties: bool) -> None:
    monkeypatch.setattr(kernel, "library", lambda: None)
    votes = clustered(7)
    found = fit(votes, ties=ties)
    by_kind = certainty(votes, found).covariance
    monkeypatch.setattr("arena.ratings.kinds._CELLS", 64)
    in_pieces = certainty(votes, found).covariance
    monkeypatch.setattr("arena.ratings.intervals.kinds_of", lambda *_: None)
    by_row = certainty(votes, found).covariance
    assert np.abs(in_pieces - by_kind).max() < 1e-14
    assert np.abs(by_row - by_kind).max() < 1e-14


def test_kinds_are_told_apart_only_where_their_numbers_have_room_and_comparisons_are_many() -> None:
    votes = clustered(8)
    found = fit(votes, ties=False)
    assert kinds_of(votes, found) is not None
    wide = Comparisons(6, votes.first, votes.second, votes.outcome, (votes.clusters[0] + 2**24,))
    assert kinds_of(wide, found) is None
    assert kinds_of(votes.take(np.arange(200)), found) is None
    assert kinds_of(Comparisons(6, votes.first, votes.second, votes.outcome, covariates=np.zeros((len(votes), 1))), found) is None
