"""Reading about contenders."""

from decimal import Decimal
from typing import Any

from django.db import connection

from arena.contenders.models import Contender, Endpoint, Event, Openness, State

PUBLIC = (State.PRELIMINARY, State.LISTED, State.RETIRED)
# What the voter of a battle with a hidden contender is told in the place of its name.
HIDDEN_SLUG, HIDDEN_NAME = "private-test", "A contender in private test"
_UNKNOWN: dict[str, Any] = {
    "slug": HIDDEN_SLUG,
    "name": HIDDEN_NAME,
    "vendor": "",
    "licence": "",
    "openness": Openness.UNKNOWN.value,
    "parameters": "",
    "context": None,
    "url": "",
    "links": [],
    "endpoint": Endpoint.UNKNOWN.value,
    "price_input": None,
    "price_output": None,
    "state": State.PRIVATE_TEST.value,
    "toy": False,
}
# What stands in the place of a name that has to wait.
_LATER: dict[str, Any] = {**_UNKNOWN, "slug": "not-named-yet", "name": "Not named yet", "state": State.LISTED.value}


def describe(contender: Contender) -> dict[str, Any]:
    """What everybody may know of a contender that is revealed or on a board; of a hidden one nothing, not even after the vote."""
    return dict(_UNKNOWN) if contender.hidden else described(contender)


def unnamed() -> dict[str, Any]:
    """What is told of a contender, whichever it is, as long as its name has to wait."""
    return dict(_LATER)


def described(contender: Contender) -> dict[str, Any]:
    """The same of one that nobody is to know of yet: for operators, and for whom it belongs to."""
    return {
        "slug": contender.slug,
        "name": contender.name,
        "vendor": contender.vendor,
        "licence": contender.licence,
        "openness": contender.openness,
        "parameters": contender.parameters,
        "context": contender.context,
        "url": contender.url,
        "links": contender.links,
        "endpoint": contender.endpoint,
        "price_input": plain_price(contender.price_input),
        "price_output": plain_price(contender.price_output),
        "state": contender.state,
        "toy": contender.toy,
    }


def name_of(contender: Contender) -> dict[str, str]:
    """A contender in a line of a list."""
    told = describe(contender)
    return {"slug": told["slug"], "name": told["name"], "vendor": told["vendor"]}


def register() -> list[dict[str, Any]]:
    """The public register: what became of every contender that is or was public, oldest first; a private test is disclosed with its release."""
    events = Event.objects.filter(contender__state__in=PUBLIC).select_related("contender").order_by("at", "pk")
    return [{"slug": event.contender.slug, "name": event.contender.name, **line(event)} for event in events]


def line(event: Event) -> dict[str, Any]:
    """One line of the register."""
    return {"at": event.at.isoformat(), "kind": event.kind, "reason": event.reason, "facts": event.facts}


def mark() -> str:
    """A hash over all public contenders' rows: it changes with any of them, whoever changed it, and with nothing that is hidden."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(md5(string_agg(c::text, '|' ORDER BY c.id)), '') FROM contenders_contender c WHERE c.state = ANY(%s)",
            [list(PUBLIC)],
        )
        return str(cursor.fetchone()[0])


def plain_price(value: Decimal | None) -> str | None:
    """A price as a plain decimal string."""
    return None if value is None else f"{value.normalize():f}"
