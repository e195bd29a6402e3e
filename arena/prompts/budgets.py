"""What a pool has used up of what it may, and holding it while that is looked at."""

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from arena.prompts.models import Pool, PoolUse


class Use(NamedTuple):
    """What a pool has used up since its beginning: votes that are no skips, points, and USD for its answers."""

    votes: int = 0
    points: int = 0
    cost: Decimal = Decimal(0)


def used(pools: Iterable[int]) -> Mapping[int, Use]:
    """By pool; what is not there has used nothing."""
    rows = PoolUse.objects.filter(pool__in=list(pools)).values("pool")
    totals = rows.annotate(votes_=Sum("votes"), points_=Sum("points"), cost_=Sum("cost"))
    return {row["pool"]: Use(row["votes_"], row["points_"], row["cost_"]) for row in totals}


def has_room(pool: Pool, use: Use, *, under_way: int, award: int) -> bool:
    """Whether one more battle of a pool fits its votes and points, when so many have begun that are not voted yet, and a vote earns `award`."""
    votes, points = use.votes + under_way + 1, use.points + (under_way + 1) * award
    fits_votes = pool.votes_budget is None or votes <= pool.votes_budget
    return fits_votes and (pool.points_budget is None or points <= pool.points_budget)


def may_ask(pool: Pool, use: Use) -> bool:
    """Whether its contenders may still be asked: what is being written now is not known yet, so the stop is exact up to that."""
    return pool.cost_budget is None or use.cost < pool.cost_budget


def hold(what: str, id: int | uuid.UUID) -> None:
    """Let nobody else hold the same until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{what}:{id}"])
