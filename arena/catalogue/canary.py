"""Is an endpoint still what it was? Fixed prompts, and how far an answer is from those of before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import fmean

# Short, of several kinds, and without one right wording: what tells models apart is how they say it.
PROMPTS = (
    "Complete this with one sentence: The old lighthouse keeper opened the door and",
    "List five words that rhyme with light, in one line.",
    "What is 17 times 23? Show the steps in at most three lines.",
    "Write a poem of two lines about rust.",
    "Explain in one sentence why the sky is blue.",
    "Translate into French and German: The bread is still warm, but nobody is at home.",
    "Name a colour, a city and a river that go well together, and say why in ten words.",
    "Write a Python function that gives the second largest number of a list.",
)
REFERENCE_ROUNDS = 3
# Far more than the prompts ask for. To compare takes quadratic time, and an endpoint may answer what it likes.
WORDS = 400

Round = Sequence[str]  # an answer to each prompt


@dataclass(frozen=True, slots=True)
class Verdict:
    """`noise`: how far the reference's own rounds are from one another; `shift`: how far the new round is from them. Both from 0 to 1."""

    noise: float
    shift: float

    def flags(self, threshold: float) -> bool:
        """Whether the new round is further away than the reference's noise explains."""
        return self.shift - self.noise > threshold


def compare(reference: Sequence[Round], now: Round) -> Verdict:
    """A new round against a reference of two rounds or more, prompt by prompt.

    Even at temperature 0 many hosts give an answer in several wordings, so the nearest of the reference's counts, and how near its own
    rounds are to one another is what to expect. Raises ValueError for rounds of different lengths.
    """
    noise, shift = [], []
    for said, *before in zip(now, *reference, strict=True):
        noise += [_nearest(one, [*before[:place], *before[place + 1 :]]) for place, one in enumerate(before)]
        shift.append(_nearest(said, before))
    return Verdict(noise=fmean(noise), shift=fmean(shift))


def distance(one: str, other: str) -> float:
    """0 for the same words in the same order, 1 for no word in common; twice the common words over all of them in between.

    Only the first WORDS are looked at.
    """
    return 1.0 - SequenceMatcher(None, one.split()[:WORDS], other.split()[:WORDS], autojunk=False).ratio()


def _nearest(one: str, others: Sequence[str]) -> float:
    return min(distance(one, other) for other in others)
