"""The rules in force, as this process knows them: read again when they are SECONDS old, so that no prompt pays for a look at them.

A change holds everywhere within that time, and at once in the process that made it.
"""

import json
from typing import Any

from django.db import connection

from arena import asyncdb, clock
from arena.moderation.categories import DEFAULT, Rules
from arena.moderation.models import COLUMNS, RuleSet, rules_of

SECONDS = 5.0
_NEWEST = f"SELECT {', '.join(COLUMNS)} FROM moderation_ruleset ORDER BY version DESC LIMIT 1"
_held: tuple[Rules, float] | None = None


def rules() -> Rules:
    """The rules in force; a statement at most once in SECONDS. Not for event loops."""
    if (known := _fresh()) is not None:
        return known
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        row = cursor.fetchone()
    return _hold(dict(zip(COLUMNS, row, strict=True)) if row else None)


async def refresh() -> Rules:
    """The same, for event loops."""
    if (known := _fresh()) is not None:
        return known
    async with asyncdb.connection() as opened:
        return _hold(await (await opened.execute(_NEWEST)).fetchone())


def rules_of_row(row: RuleSet | None) -> Rules:
    """The rules of a row that was read; those of the build for none."""
    return rules_of(None if row is None else {name: getattr(row, name) for name in COLUMNS})


def held() -> Rules:
    """What this process last knew, without a look; what the build brings along before the first."""
    return _held[0] if _held is not None else DEFAULT


def is_known() -> bool:
    """Whether this process has ever looked."""
    return _held is not None


def forget() -> None:
    """Look again at the next occasion."""
    global _held
    _held = None


def _fresh() -> Rules | None:
    return _held[0] if _held is not None and clock.monotonic() - _held[1] < SECONDS else None


def _hold(row: dict[str, Any] | None) -> Rules:
    """The version says all: what has not changed stays the same object, with what was derived from it."""
    global _held
    if row is not None:
        row = {name: json.loads(value) if isinstance(value, str) and name in ("actions", "words") else value for name, value in row.items()}
    found = held() if row is not None and row["version"] == held().version else rules_of(row)
    _held = (found, clock.monotonic())
    return found
