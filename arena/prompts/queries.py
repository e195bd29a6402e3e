"""Reading prompts."""

import uuid

from django.conf import settings

from arena import clock
from arena.errors import NotFound
from arena.prompts import budgets, serving
from arena.prompts.models import Pool, Prompt


def suggestions(*, count: int, language: str, cohort: str = "") -> list[Prompt]:
    """Some short prompts of pools that are served now, in this language, drawn afresh each time; English when it has none."""
    chips = Prompt.objects.filter(chip=True, active=True, pool__in=served_pools(cohort))
    chosen = chips.filter(language=language)
    return list((chosen if chosen.exists() else chips.filter(language="en")).order_by("?")[:count])


def active_prompt(id: uuid.UUID) -> Prompt:
    """The prompt with its pool. Raises NotFound when there is none, or it or its pool is not in use."""
    found = Prompt.objects.select_related("pool").filter(serving.in_use(clock.now(), "pool__"), pk=id, active=True)
    prompt = found.first()
    if prompt is None:
        raise NotFound("That prompt is not in use any more; take another one or write your own.")
    return prompt


def served_pools(cohort: str = "") -> list[Pool]:
    """Pools in use now, of everybody or of this cohort, whose votes and points are not used up; some may be out of money for new answers."""
    pools = list(Pool.objects.filter(serving.in_use(clock.now()), cohort=cohort).order_by("pk"))
    bounded = [pool.pk for pool in pools if pool.votes_budget is not None or pool.points_budget is not None]
    used = budgets.used(bounded) if bounded else {}
    return [pool for pool in pools if budgets.has_room(pool, used.get(pool.pk, budgets.Use()), under_way=0, award=settings.REWARD_POINTS)]


def pool(slug: str) -> Pool:
    """Raises NotFound."""
    found = Pool.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such pool.")
    return found
