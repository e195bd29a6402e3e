"""How often something may be done: fixed windows, counted in PostgreSQL so that every process sees the same.

A window begins with its first use and is over `seconds` later. All windows of a request are counted by one statement, or none is: what one
of them refuses costs nothing in the others. Whom a window counts is stored as a keyed hash only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from arena import clock
from arena.errors import Throttled
from arena.http.cache import hashed

HOUR = 3600
# A row that is full is left alone and not returned. Ordered, so that two requests that share windows never wait for each other in a ring.
_TAKE = """
INSERT INTO http_counter AS c (key, quota, taken, until)
SELECT key, quota, 1, %(now)s::timestamptz + seconds * interval '1 second'
FROM unnest(%(keys)s::text[], %(quotas)s::bigint[], %(seconds)s::bigint[]) AS w (key, quota, seconds)
WHERE quota > 0 ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    quota = EXCLUDED.quota,
    taken = CASE WHEN c.until <= %(now)s::timestamptz THEN 1 ELSE c.taken + 1 END,
    until = CASE WHEN c.until <= %(now)s::timestamptz THEN EXCLUDED.until ELSE c.until END
WHERE c.until <= %(now)s::timestamptz OR c.taken < EXCLUDED.quota
RETURNING c.key, c.taken, c.until
"""
_LOOK = "SELECT key, taken, until FROM http_counter WHERE key = ANY(%s) AND until > %s"


@dataclass(frozen=True, slots=True)
class Window:
    """At most `quota` times in `seconds` for one subject; `name` is shown to clients."""

    name: str
    subject: str
    quota: int
    seconds: int = HOUR

    @property
    def key(self) -> str:
        return hashed(self.subject, f"window:{self.name}", 1)


@dataclass(frozen=True, slots=True)
class State:
    """What is left of a window, and in how many whole seconds it ends."""

    window: Window
    left: int
    reset: int
    refused: bool


def take(windows: Sequence[Window]) -> list[State]:
    """Count one use of each window, or of none when one of them is full: then that one is `refused`. Exact at any concurrency."""
    if not windows:
        return []
    now = clock.now()
    keys = [window.key for window in windows]
    named: dict[str, Any] = {
        "now": now,
        "keys": keys,
        "quotas": [window.quota for window in windows],
        "seconds": [window.seconds for window in windows],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE, named)
        held = {str(key): (int(taken), until) for key, taken, until in cursor.fetchall()}
        full = len(held) < len(windows)
        if full:
            cursor.execute(_LOOK, [keys, now])
            seen = {str(key): (int(taken), until) for key, taken, until in cursor.fetchall()}
            transaction.set_rollback(True)
    if not full:
        return [_state(window, held[key], now) for window, key in zip(windows, keys, strict=True)]
    return [
        _state(window, (held[key][0] - 1, held[key][1]) if key in held else seen.get(key), now, refused=key not in held)
        for window, key in zip(windows, keys, strict=True)
    ]


def _state(window: Window, row: tuple[int, datetime] | None, now: datetime, *, refused: bool = False) -> State:
    taken, reset = (0, window.seconds) if row is None else (row[0], max(1, math.ceil((row[1] - now).total_seconds())))
    return State(window, max(0, window.quota - taken), reset, refused)


def headers(states: Sequence[State]) -> dict[str, str]:
    """`RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers has them; nothing when nothing is limited."""
    if not states:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{state.window.name}";q={state.window.quota};w={state.window.seconds}' for state in states),
        "RateLimit": ", ".join(f'"{state.window.name}";r={state.left};t={state.reset}' for state in states),
    }


def refusal(states: Sequence[State]) -> Throttled | None:
    """The error to raise when a window is full: it tells when the last of the full ones ends."""
    full = [state.reset for state in states if state.refused]
    if not full:
        return None
    wait = max(full)
    told = f"{wait} seconds" if wait < 120 else f"{math.ceil(wait / 60)} minutes"
    return Throttled(f"That is more than this arena takes at a time; nothing was changed. Try again in {told}.", retry_after=wait)
