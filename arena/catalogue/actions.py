"""Verbs of those who run the catalogue, and of what watches it for them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from arena import clock, transactions
from arena.battles import budgets
from arena.catalogue import canary, health
from arena.catalogue.models import CanaryRun
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, Event, State
from arena.errors import Conflict, NotFound
from arena.outbound import Secret
from arena.providers import actions as providers
from arena.providers import asking
from arena.providers.models import Provider, Route
from arena.providers.queries import question, sampling

WATCHED = (State.PRIVATE_TEST, State.PRELIMINARY, State.LISTED)
KEPT_DAYS = 90


@transaction.atomic
def add_contender(*, slug: str, provider: str, model: str, params: Mapping[str, Any], reason: str, **fields: Any) -> Contender:
    """A new contender as a draft, with the way to it; prices that are not given are its provider's. Raises Conflict, NotFound."""
    of = provider_of(provider)
    prices = {name: getattr(of, name) for name in ("price_input", "price_output") if fields.get(name) is None}
    contender = contenders.add(slug=slug, reason=reason, **{**fields, **prices})
    providers.reach(contender=contender, provider=of, model=model, params=params)
    return contender


@transaction.atomic
def change_contender(*, slug: str, reason: str = "", **fields: Any) -> Contender:
    """Change what is told of a contender and how it is reached. Raises Conflict for another behaviour of a public one, NotFound."""
    contender, route = contender_of(slug), {name: fields.pop(name) for name in ("provider", "model", "params") if name in fields}
    if fields:
        contender = contenders.describe(contender=contender, **fields)
    if route:
        known = Route.objects.filter(contender=contender).select_related("provider").first()
        providers.reach(
            contender=contender,
            provider=provider_of(route["provider"]) if "provider" in route or known is None else known.provider,
            model=route.get("model", known.model if known else ""),
            params=route.get("params", known.params if known else {}),
            reason=reason,
        )
    return contender


@transaction.atomic
def change_state(*, slug: str, state: State, reason: str) -> Contender:
    """See `contenders.change_state`. Raises Conflict, too, for one that cannot be reached yet, NotFound."""
    contender = contender_of(slug)
    if state != State.RETIRED and not Route.objects.filter(contender=contender).exists():
        raise Conflict("Say first how it is reached: its provider, and the name that it has there.")
    return contenders.change_state(contender=contender, state=state, reason=reason)


def pause(*, slug: str, reason: str) -> Contender:
    """Draw it for no battle until it is brought back. Again it changes nothing. Raises NotFound."""
    providers.pause(contender=contender_of(slug), reason=reason)
    return contender_of(slug)


def resume(*, slug: str, reason: str) -> Contender:
    """Draw it again. Again it changes nothing. Raises NotFound."""
    providers.resume(contender=contender_of(slug), reason=reason)
    return contender_of(slug)


@transaction.atomic
def clear(*, slug: str, reason: str, anew: bool) -> Contender:
    """Rate votes on it again; `anew`: what it says now is the reference from now on, else the old one stays. Raises NotFound."""
    contender = contender_of(slug)
    contenders.clear(contender=contender, reason=reason)
    if anew:
        CanaryRun.objects.filter(contender=contender, kind=CanaryRun.Kind.REFERENCE).update(superseded=True)
    return contender_of(slug)


def set_key(*, slug: str, key: Secret) -> Provider:
    """Keep a provider's key, encrypted; an empty one removes it. Raises NotFound."""
    return providers.set_key(provider=provider_of(slug), key=key)


def change_provider(*, slug: str, **fields: Any) -> Provider:
    """See `providers.change_provider`. Raises NotFound, too."""
    return providers.change_provider(provider=provider_of(slug), **fields)


def pause_failing() -> int:
    """Pause every contender that fails too often, tell who runs the arena, and say so in its register; gives how many."""
    return sum(_pause(contender, figures) for contender, figures in health.failing())


@transaction.atomic
def _pause(contender: Contender, figures: health.Health) -> bool:
    minutes = round(settings.PAUSE_WINDOW_SECONDS / 60)
    reason = f"{figures.failed} of {figures.answers} answers failed within {minutes} minutes"
    event = providers.pause(contender=contender, reason=reason, facts={"answers": figures.answers, "failed": figures.failed})
    return event is not None and _tell(event)


def look(contender: Contender) -> CanaryRun:
    """Put the canary's prompts to a contender and compare; the first time, keep what it says as the reference.

    What is further away than the reference's own noise explains is asked once more, and then quarantined. Outside any transaction.
    """
    reference = reference_of(contender)
    rounds, fault = _rounds(contender, 1 if reference else canary.REFERENCE_ROUNDS)
    if fault:
        kind = CanaryRun.Kind.CHECK if reference else CanaryRun.Kind.REFERENCE
        return CanaryRun.objects.create(contender=contender, kind=kind, fault=fault[:400], superseded=True)
    if reference is None:
        return CanaryRun.objects.create(contender=contender, kind=CanaryRun.Kind.REFERENCE, rounds=rounds)
    verdict = canary.compare(reference.rounds, rounds[0])
    if verdict.flags(settings.CANARY_THRESHOLD):
        again, fault = _rounds(contender, 1)
        rounds += again
        verdict = verdict if fault else canary.compare(reference.rounds, again[0])
    return _judged(contender, rounds, verdict, flagged=not fault and verdict.flags(settings.CANARY_THRESHOLD), fault=fault)


@transaction.atomic
def _judged(contender: Contender, rounds: list[list[str]], verdict: canary.Verdict, *, flagged: bool, fault: str) -> CanaryRun:
    facts = {"noise": round(verdict.noise, 3), "shift": round(verdict.shift, 3)}
    run = CanaryRun.objects.create(
        contender=contender, kind=CanaryRun.Kind.CHECK, rounds=rounds, flagged=flagged, fault=fault[:400], **facts
    )
    if flagged:
        reason = f"its answers to fixed prompts differ from the reference by {facts['shift']}, where {facts['noise']} is usual"
        if event := contenders.quarantine(contender=contender, reason=reason, facts=facts):
            _tell(event)
    return run


def reference_of(contender: Contender) -> CanaryRun | None:
    """What the contender is compared with; None before its first run."""
    kept = CanaryRun.objects.filter(contender=contender, kind=CanaryRun.Kind.REFERENCE, superseded=False)
    return kept.order_by("-pk").first()


def due_for_canary() -> list[Contender]:
    """Contenders that are drawn and were not looked at for CANARY_SECONDS; none where that is 0, or when the day's budget is spent."""
    if not settings.CANARY_SECONDS or budgets.day_is_spent():
        return []
    lately = CanaryRun.objects.filter(at__gt=clock.now() - timedelta(seconds=settings.CANARY_SECONDS)).values("contender")
    drawn = Contender.objects.filter(state__in=WATCHED, route__enabled=True, route__paused_at=None, route__provider__enabled=True)
    return list(drawn.exclude(pk__in=lately).order_by("pk"))


def forget_old_runs() -> int:
    """Delete runs of long ago, but for references; gives how many."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    return CanaryRun.objects.filter(kind=CanaryRun.Kind.CHECK, at__lt=before).delete()[0]


def _rounds(contender: Contender, count: int) -> tuple[list[list[str]], str]:
    """So many rounds of answers, or why there are none. At temperature 0, unless the provider will not hear of it."""
    params = sampling(contender.route.params)
    for chosen in (replace(params, temperature=0.0), replace(params, temperature=None)):
        questions = [question(contender, prompt, params=chosen) for _ in range(count) for prompt in canary.PROMPTS]
        transactions.let_go()  # the answers may take minutes
        replies = asking.ask_all(questions)
        for asked, reply in zip(questions, replies, strict=True):
            count_use(contender, asked, reply)
        if not all(reply.fault.startswith("refused") for reply in replies):
            break
    if fault := next((reply.fault for reply in replies if reply.fault), ""):
        return [], fault
    texts, size = [reply.text for reply in replies], len(canary.PROMPTS)
    return [texts[at : at + size] for at in range(0, len(texts), size)], ""


def count_use(contender: Contender, asked: asking.Question, reply: asking.Reply) -> None:
    """What a contender was asked outside battles is part of the arena's day; lost if the process dies before the reply has ended."""
    read, written = asking.tokens(asked, reply)
    if read or written:
        budgets.count_outside(contender, read=read, written=written)


def send_canary(contender: Contender) -> None:
    """Have a worker ask a contender the canary's prompts; one that waits to be asked is not asked twice."""
    lock = f"canary:{contender.pk}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task("arena.catalogue.tasks.ask_canary", queueing_lock=lock, lock=lock).defer(contender=contender.pk)


def _tell(event: Event) -> bool:
    """Have a worker tell who runs the arena, once this is committed."""
    app.configure_task("arena.catalogue.tasks.tell_operators").defer(event=event.pk)
    return True


def contender_of(slug: str) -> Contender:
    """Raises NotFound."""
    found = Contender.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such contender.")
    return found


def provider_of(slug: str) -> Provider:
    """Raises NotFound."""
    found = Provider.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such provider.")
    return found
