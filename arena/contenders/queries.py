"""Reading about contenders."""

from decimal import Decimal
from typing import Any

from django.db import connection

from arena.contenders.models import Contender, Event, State

PUBLIC = (State.PRELIMINARY, State.LISTED, State.RETIRED)


def describe(contender: Contender) -> dict[str, Any]:
    """What everybody may know of a contender that is revealed or on a board."""
    return {
        "slug": contender.slug,
        "name": contender.name,
        "vendor": contender.vendor,
        "licence": contender.licence,
        "openness": contender.openness,
        "parameters": contender.parameters,
        "url": contender.url,
        "price_input": _price(contender.price_input),
        "price_output": _price(contender.price_output),
        "state": contender.state,
        "toy": contender.toy,
    }


def register() -> list[dict[str, Any]]:
    """The public register: what became of every contender that is or was public, oldest first; a private test is disclosed with its release."""
    events = Event.objects.filter(contender__state__in=PUBLIC).select_related("contender").order_by("at", "pk")
    return [
        {"at": event.at.isoformat(), "kind": event.kind, "slug": event.contender.slug, "name": event.contender.name, "reason": event.reason}
        for event in events
    ]


def mark() -> str:
    """A hash over all contenders' rows: it changes with any of them, whoever changed it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(md5(string_agg(c::text, '|' ORDER BY c.id)), '') FROM contenders_contender c")
        return str(cursor.fetchone()[0])


def _price(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
