"""A board in the making: log entries in, skills and counts out. Pure; the live board and its rebuilding both go through it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from arena.ratings import skill


@dataclass(frozen=True, slots=True)
class Item:
    """One log entry as a board sees it: a rated ballot, a change of parameters, or (None) nothing that concerns it."""

    seq: int
    what: skill.Ballot | skill.ParameterChange | None
    both_bad: bool = False


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
class Folding:
    """Skills, the parameters in force and the seq reached; and how often each kind of ballot (sides, ranks, both bad) came since the start."""

    parameters: skill.Parameters = field(default_factory=skill.Parameters)
    table: skill.Table = field(default_factory=dict)
    seq: int = -1
    kinds: Counter[tuple[tuple[int, ...], tuple[int, ...], bool]] = field(default_factory=Counter)

    def take(self, items: Iterable[Item]) -> None:
        """Rate these, which come right behind those taken before; any split gives the same bits. Keeps none of them: millions may come."""
        self.parameters = skill.fold(self.table, self._noted(items), self.parameters)

    def _noted(self, items: Iterable[Item]) -> Iterator[skill.Ballot | skill.ParameterChange]:
        kinds = self.kinds
        for item in items:
            self.seq = item.seq
            if (what := item.what) is None:
                continue
            if isinstance(what, skill.Ballot):
                kinds[what.contenders, what.ranks, item.both_bad] += 1
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
