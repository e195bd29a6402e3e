"""How far several people who judged the same things agree, by chance and beyond. Pure.

Three figures, because each misleads alone. `raw` is how often two of them said the same of the same thing. `alpha` is Krippendorff's
(nominal; Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"): 1 is full agreement, 0 what chance would bring if everybody
drew from all judgements at random, below 0 worse than that; it falls when one judgement is far the most frequent, however well people
agree. `ac1` is Gwet's (2008, Br. J. Math. Stat. Psychol. 61, 29-48), whose idea of chance does not do so. Things that one person alone
has judged say nothing of agreement and are left out of all three.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """items: things judged by two or more; judgements: of those. The figures are None where they are not defined: without such things,
    and alpha also where all judgements are the same."""

    items: int
    judgements: int
    raw: float | None
    alpha: float | None
    ac1: float | None


def agreement(items: Iterable[Sequence[str]], scale: Collection[str]) -> Agreement:
    """Agreement of the judgements of each thing; `scale`: all that could be said of one, at least two words. Raises ValueError for others."""
    if len(set(scale)) < 2:
        raise ValueError("a scale has at least two words")
    counted = [Counter(item) for item in items if len(item) > 1]
    if unknown := {word for item in counted for word in item} - set(scale):
        raise ValueError(f"not on the scale: {', '.join(sorted(unknown))}")
    total = sum((item for item in counted), Counter[str]())
    if not counted:
        return Agreement(0, 0, None, None, None)
    raw = sum(_agreeing(item) / (item.total() * (item.total() - 1)) for item in counted) / len(counted)
    return Agreement(len(counted), total.total(), raw, _alpha(counted, total), _ac1(counted, set(scale), raw))


def _agreeing(counts: Counter[str]) -> int:
    """Ordered pairs of equal judgements."""
    return sum(count * (count - 1) for count in counts.values())


def _alpha(items: list[Counter[str]], total: Counter[str]) -> float | None:
    """One minus observed over expected disagreement, from the coincidences: each thing's pairs weigh 1 / (its judgements - 1)."""
    size = total.total()
    expected = size * (size - 1) - _agreeing(total)
    if not expected:
        return None
    observed = sum((item.total() * (item.total() - 1) - _agreeing(item)) / (item.total() - 1) for item in items)
    return 1 - (size - 1) * observed / expected


def _ac1(items: list[Counter[str]], scale: set[str], raw: float) -> float:
    """(raw - chance) / (1 - chance), where chance comes from each word's mean share of a thing's judgements."""
    shares = [sum(item[word] / item.total() for item in items) / len(items) for word in sorted(scale)]
    chance = sum(share * (1 - share) for share in shares) / (len(scale) - 1)
    return (raw - chance) / (1 - chance)
