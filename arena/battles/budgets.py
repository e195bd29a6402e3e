"""What answers may use up in a day: tokens and dollars, of one person and of the whole arena; and what a pool may use up in all.

A trigger of the database counts an answer at the moment it ends, however it ends, in the transaction that says so (migration
0006_spent): nothing that was used escapes, and nothing is counted twice. What is being written is not known yet, so the stop is exact up
to the answers in flight. What a contender is asked outside battles (`count_outside`) is the arena's alone.
"""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from arena import clock
from arena.battles import queries
from arena.battles.models import Spent
from arena.contenders.models import Contender
from arena.errors import BudgetSpent, PoolSpent, ShareSpent
from arena.prompts import budgets as pools
from arena.prompts.models import Pool, Prompt
from arena.users import queries as users
from arena.users.models import User

ARENA = uuid.UUID(int=0)
OUTSIDE = 8  # the slot of what is asked outside battles; the trigger's are 0 to 7
CLOCKS_DIFFER = 60  # seconds, at most, between two machines


class Use(NamedTuple):
    """What was used up."""

    tokens: int
    cost: Decimal


def used_today(*people: uuid.UUID) -> Use:
    """What these people have used since midnight UTC; `ARENA` stands for everybody."""
    rows = Spent.objects.filter(day=clock.now().date(), person__in=people)
    found = rows.aggregate(tokens=Sum("tokens"), cost=Sum("cost"))
    return Use(int(found["tokens"] or 0), found["cost"] or Decimal(0))


def require_budget(voter: User, prompt: Prompt | None = None) -> None:
    """Raises BudgetSpent when the arena's day is used up, ShareSpent when this person's is, PoolSpent when the money of the prompt's pool is."""
    if prompt and prompt.pool.cost_budget is not None and not pools.may_ask(prompt.pool, _used(prompt.pool)):
        raise PoolSpent("This set of prompts has no money left for new answers; nothing was changed. Take another prompt.")
    require_day()
    if _over(used_today(*users.selves(voter)), settings.DAILY_TOKENS_PERSON, settings.DAILY_COST_USD_PERSON):
        raise ShareSpent(
            "You have used your share of today. You can still vote; nothing was changed. Come back after midnight UTC.",
            retry_after=_rest_of_day(clock.now()),
        )


def day_is_spent() -> bool:
    """Whether the arena has used up what it may use today."""
    return _over(used_today(ARENA), settings.DAILY_TOKENS, settings.DAILY_COST_USD)


def require_day() -> None:
    """Raises BudgetSpent when the arena's day is used up."""
    if day_is_spent():
        raise BudgetSpent(
            "This arena has spent what it may spend today. Nothing was changed; come back after midnight UTC.",
            retry_after=_rest_of_day(clock.now()),
        )


_COUNT = """
INSERT INTO battles_spent AS x (day, person, slot, tokens, cost) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (day, person, slot) DO UPDATE SET tokens = x.tokens + EXCLUDED.tokens, cost = x.cost + EXCLUDED.cost
"""


def count_outside(contender: Contender, *, read: int, written: int) -> None:
    """Count tokens that a contender read and wrote outside battles (a try, a canary) towards the arena's day."""
    cost = (read * (contender.price_input or Decimal(0)) + written * (contender.price_output or Decimal(0))) / 1_000_000
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [clock.now().date(), ARENA, OUTSIDE, read + written, cost])


def require_room(pool: Pool) -> None:
    """Raises PoolSpent when no more battle of a pool fits its votes and points; holds a pool that has such a budget.

    What has begun and may still be voted on counts as if it were, for SEAT_SECONDS: so no crowd at the door overruns the budget.
    """
    if pool.votes_budget is None and pool.points_budget is None:
        return
    pools.hold("pool", pool.pk)
    if not pools.has_room(pool, _used(pool), under_way=_under_way(pool), award=queries.reward_policy().points):
        raise PoolSpent("This set of prompts has all the votes that it needs; nothing was changed. Take another prompt.")


def _used(pool: Pool) -> pools.Use:
    return pools.used([pool.pk]).get(pool.pk, pools.Use())


# Ids ascend with the clock: the primary key alone leads to the battles of the last while.
_UNDER_WAY = """
SELECT count(*) FROM battles_battle b JOIN prompts_prompt p ON p.id = b.prompt_id
WHERE b.id > %s AND b.created_at > %s AND p.pool_id = %s
  AND NOT EXISTS (SELECT FROM battles_vote v WHERE v.battle_id = b.id) AND NOT EXISTS (SELECT FROM battles_erasure e WHERE e.battle_id = b.id)
"""


def _under_way(pool: Pool) -> int:
    """Battles of a pool that have begun within SEAT_SECONDS, are not voted, and still may be."""
    since = clock.now() - timedelta(seconds=settings.SEAT_SECONDS)
    earliest = uuid.UUID(int=(int(since.timestamp() - CLOCKS_DIFFER) * 1000) << 80)
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, [earliest, since, pool.pk])
        return int(cursor.fetchone()[0])


def forget_past_days() -> int:
    """Delete the counters of days before yesterday; gives how many."""
    return Spent.objects.filter(day__lt=clock.now().date() - timedelta(days=1)).delete()[0]


def _over(used: Use, tokens: int, cost: Decimal) -> bool:
    return (0 < tokens <= used.tokens) or (0 < cost <= used.cost)


def _rest_of_day(now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int((midnight - now).total_seconds()) + 1
