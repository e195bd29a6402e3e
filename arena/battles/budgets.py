"""What answers may use up in a day: tokens and dollars, of one person and of the whole arena.

A trigger of the database counts an answer at the moment it ends, however it ends, in the transaction that says so (migration
0006_spent): nothing that was used escapes, and nothing is counted twice. What is being written is not known yet, so the stop is exact up
to the answers in flight.
"""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from arena import clock
from arena.battles.models import Spent
from arena.errors import BudgetSpent, ShareSpent
from arena.users import queries as users
from arena.users.models import User

ARENA = uuid.UUID(int=0)


class Use(NamedTuple):
    """What was used up."""

    tokens: int
    cost: Decimal


def used_today(*people: uuid.UUID) -> Use:
    """What these people have used since midnight UTC; `ARENA` stands for everybody."""
    rows = Spent.objects.filter(day=clock.now().date(), person__in=people)
    found = rows.aggregate(tokens=Sum("tokens"), cost=Sum("cost"))
    return Use(int(found["tokens"] or 0), found["cost"] or Decimal(0))


def require_budget(voter: User) -> None:
    """Raises BudgetSpent when the arena's day is used up, ShareSpent when this person's is."""
    now = clock.now()
    if _over(used_today(ARENA), settings.DAILY_TOKENS, settings.DAILY_COST_USD):
        raise BudgetSpent(
            _("This arena has spent what it may spend today. Nothing was changed; come back after midnight UTC."),
            retry_after=_rest_of_day(now),
        )
    if _over(used_today(*users.selves(voter)), settings.DAILY_TOKENS_PERSON, settings.DAILY_COST_USD_PERSON):
        raise ShareSpent(
            _("You have used your share of today. You can still vote; nothing was changed. Come back after midnight UTC."),
            retry_after=_rest_of_day(now),
        )


def forget_past_days() -> int:
    """Delete the counters of days before yesterday; gives how many."""
    return Spent.objects.filter(day__lt=clock.now().date() - timedelta(days=1)).delete()[0]


def _over(used: Use, tokens: int, cost: Decimal) -> bool:
    return (0 < tokens <= used.tokens) or (0 < cost <= used.cost)


def _rest_of_day(now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int((midnight - now).total_seconds()) + 1
