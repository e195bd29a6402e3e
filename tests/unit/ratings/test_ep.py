"""The settled board: no order in it, and the very fixed point that going round vote by vote reaches."""

import numpy as np
import pytest

from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Pairs, count
from arena.ratings.ep import settle
from arena.ratings.skill import Ballot, Parameters, fold, update_pair
from tests.unit.ratings.test_bradley_terry import arena_pairs, world
from tests.unit.ratings.test_comparisons import made

BOARD = Parameters()


def vote_by_vote(votes: Comparisons, parameters: Parameters, sweeps: int = 4000) -> dict[int, tuple[float, float]]:
    """Expectation propagation as the paper tells it: each vote's messages taken out, rated by the closed form, put back."""
    prior = (1 / parameters.sigma0**2, parameters.mu0 / parameters.sigma0**2)
    total = dict.fromkeys(range(votes.contenders), prior)
    said = {(row, who): (0.0, 0.0) for row in range(len(votes)) for who in (0, 1)}
    rows = list(zip(votes.first.tolist(), votes.second.tolist(), votes.outcome.tolist(), strict=True))
    for _ in range(sweeps):
        moved = 0.0
        for row, (first, second, outcome) in enumerate(rows):
            cavity = [tuple(t - s for t, s in zip(total[who], said[row, at], strict=True)) for at, who in ((0, first), (1, second))]
            skills = [(tau / pi, pi**-0.5) for pi, tau in cavity]
            ahead, behind = (skills[1], skills[0]) if outcome == SECOND else (skills[0], skills[1])
            new = update_pair(ahead, behind, parameters, draw=outcome == TIE)
            after = new[::-1] if outcome == SECOND else new
            for at, who in ((0, first), (1, second)):
                mu, sigma = after[at]
                now = (sigma**-2, mu * sigma**-2)
                moved = max(moved, abs(mu - total[who][1] / total[who][0]))
                said[row, at] = (now[0] - cavity[at][0], now[1] - cavity[at][1])
                total[who] = now
        if moved < 1e-10:
            break
    return {who: (tau / pi, pi**-0.5) for who, (pi, tau) in total.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_the_fixed_point_that_going_round_vote_by_vote_reaches(seed: int) -> None:
    votes = world(5, 60, seed)[1]
    expected = vote_by_vote(votes, BOARD)
    found = settle(count(votes), BOARD)
    for who, (mu, sigma) in expected.items():
        assert found.mu[who] == pytest.approx(mu, abs=1e-6)
        assert found.sigma[who] == pytest.approx(sigma, abs=1e-6)


def test_one_vote_is_the_live_board_s_update() -> None:
    for outcome, ranks in ((FIRST, (0, 1)), (SECOND, (1, 0)), (TIE, (0, 0))):
        table: dict[int, tuple[float, float]] = {}
        fold(table, [Ballot(0, (0, 1), ranks)], BOARD)
        found = settle(count(made([(0, 1, outcome)], 2)), BOARD)
        for who in (0, 1):
            assert (found.mu[who], found.sigma[who]) == pytest.approx(table[who], abs=1e-6)


def test_the_real_votes_settle_wherever_they_are_counted_from() -> None:
    pairs = arena_pairs()
    found = settle(pairs, Parameters(draw_probability=0.3))
    turned = np.arange(pairs.contenders)[::-1]
    again = settle(
        Pairs(pairs.contenders, turned[pairs.high], turned[pairs.low], pairs.wins_high, pairs.wins_low, pairs.ties),
        Parameters(draw_probability=0.3),
    )
    centred = found.mu - found.mu.mean()
    assert np.abs(centred - (again.mu - again.mu.mean())[::-1]).max() < 1e-6
    assert np.ptp(centred) > 10


@pytest.mark.parametrize("votes", [1, 2, 40, 1_000_000])
@pytest.mark.parametrize("contenders", [2, 3, 8])
def test_contenders_that_nothing_tells_apart_come_to_rest_as_equals(votes: int, contenders: int) -> None:
    low, high = np.triu_indices(contenders, 1)
    counts = np.full(len(low), float(votes))
    found = settle(Pairs(contenders, low, high, counts, counts, counts), BOARD)
    assert found.rounds < 200
    assert found.mu == pytest.approx(np.full(contenders, BOARD.mu0), abs=1e-6)
    assert found.sigma == pytest.approx(np.full(contenders, found.sigma[0]), rel=1e-6)


def test_contenders_that_met_nobody_stay_where_they_began() -> None:
    found = settle(count(made([(0, 1, FIRST)], 4)), BOARD)
    assert found.mu[2:].tolist() == [BOARD.mu0, BOARD.mu0]
    assert found.sigma[2:] == pytest.approx([BOARD.sigma0, BOARD.sigma0])


def test_no_votes_leave_everybody_where_they_began() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert settle(count(Comparisons(3, none, none, none)), BOARD).mu.tolist() == [BOARD.mu0] * 3


@pytest.mark.parametrize(
    ("wins", "losses", "ties"),
    [(100_000, 0, 0), (0, 0, 100_000), (100_000, 1, 0), (1, 1, 0), (0, 100_000, 3)],
)
def test_absurd_counts_come_to_rest_on_the_right_side(wins: int, losses: int, ties: int) -> None:
    one = np.array([0]), np.array([1])
    found = settle(Pairs(2, *one, *(np.array([float(number)]) for number in (wins, losses, ties))), BOARD)
    assert np.isfinite(found.mu).all()
    assert np.sign(round(found.mu[0] - found.mu[1], 6)) == np.sign(wins - losses)
    assert (found.sigma > 0).all()
    assert found.mu.mean() == pytest.approx(BOARD.mu0)
