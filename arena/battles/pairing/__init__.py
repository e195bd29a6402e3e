"""Who meets whom: draws the contenders of a battle, and says exactly how probable that draw was.

The stated probability is that of the unordered set; it is stored with the battle, so that votes can be weighted by
its inverse and an outsider can audit the draw. It cannot be worked out later. Pure: chance comes in as `rng`, and the
same seed, candidates and policy give the same sides, in whatever order the candidates come. Only `rng.random()` is
called: it alone gives the same numbers for the same seed in every version of Python. (A machine that rounds sums of
weights otherwise could still draw another pair, once in some 10^13 draws.)

policy.py: what goes in and comes out. contests.py: how much a pair is worth a battle. laws.py: distributions over sets.
exposure.py: floors and caps. draws.py: the draw. trials.py: that of a contender in private test. simulation.py: how many votes a policy needs.
bound.py: how few any could need.
"""

from arena.battles.pairing.draws import choose, redraw
from arena.battles.pairing.policy import NAMES, Bounds, Candidate, Choice, NotEnoughContenders, Policy
from arena.battles.pairing.trials import trial

__all__ = ["NAMES", "Bounds", "Candidate", "Choice", "NotEnoughContenders", "Policy", "choose", "redraw", "trial"]
