"""Deleting what was said: the texts go, the facts stay."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from arena import clock
from arena.battles import panels
from arena.battles.models import RUNNING, Answer, Battle, Erasure, Report, Scan, Share, Status, Turn, VoteContext, VoteSalt, Withheld
from arena.errors import NotFound
from arena.http import idempotency
from arena.moderation import actions as moderation
from arena.users import queries as users
from arena.users.models import User

# A vote's context without what was said and done in it: the network is left.
_BLANK: Mapping[str, Any] = {"reasons": {}, "comment": "", "measures": {}}


@transaction.atomic
def erase_battle(*, battle_id: uuid.UUID, voter: User) -> None:
    """Delete the words of one battle; a running one is stopped. Again it changes nothing. Raises NotFound for a stranger's as for none.

    Of a vote cast today the network's hash stays until the day is over (`forget_networks`): the day's cap counts by it.
    """
    users.hold_present(voter)
    battle = Battle.objects.select_for_update().filter(pk=battle_id, voter__in=users.selves(voter)).first()
    if battle is None:
        raise NotFound("There is no such battle, or it is not yours.")
    _erase([battle.pk])
    VoteContext.objects.filter(vote__battle=battle).update(**_BLANK)
    idempotency.forget(users.selves(voter), about=str(battle.pk))


@transaction.atomic
def erase_battles_of(voters: Sequence[uuid.UUID]) -> None:
    """Delete the words of all battles of people who are held against others, and how they voted.

    As in `erase_battle` the networks of today's votes stay until the day is over, or whoever deletes an account would have another cap.
    """
    battles = list(Battle.objects.select_for_update().filter(voter__in=voters).order_by("pk").values_list("pk", flat=True))
    _erase(battles)
    contexts = VoteContext.objects.filter(vote__battle__in=battles)
    contexts.filter(vote__at__lt=_midnight()).delete()
    contexts.update(**_BLANK)
    idempotency.forget(voters)


@transaction.atomic
def forget_networks() -> int:
    """Delete what is left of how deleted battles were voted on, once its day is over, and what panels need no more; gives how many."""
    left = VoteContext.objects.filter(vote__battle__erasure__isnull=False, vote__at__lt=_midnight())
    return left.delete()[0] + panels.forget()


def _midnight() -> datetime:
    """When today began (UTC): earlier votes count for no cap of a day."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _erase(battles: Sequence[uuid.UUID]) -> None:
    now = clock.now()
    answers = Answer.objects.filter(turn__battle__in=battles)
    # The writer of an answer stores only while the row says `streaming`: what it still has in memory goes nowhere.
    answers.filter(status__in=RUNNING).update(status=Status.STOPPED, stop_requested=True, finished_at=now, lease_until=None)
    answers.update(text="", reasoning="", fault="", remarks=[])
    Turn.objects.filter(battle__in=battles).update(content=[], remarks=[])
    _forget_findings(battles)
    VoteSalt.objects.filter(vote__battle__in=battles).update(person=None, person_opening=None)
    Report.objects.filter(answer__turn__battle__in=battles).update(comment="")
    Share.objects.filter(battle__in=battles).delete()
    Erasure.objects.bulk_create([Erasure(battle_id=battle, at=now) for battle in battles], ignore_conflicts=True)


def _forget_findings(battles: Sequence[uuid.UUID]) -> None:
    """What was found in these texts, and what was withheld of them."""
    Withheld.objects.filter(answer__turn__battle__in=battles).delete()
    Scan.objects.filter(vote__battle__in=battles).delete()
    for kind, texts in (("prompt", Turn.objects.filter(battle__in=battles)), ("answer", Answer.objects.filter(turn__battle__in=battles))):
        moderation.forget(kind, [str(id) for id in texts.values_list("pk", flat=True)])
