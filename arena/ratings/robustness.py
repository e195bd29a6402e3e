"""How much it would take to change the first place: votes of one mind, and the one voter who weighs most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.ratings import intervals
from arena.ratings.bradley_terry import Fit, fit
from arena.ratings.comparisons import TIE, Comparisons, Floats, Ints, count, leagues, parts
from arena.ratings.skill import Ballot, Parameters, Skill, fold

MOST = 100_000
_CANDIDATES = 1_000  # voters with the most votes: nobody else can weigh most on contenders with many votes


@dataclass(frozen=True, slots=True)
class LargestVoter:
    """The voter without whom the ratings would move most.

    voter: its number among the clusters. share, votes: of all comparisons. shift_elo: the largest move of any
    contender that has enough votes, Elo points; None when without this voter nothing can be compared. changes_first:
    another contender, or none, would then be first in the cross-check.
    """

    voter: int
    share: float
    votes: int
    shift_elo: float | None
    changes_first: bool


def votes_to_change_first(leader: Skill, runner_up: Skill, parameters: Parameters) -> int | None:
    """How many votes in a row for the runner-up against the leader put it ahead on the live board, by the live fold itself.

    None when `MOST` are not enough.
    """
    table = {0: leader, 1: runner_up}
    for cast in range(MOST + 1):
        if table[1][0] > table[0][0]:
            return cast
        fold(table, [Ballot(cast, (1, 0), (0, 1))], parameters)
    return None


def largest_voter(comparisons: Comparisons, members: Ints, found: Fit, minimum_votes: int) -> LargestVoter:
    """Who weighs most in a fit of these members (ascending, one league), whose comparisons have voters as first clusters.

    Candidates are compared by one Newton step from the maximum (the scores of their votes taken out); for the first of
    them the fit is made anew without it. Only contenders with at least `minimum_votes` count, if there are any: a
    contender with three votes is moved by anybody.
    """
    counted = comparisons.votes()[members] >= minimum_votes
    if not counted.any():
        counted[:] = True
    voter = _heaviest(comparisons.among(members), found, counted)
    theirs = comparisons.clusters[0] == voter
    cast = int(np.count_nonzero(theirs))
    left, remaining = _fit_without(comparisons, members, theirs)
    shift, changes_first = None, True
    if left is not None:
        before, kept = found.elo[remaining], counted[remaining]
        if kept.any():
            moved = left.elo - before
            shift = float(np.abs(moved - moved[kept].mean())[kept].max())
            changes_first = _first(left.elo, np.flatnonzero(kept), remaining) != _first(found.elo, np.flatnonzero(counted))
    return LargestVoter(voter, cast / len(comparisons), cast, shift, changes_first)


def _heaviest(comparisons: Comparisons, found: Fit, counted: NDArray[np.bool_]) -> int:
    """The voter whose votes, taken out, would by one Newton step move some counted contender most."""
    votes = np.bincount(comparisons.clusters[0])
    candidates = np.sort(np.argsort(-votes, kind="stable")[:_CANDIDATES])
    candidates = candidates[votes[candidates] > 0]
    place = np.full(len(votes), -1)
    place[candidates] = np.arange(len(candidates))
    rows = np.flatnonzero(place[comparisons.clusters[0]] >= 0)
    theirs = comparisons.take(rows)
    scores = intervals.sums(theirs, intervals.scores(theirs, found), place[theirs.clusters[0]].astype(np.int32), len(candidates))
    step = np.concatenate(scores).T @ intervals.inverse(found)[:, np.flatnonzero(counted)]
    moved = np.abs(step - step.mean(axis=1, keepdims=True))  # a newcomer who is carried off is no move of the others
    return int(candidates[moved.max(axis=1).argmax()])


def _fit_without(comparisons: Comparisons, members: Ints, theirs: NDArray[np.bool_]) -> tuple[Fit | None, Ints]:
    """The fit of those members that can still be compared without these votes, and their places in `members`."""
    rest = comparisons.take(~theirs).among(members)
    remaining = parts(leagues(count(rest)))[0]
    among = rest.among(remaining)
    if len(remaining) < 2 or (among.outcome == TIE).all():
        return None, remaining
    return fit(among, ties=True), remaining


def _first(elo: Floats, counted: Ints, places: Sequence[int] | Ints | None = None) -> int:
    best = counted[np.argmax(elo[counted])]
    return int(best if places is None else places[best])
