"""Reading the catalogue as who runs it sees it: what is hidden from everybody else is here."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count

from arena.catalogue import health
from arena.catalogue.actions import reference_of
from arena.catalogue.health import Health
from arena.catalogue.models import CanaryRun
from arena.contenders.actions import MOVES
from arena.contenders.models import Contender, State
from arena.contenders.queries import described, line, plain_price
from arena.providers.models import Provider, Route
from arena.providers.queries import has_key
from arena.providers.registry import PRESETS

WINDOW = timedelta(hours=24)
KEYS = ("entered", "environment", "missing", "none")
RUNS_SHOWN = 10
# In the order in which an operator looks for what is in their way.
READY = ("ready", "paused", "no_route", "switched_off", "no_key", "not_drawn")


def providers() -> list[dict[str, Any]]:
    """All providers, by name."""
    return [provider(row) for row in Provider.objects.annotate(served=Count("routes")).order_by("name", "pk")]


def provider(row: Provider) -> dict[str, Any]:
    """A provider; of its key only whether there is one, and where."""
    served = getattr(row, "served", None)
    return {
        **{
            name: getattr(row, name)
            for name in ("slug", "name", "protocol", "base_url", "key_env", "flags", "max_streams", "enabled", "by_hand")
        },
        "key": key_state(row),
        "price_input": plain_price(row.price_input),
        "price_output": plain_price(row.price_output),
        "contenders": row.routes.count() if served is None else served,
    }


def key_state(row: Provider) -> str:
    """One of KEYS."""
    if row.key_sealed:
        return "entered"
    return "none" if not row.key_env else "environment" if os.environ.get(row.key_env) else "missing"


def presets() -> list[dict[str, Any]]:
    """Known providers, so that nobody has to look addresses up."""
    return [
        {"slug": slug, "protocol": one.protocol, "base_url": one.base_url, "flags": sorted(one.flags), "needs_key": bool(one.key_env)}
        for slug, one in PRESETS.items()
    ]


def contenders(window: timedelta = WINDOW) -> list[dict[str, Any]]:
    """All contenders, the hidden ones too, with how they do: the newest first."""
    figures = health.by_contender(window)
    rows = Contender.objects.select_related("route__provider").order_by("-created_at", "-pk")
    return [contender(row, figures) for row in rows]


def contender(row: Contender, figures: Mapping[int, Health]) -> dict[str, Any]:
    """A contender in the list."""
    route: Route | None = getattr(row, "route", None)
    return {
        **described(row),
        "aliases": row.aliases,
        "system_prompt": row.system_prompt,
        "provider": route.provider.slug if route else None,
        "model": route.model if route else "",
        "params": route.params if route else {},
        "ready": readiness(row, route),
        "paused_at": route and route.paused_at,
        "paused_because": route.paused_because if route else "",
        "quarantined_at": row.quarantined_at,
        "created_at": row.created_at,
        "moves": [state.value for state in MOVES[State(row.state)]],
        "health": told(figures.get(row.pk, Health())),
    }


def readiness(row: Contender, route: Route | None) -> str:
    """One of READY: whether it can be drawn now, and if not, what is in the way."""
    if route is None:
        return "no_route"
    if not (route.enabled and route.provider.enabled):
        return "switched_off"
    if not has_key(route.provider):
        return "no_key"
    if route.paused_at:
        return "paused"
    return "ready" if row.state in (State.PRIVATE_TEST, State.PRELIMINARY, State.LISTED) else "not_drawn"


def detail(row: Contender, window: timedelta = WINDOW) -> dict[str, Any]:
    """A contender with its register, its newest failures and its canary's runs."""
    runs = CanaryRun.objects.filter(contender=row).order_by("-pk").defer("rounds")[:RUNS_SHOWN]
    return {
        **contender(row, health.by_contender(window)),
        "events": [line(event) for event in row.events.order_by("-at", "-pk")],
        "faults": health.faults(row, window),
        "canary": {
            "reference_at": (kept := reference_of(row)) and kept.at,
            "runs": [{name: getattr(run, name) for name in ("at", "kind", "noise", "shift", "flagged", "fault")} for run in runs],
        },
    }


def told(one: Health) -> dict[str, Any]:
    """Figures as the API has them."""
    return {
        "answers": one.answers,
        "failed": one.failed,
        "first_token_ms": one.first_token_ms,
        "slow_token_ms": one.slow_token_ms,
        "tokens_per_second": one.rate,
        "cost_usd": f"{one.cost:.6f}",
    }
