"""Reading about contenders."""

from decimal import Decimal
from typing import Any

from arena.contenders.models import Contender, State

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


def _price(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
