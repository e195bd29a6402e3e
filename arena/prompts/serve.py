"""Changing how a pool is served."""

from typing import Any

from django.db import transaction

from arena import clock
from arena.contenders.models import Contender
from arena.errors import InvalidInput, NotFound
from arena.prompts.models import Pool
from arena.prompts.serving import State


@transaction.atomic
def serve_pool(slug: str, **changes: Any) -> Pool:
    """Change how a pool is served: `state`, and the fields of `Served` by name. Raises NotFound, and InvalidInput with each wrong field."""
    pool = Pool.objects.select_for_update().filter(slug=slug).first()
    if pool is None:
        raise NotFound("There is no such pool.")
    if (state := changes.pop("state", pool.state)) != pool.state:
        pool.active, pool.archived_at = state == State.ACTIVE, clock.now() if state == State.ARCHIVED else None
    for name, value in changes.items():
        setattr(pool, name, value)
    if wrong := _faults(pool):
        raise InvalidInput("Some of the fields are not right; nothing was changed.", errors=wrong)
    pool.save()
    return pool


def _faults(pool: Pool) -> list[dict[str, str]]:
    faults = []
    if pool.opens_at and pool.closes_at and pool.opens_at >= pool.closes_at:
        faults.append({"field": "closes_at", "message": "It closes before it opens."})
    known = set(Contender.objects.filter(slug__in=pool.contenders).values_list("slug", flat=True))
    if unknown := sorted(set(pool.contenders) - known):
        faults.append({"field": "contenders", "message": f"There is no contender called {', '.join(unknown)}."})
    elif pool.contenders and len(known) < pool.sides:
        faults.append({"field": "contenders", "message": "Fewer contenders than a battle of this pool has sides."})
    return faults
