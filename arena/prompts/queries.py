"""Reading prompts."""

import uuid
import zlib
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from arena import clock
from arena.errors import NotFound
from arena.prompts import budgets, formats, serving
from arena.prompts.models import Pool, PoolVersion, Prompt, VersionText
from arena.prompts.plans import Present


def suggestions(*, count: int, language: str, cohort: str = "") -> list[Prompt]:
    """Some short prompts of pools that are served now, in this language, drawn afresh each time; English when it has none; none held out."""
    chips = Prompt.objects.filter(chip=True, active=True, held_out=False, pool__in=served_pools(cohort))
    chosen = chips.filter(language=language)
    return list((chosen if chosen.exists() else chips.filter(language="en")).order_by("?")[:count])


def active_prompt(id: uuid.UUID) -> Prompt:
    """The prompt with its pool. Raises NotFound when there is none, or it or its pool is not in use."""
    found = Prompt.objects.select_related("pool").filter(serving.in_use(clock.now(), "pool__"), pk=id, active=True)
    prompt = found.first()
    if prompt is None:
        raise NotFound("That prompt is not in use any more; take another one or write your own.")
    return prompt


def served_pools(cohort: str = "", *, award: int | None = None) -> list[Pool]:
    """Pools in use now, of everybody or of this cohort, with votes left and points for one more award.

    The award is that of the settings when it is left out. Some may be out of money for new answers.
    """
    award = settings.REWARD_POINTS if award is None else award
    pools = list(Pool.objects.filter(serving.in_use(clock.now()), cohort=cohort).order_by("pk"))
    bounded = [pool.pk for pool in pools if pool.votes_budget is not None or pool.points_budget is not None]
    used = budgets.used(bounded) if bounded else {}
    return [pool for pool in pools if budgets.has_room(pool, used.get(pool.pk, budgets.Use()), under_way=0, award=award)]


def pools() -> QuerySet[Pool]:
    """All pools by title, with the number of prompts in use (`in_use`), held out of them (`held_out`) and put away (`put_away`)."""
    return Pool.objects.annotate(
        in_use=Count("prompts", filter=Q(prompts__active=True)),
        held_out=Count("prompts", filter=Q(prompts__active=True, prompts__held_out=True)),
        put_away=Count("prompts", filter=Q(prompts__active=False)),
    ).order_by("title", "pk")


def pool(slug: str) -> Pool:
    """The pool of this name. Raises NotFound."""
    return _found(Pool.objects.filter(slug=slug), slug)


def counted(slug: str) -> Pool:
    """The same, counted as in `pools`."""
    return _found(pools().filter(slug=slug), slug)


def _found(pools: QuerySet[Pool], slug: str) -> Pool:
    found = pools.first()
    if found is None:
        raise NotFound(f"There is no pool {slug!r}.")
    return found


def prompt(id: uuid.UUID) -> Prompt:
    """Any prompt with its pool, in use or not. Raises NotFound."""
    found = Prompt.objects.select_related("pool").filter(pk=id).first()
    if found is None:
        raise NotFound("There is no such prompt.")
    return found


def newest(pool: Pool) -> PoolVersion | None:
    """The pool's newest version; None before its first import."""
    return newest_of([pool]).get(pool.pk)


def newest_of(pools: Iterable[Pool]) -> dict[int, PoolVersion]:
    """The newest version of each of these pools that has one, by the pool's key."""
    found = PoolVersion.objects.filter(pool__in=pools).order_by("pool", "-number").distinct("pool")
    return {version.pool_id: version for version in found.select_related("by", "text")}


def versions(slug: str) -> QuerySet[PoolVersion]:
    """Those of a pool."""
    return PoolVersion.objects.filter(pool=pool(slug)).select_related("by", "text")


def prompts(slug: str, search: str = "") -> QuerySet[Prompt]:
    """Those of a pool that are in use, or only those in whose id or text the words stand."""
    found = Prompt.objects.filter(pool=pool(slug), active=True)
    return found.filter(Q(key__icontains=search) | Q(text__icontains=search)) if search else found


def row(prompt: Prompt) -> formats.Row:
    """The prompt as files hold it."""
    about = {name: getattr(prompt, name) for name in ("key", "text", "category", "language", "system", "parameters", "held_out", "chip")}
    return formats.Row(tags=tuple(prompt.tags), **about)


def present(pool: Pool) -> dict[str, Present]:
    """All prompts that the pool has, by id."""
    return {prompt.key: Present(row(prompt), prompt.active) for prompt in Prompt.objects.filter(pool=pool)}


def export(slug: str, kind: str, number: int | None = None) -> bytes:
    """A pool as a file of this kind: as it is now, or as a version had it. Raises NotFound, for a version whose text was erased too."""
    if number is None:
        return formats.write((one.row for one in present(pool(slug)).values() if one.active), kind)
    text = VersionText.objects.filter(version__pool=pool(slug), version__number=number).first()
    if text is None:
        raise NotFound("There is no such version of the pool, or its text was erased.")
    content = zlib.decompress(text.deflated)
    return content if kind == "jsonl" else formats.write(formats.restored(content), kind)
