"""Giving somebody a prompt: a pool by its weight, and of that pool the prompt that needs a judgement most."""

import uuid
from collections.abc import Sequence
from random import Random
from typing import Any

from django.db import connection

from arena import clock
from arena.battles import panels
from arena.battles.queries import reward_policy
from arena.errors import NotFound
from arena.prompts import budgets
from arena.prompts import queries as prompts
from arena.prompts.models import Pool, Prompt
from arena.users.models import User

LOOKED_AT, COUNTED = 64, 1000
# Of some prompts of a pool, the one that this person has not had, and that fewest battles were about.
_NEEDED = """
SELECT c.id FROM (SELECT p.id FROM prompts_prompt p WHERE p.pool_id = %(pool)s AND p.active AND (%(language)s = '' OR p.language = %(language)s)
                  ORDER BY random() LIMIT %(looked_at)s) c
ORDER BY EXISTS (SELECT FROM battles_battle b WHERE b.prompt_id = c.id AND b.voter_id = ANY(%(selves)s)),
         (SELECT count(*) FROM (SELECT FROM battles_battle b WHERE b.prompt_id = c.id LIMIT %(counted)s) counted),
         random()
LIMIT 1
"""


def draw_prompt(*, voter: User | None, network: str = "", language: str = "", cohort: str = "") -> Prompt:
    """A prompt for this person: nothing is stored, and nothing promised, until they open a battle on it.

    Answers that wait for another voter come first: they are there already. `network` (its lasting hash) has sat at panels where nobody
    else of it sits. In the language if there are any, else in English, else in whatever there is. Raises NotFound when no pool of this cohort has a prompt to give.
    """
    newcomer = panels.Newcomer.of(voter, network)
    pools = [pool for pool in prompts.served_pools(cohort, award=reward_policy().points) if pool.weight]
    used = budgets.used([pool.pk for pool in pools if pool.cost_budget is not None])
    rng = clock.rng(clock.new_seed())
    while pools:
        pool = _by_weight(pools, rng)
        pools.remove(pool)
        if found := _prompt_of(pool, newcomer, language, rng, may_ask=budgets.may_ask(pool, used.get(pool.pk, budgets.Use()))):
            return Prompt.objects.select_related("pool").get(pk=found)
    raise NotFound("There is no prompt to give away now. Write your own, or come back later.")


def _by_weight(pools: Sequence[Pool], rng: Random) -> Pool:
    left = rng.random() * sum(pool.weight for pool in pools)
    for pool in pools:
        left -= pool.weight
        if left < 0:
            return pool
    return pools[-1]


def _prompt_of(pool: Pool, newcomer: panels.Newcomer, language: str, rng: Random, *, may_ask: bool) -> uuid.UUID | None:
    for spoken in dict.fromkeys((language, "en", "")):
        if pool.shared_answers and (waiting := panels.prompts_for(newcomer, pool, spoken)):
            return waiting[int(rng.random() * len(waiting))]
        if may_ask and (needed := _needed(pool, newcomer.selves, spoken)):
            return needed
    return None


def _needed(pool: Pool, selves: Sequence[uuid.UUID], language: str) -> uuid.UUID | None:
    named: dict[str, Any] = {"pool": pool.pk, "language": language, "selves": list(selves), "looked_at": LOOKED_AT, "counted": COUNTED}
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED, named)
        row: tuple[uuid.UUID] | None = cursor.fetchone()
    return row[0] if row else None
