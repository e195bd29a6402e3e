"""Which ballots a board counts. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Labels(NamedTuple):
    """What a ballot was about, and when it was cast; an empty string where nobody knows."""

    category: str
    language: str
    pool: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """A board's choice among ballots; the default takes all.

    categories, languages, pools: a ballot's must be among them; empty for any. since, until: cast at or after, and
    before. ties, both_bad: whether a tie, and a ballot that found all sides bad, counts as a draw or not at all.
    """

    categories: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    ties: bool = True
    both_bad: bool = True

    @property
    def labelled(self) -> bool:
        """Whether it looks at labels at all."""
        return bool(self.categories or self.languages or self.pools or self.since or self.until)

    @property
    def everything(self) -> bool:
        """Whether it takes every ballot."""
        return self.ties and self.both_bad and not self.labelled

    def covers(self, labels: Labels) -> bool:
        """Whether ballots of these labels are this board's concern."""
        return not (
            (self.categories and labels.category not in self.categories)
            or (self.languages and labels.language not in self.languages)
            or (self.pools and labels.pool not in self.pools)
            or (self.since is not None and labels.at < self.since)
            or (self.until is not None and labels.at >= self.until)
        )

    def admits(self, ranks: tuple[int, ...], both_bad: bool, labels: Labels | None) -> bool:
        """Whether a rated ballot counts. `labels` may be None only where the filter looks at none."""
        if both_bad:
            if not self.both_bad:
                return False
        elif not self.ties and len(set(ranks)) == 1:
            return False
        return labels is None or self.covers(labels)
