"""Drawing a contender that is in private test into a battle. Pure."""

from collections.abc import Sequence
from math import comb
from random import Random

from arena.battles.pairing.draws import one_by_one
from arena.battles.pairing.policy import Candidate, Choice

VERSION = "private-test-1"


def trial(hidden: Sequence[int], standings: Sequence[Candidate], share: float, rng: Random, sides: int = 2) -> Choice | None:
    """The sides of a battle in which one hidden contender stands, shuffled; else None, which is so in 1 - `share` of the draws.

    Each hidden contender is as probable as any other, and so is each set of others to meet: no rule that looks at a board is asked, for
    none may depend on a contender that has no rating. None, too, without enough contenders for a battle that hides nobody: that somebody
    is hidden must not show in whether a battle can be opened. `rng` is asked for nothing while nobody is hidden.
    """
    if not hidden or len(standings) < sides or rng.random() >= share:
        return None
    one = sorted(hidden)[int(rng.random() * len(hidden))]
    others = one_by_one(sorted(candidate.contender for candidate in standings), sides - 1, rng)
    probability = share / len(hidden) / comb(len(standings), sides - 1)
    return Choice(tuple(one_by_one([one, *others], sides, rng)), probability)


def label(share: float) -> str:
    """What a battle says of the rule that drew it."""
    return f"{VERSION};share={share:g}"
