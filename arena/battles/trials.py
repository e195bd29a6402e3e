"""Private tests: contenders that nobody knows of stand in a small share of battles, whose votes no board counts."""

from collections.abc import Sequence

from django.conf import settings

from arena import clock
from arena.battles import pairing
from arena.battles.models import Battle
from arena.battles.pairing import trials
from arena.contenders import actions as contenders
from arena.contenders.models import Contender

# Chance of its own: that of the battle gives the same pair as ever, whoever is hidden.
_OWN_CHANCE = 101


def draw(standings: Sequence[pairing.Candidate], hidden: Sequence[Contender], seed: int, sides: int) -> tuple[pairing.Choice, int] | None:
    """The sides of a battle with a contender in private test, and which one that is; None for a battle like any other.

    The test is held open until the transaction ends, so that its disclosure counts this battle or the battle does not take place.
    """
    ids = [contender.pk for contender in hidden]
    choice = trials.trial(ids, standings, settings.PRIVATE_TEST_SHARE, clock.rng(seed + _OWN_CHANCE), sides)
    if choice is None:
        return None
    (tried,) = set(choice.sides) & set(ids)
    return (choice, tried) if contenders.hold_private_test(tried) else None


def label() -> str:
    """What a battle says of the rule that drew it."""
    return trials.label(settings.PRIVATE_TEST_SHARE)


def stood_in(battle: Battle) -> bool:
    """Whether a contender in private test stood in a battle that was read whole, or was drawn for it and could not answer."""
    sides = (answer.side for turn in battle.said for answer in turn.given)
    return any(side.private_test or side.contender.hidden for side in sides)


def is_closed(battle: Battle) -> bool:
    """Whether somebody in it is hidden still: then the opening of its vote, which names everybody, is not given out."""
    return any(answer.side.contender.hidden for turn in battle.said for answer in turn.given)
