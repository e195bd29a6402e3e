"""Connections to PostgreSQL that come back by themselves: what they are asked for, the pools that step over the dead, Django's engine."""

import os
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

# How long whoever needs a connection of a pool waits for one.
WAIT_SECONDS = 3.0
# A pool waits twice as long after each failed try to connect. Having given up, it begins anew with whoever asks next: so it is back
# a moment after the database is, however long that was away. Who waited meanwhile is not served by that, so nobody waits much longer.
RECONNECT_SECONDS = 2.0
# A process that is frozen, or whose machine is gone, in the midst of a transaction keeps its locks no longer than this: the database
# ends the session. When it wakes, its next statement fails as if the database had been restarted.
IDLE_TRANSACTION_SECONDS = 5.0
# Above the former, so that waiting for the locks of the frozen ends well.
LOCK_SECONDS = 10.0
# For a database on another machine that falls silent: libpq gives up (s, s, s, tries, ms). Sockets of this machine need none but the first.
_SILENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_TAKEN = ("dbname", "user", "password", "host", "port", "options")


def settings_of(url: str, most: int) -> dict[str, Any]:
    """Django's settings of the database at `url`, with at most `most` pooled connections a process.

    What `url` says wins: of its parameters over ours, of its `options` over ours and over PGOPTIONS. Raises ImproperlyConfigured,
    without repeating the address: it may hold a password.
    """
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/evenhand.") from None
    limits = {"idle_in_transaction_session_timeout": IDLE_TRANSACTION_SECONDS, "lock_timeout": LOCK_SECONDS}
    ours = [f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items()]
    return {
        "ENGINE": "arena.database",
        "NAME": parts.get("dbname", "evenhand"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": most, "timeout": WAIT_SECONDS, "reconnect_timeout": RECONNECT_SECONDS},
            "options": " ".join(filter(None, [*ours, os.environ.get("PGOPTIONS", ""), str(parts.get("options", ""))])),
            **_SILENCE,
            **{key: value for key, value in parts.items() if key not in _TAKEN},
        },
    }
