"""Everything that a board's votes say beside the live ratings, as numbers: one pure function from votes to `Analysis`.

Contenders are the numbers 0 to n - 1 of `Comparisons`; `analysis_document` makes JSON of it with their names.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from arena.ratings.bradley_terry import ELO
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons, Ints, Pairs, count, groups, leagues, parts
from arena.ratings.crosscheck import Checked, Scale, StyleControl, checked, scales, style_control
from arena.ratings.ep import settle
from arena.ratings.position import Position, position
from arena.ratings.robustness import LargestVoter, largest_voter, votes_to_change_first
from arena.ratings.skill import Parameters, Skill, Table, interval
from arena.ratings.standings import MINIMUM_VOTES

FEW = 20  # fewer voters or prompts are too few witnesses for trustworthy intervals
MOST_IN_MATRICES = 300


@dataclass(frozen=True, slots=True)
class Ballots:
    """A board's votes: comparisons with their two clusters (voter, prompt) and, where known, style covariates (else nan).

    both_bad: for each comparison, whether it is a tie because both were bad. Raises ValueError when one that is no tie is said to be.
    """

    comparisons: Comparisons
    both_bad: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if len(self.both_bad) != len(self.comparisons) or len(self.comparisons.clusters) != 2:
            raise ValueError("needs voter and prompt, and whether both were bad, of each comparison")
        if (self.comparisons.outcome[self.both_bad] != TIE).any():
            raise ValueError("both can only be bad in a tie")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the board makes of its votes: its parameters in force, and whether ties (both good, both bad) are rated as draws."""

    parameters: Parameters = field(default_factory=Parameters)
    minimum_votes: int = MINIMUM_VOTES
    ties: bool = True
    both_bad: bool = True


@dataclass(frozen=True, slots=True)
class SettledRow:
    """One contender on the settled board. rank: in its group. difference: settled less live mu, each less its group's mean."""

    contender: int
    mu: float
    sigma: float
    low: float
    high: float
    rank: int
    difference: float


@dataclass(frozen=True, slots=True)
class SettledBoard:
    rounds: int
    rows: tuple[SettledRow, ...]


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """margin: Elo points that an answer must seem ahead to win rather than tie, None without ties. freedom: of Student's t. Both of the first group."""

    margin: float | None
    freedom: float
    rows: tuple[Checked, ...]


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """Counts, shape (n, n): wins of row over column; ties and both_bad are symmetric."""

    wins: Ints
    ties: Ints
    both_bad: Ints


@dataclass(frozen=True, slots=True)
class Robustness:
    """Of the largest group: first and second on the live board, and what it would take to change the first."""

    leader: int
    runner_up: int
    votes_to_change_first: int | None
    largest_voter: LargestVoter | None


@dataclass(frozen=True, slots=True)
class Note:
    """Why something is missing or to be read with care, and whom it concerns (nobody: the whole board)."""

    code: str
    contenders: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """groups, leagues: their members, largest first, with those that have no votes alone at the end."""

    contenders: int
    voters: int
    prompts: int
    settled: SettledBoard | None
    cross_check: CrossCheck | None
    style: StyleControl | None
    head_to_head: HeadToHead | None
    position: Position
    robustness: Robustness | None
    groups: tuple[tuple[int, ...], ...]
    leagues: tuple[tuple[int, ...], ...]
    notes: tuple[Note, ...]


def analyse(ballots: Ballots, live: Table, rules: Rules) -> Analysis:
    """All views of these votes. `live`: skills on the live board by number; who is missing stands where a new contender does.

    What cannot be said is None, with a note that says why.
    """
    everything, rated = ballots.comparisons, _rated(ballots, rules)
    plain = rated.bare()
    pairs, votes = count(plain), plain.votes()
    together, apart = parts(groups(pairs)), parts(leagues(pairs))
    fits = scales(plain, pairs)
    style = style_control(rated)
    settled = _settled(pairs, together, live, rules.parameters) if len(plain) else None
    voters, prompts = (int(np.count_nonzero(np.bincount(way))) for way in everything.clusters)
    matrices = everything.contenders <= MOST_IN_MATRICES
    wanted = {"did_not_settle": settled, "style_needs_more": style, "too_many_for_matrices": matrices}
    missing = [Note(code) for code, there in wanted.items() if not there]
    few = [Note(code) for code, seen in (("few_voters", voters), ("few_prompts", prompts)) if seen < FEW]
    return Analysis(
        contenders=everything.contenders,
        voters=voters,
        prompts=prompts,
        settled=settled,
        cross_check=_cross_check(fits, votes, rules.minimum_votes),
        style=style,
        head_to_head=_head_to_head(ballots) if matrices else None,
        position=position(everything, ballots.both_bad),
        robustness=_robustness(plain, together[0], fits, live, rules) if len(plain) else None,
        groups=_numbers(together),
        leagues=_numbers(apart),
        notes=(*_notes(plain, together, fits), *(few + missing if len(plain) else ())),
    )


def _rated(ballots: Ballots, rules: Rules) -> Comparisons:
    """The comparisons that the board rates."""
    comparisons = ballots.comparisons
    tie = comparisons.outcome == TIE
    left_out = np.zeros(len(comparisons), dtype=np.bool_)
    if not rules.ties:
        left_out |= tie & ~ballots.both_bad
    if not rules.both_bad:
        left_out |= ballots.both_bad
    return comparisons.take(~left_out) if left_out.any() else comparisons


def _settled(pairs: Pairs, together: list[Ints], live: Table, parameters: Parameters) -> SettledBoard | None:
    """None where it does not come to rest: thousands of votes that all went one way, against a weak prior."""
    try:
        found = settle(pairs, parameters)
    except ArithmeticError:
        return None
    fresh: Skill = (parameters.mu0, parameters.sigma0)
    rows = []
    for members in together:
        if len(members) < 2:
            continue
        mu = found.mu[members]
        now = np.array([live.get(int(member), fresh)[0] for member in members])
        differences = (mu - mu.mean()) - (now - now.mean())
        for rank, place in enumerate(np.argsort(-mu, kind="stable"), start=1):
            sigma = float(found.sigma[members[place]])
            low, high = interval(float(mu[place]), sigma)
            rows.append(SettledRow(int(members[place]), float(mu[place]), sigma, low, high, rank, float(differences[place])))
    return SettledBoard(found.rounds, tuple(rows))


def _cross_check(fits: list[Scale], votes: Ints, minimum_votes: int) -> CrossCheck | None:
    if not fits:
        return None
    first = fits[0]
    margin = None if first.fit.margin is None else first.fit.margin * ELO
    rows = tuple(row for scale in fits for row in checked(scale, votes[scale.members], minimum_votes))
    return CrossCheck(margin, first.known.freedom, rows)


def _head_to_head(ballots: Ballots) -> HeadToHead:
    seen, n = ballots.comparisons, ballots.comparisons.contenders

    def table(rows: NDArray[np.bool_], of: Ints, against: Ints) -> Ints:
        return np.bincount(of[rows] * n + against[rows], minlength=n * n).reshape(n, n)

    tie = seen.outcome == TIE
    wins = table(seen.outcome == FIRST, seen.first, seen.second) + table(seen.outcome == SECOND, seen.second, seen.first)
    ties, both_bad = (table(rows, seen.first, seen.second) for rows in (tie & ~ballots.both_bad, ballots.both_bad))
    return HeadToHead(wins, ties + ties.T, both_bad + both_bad.T)


def _robustness(rated: Comparisons, group: Ints, fits: list[Scale], live: Table, rules: Rules) -> Robustness:
    fresh: Skill = (rules.parameters.mu0, rules.parameters.sigma0)
    # Equal skills by number, as the live board has it.
    best, second = sorted(group.tolist(), key=lambda member: -live.get(member, fresh)[0])[:2]
    needed = votes_to_change_first(live.get(best, fresh), live.get(second, fresh), rules.parameters)
    voter = None
    if fits and fits[0].members[0] in group:
        voter = largest_voter(rated, fits[0].members, fits[0].fit, rules.minimum_votes)
    return Robustness(best, second, needed, voter)


def _notes(rated: Comparisons, together: list[Ints], fits: list[Scale]) -> list[Note]:
    """What keeps contenders from one common scale."""
    if rated.contenders == 1:
        return [Note("one_contender")]
    if not len(rated):
        return [Note("no_votes")]
    placed = np.zeros(rated.contenders, dtype=np.bool_)
    for scale in fits:
        placed[scale.members] = True
    decided = np.zeros(rated.contenders, dtype=np.bool_)
    decisive = rated.outcome != TIE
    decided[rated.first[decisive]] = decided[rated.second[decisive]] = True
    met = [members for members in together if len(members) > 1]
    only_ties = [members for members in met if not decided[members].any()]
    endless = [members[~placed[members]] for members in met if decided[members].any()]
    found = {
        "unrated": [members for members in together if len(members) == 1],
        "never_met": met[1:],
        "all_ties": only_ties,
        "no_finite_maximum": endless,
    }
    concerned = {code: sorted(int(member) for members in of for member in members) for code, of in found.items()}
    return [Note(code, tuple(members)) for code, members in concerned.items() if members]


def _numbers(of: list[Ints]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(members.tolist()) for members in of)
