"""A board in the making: log entries in, skills and counts out. Pure; the live board and its rebuilding both go through it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from arena.ratings import skill
from arena.ratings.filters import Filter, Labels

ALL = Filter()


@dataclass(frozen=True, slots=True)
class Amendment:
    """A ballot of long ago was struck, or its labels were corrected: boards that cover one of these have to be folded anew."""

    labels: tuple[Labels, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One log entry as boards see it: a rated ballot, a change of one board's parameters, an amendment, or (None) nothing that concerns them.

    `labels` come with a ballot when they were asked for; `board` is whose parameters change.
    """

    seq: int
    what: skill.Ballot | skill.ParameterChange | Amendment | None
    both_bad: bool = False
    labels: Labels | None = None
    board: int | None = None


@dataclass(slots=True)
class Tally:
    """A contender's counts on a board."""

    votes: int = 0
    wins: int = 0
    losses: int = 0
    ties: int = 0
    both_bad: int = 0

    def add(self, more: "Tally") -> None:
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(more, name))


@dataclass(slots=True)
class Meetings:
    """How two contenders fared against each other; `low` is the one with the smaller id."""

    wins_low: int = 0
    wins_high: int = 0
    ties: int = 0
    both_bad: int = 0


@dataclass(slots=True)
class Folding:
    """Skills, the parameters in force and the seq reached; and how often each kind of ballot (sides, ranks, both bad) came since the start."""

    parameters: skill.Parameters = field(default_factory=skill.Parameters)
    table: skill.Table = field(default_factory=dict)
    seq: int = -1
    filter: Filter = ALL
    board: int | None = None
    kinds: Counter[tuple[tuple[int, ...], tuple[int, ...], bool]] = field(default_factory=Counter)

    def take(self, items: Iterable[Item]) -> None:
        """Rate these, which come right behind those taken before; any split gives the same bits. Keeps none of them: millions may come."""
        self.parameters = skill.fold(self.table, self.picked(items), self.parameters)

    def picked(self, items: Iterable[Item]) -> Iterator[skill.Ballot | skill.ParameterChange]:
        """Those of the items that concern this board, counted on the way."""
        kinds, admits, all_of_them = self.kinds, self.filter.admits, self.filter.everything
        for item in items:
            self.seq = item.seq
            what = item.what
            if isinstance(what, skill.Ballot):
                if all_of_them or admits(what.ranks, item.both_bad, item.labels):
                    kinds[what.contenders, what.ranks, item.both_bad] += 1
                    yield what
            elif isinstance(what, skill.ParameterChange) and item.board in (None, self.board):
                yield what

    @property
    def votes(self) -> int:
        """Ballots since the start."""
        return self.kinds.total()

    @property
    def draws(self) -> int:
        """Ballots since the start that put all sides level."""
        return sum(times for (_, ranks, _), times in self.kinds.items() if len(set(ranks)) == 1)

    def tallies(self) -> dict[int, Tally]:
        """Counts since the start, by contender."""
        found: dict[int, Tally] = {}
        for (contenders, ranks, both_bad), times in self.kinds.items():
            best, level = min(ranks), len(set(ranks)) == 1
            for contender, rank in zip(contenders, ranks, strict=True):
                counts = found.setdefault(contender, Tally())
                counts.votes += times
                counts.both_bad += both_bad * times
                counts.ties += (level and not both_bad) * times
                counts.wins += (not level and rank == best) * times
                counts.losses += (not level and rank != best) * times
        return found

    def meetings(self) -> dict[tuple[int, int], Meetings]:
        """Counts since the start by two contenders who met, the smaller id first; a ballot of more is each two of it."""
        found: dict[tuple[int, int], Meetings] = {}
        for (contenders, ranks, both_bad), times in self.kinds.items():
            for (low, rank_low), (high, rank_high) in combinations(sorted(zip(contenders, ranks, strict=True)), 2):
                counts = found.setdefault((low, high), Meetings())
                counts.wins_low += (rank_low < rank_high) * times
                counts.wins_high += (rank_high < rank_low) * times
                counts.ties += (rank_low == rank_high and not both_bad) * times
                counts.both_bad += both_bad * times
        return found


def grouped(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Of contenders who met, directly or by way of others: each one's group, named by the smallest id in it."""
    parent: dict[int, int] = {}

    def root(one: int) -> int:
        while (above := parent.setdefault(one, one)) != one:
            parent[one] = one = parent[above]
        return one

    for low, high in pairs:
        first, second = root(low), root(high)
        parent[max(first, second)] = min(first, second)
    return {one: root(one) for one in parent}
