"""What a machine without services gets: PostgreSQL, local models, a supervisor for the arena's processes.

Imports nothing of the arena and nothing of Django: the entry points call `prepare` before settings are read.
"""

import os
import sys
from collections.abc import Mapping, MutableMapping

from arena.embedded.errors import EmbeddedError

__all__ = ["EmbeddedError", "debug_is_on", "prepare"]

_OURS = "EVENHAND_EMBEDDED_URL"
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


def debug_is_on(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether `DEBUG` is on: it is in a checkout where nobody says otherwise; the Docker image says `DEBUG=0`.

    Raises EmbeddedError when the value is none of 1/true/yes/on and 0/false/no/off.
    """
    value = environ.get("DEBUG", "").strip().lower()
    if not value:
        return True
    if value not in _YES | _NO:
        raise EmbeddedError(f"DEBUG is {value!r}: set it to 1 or to 0.")
    return value in _YES


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Make sure that `environ` names a database; call it before Django's settings are read.

    With `DATABASE_URL` set this does nothing. Without, it starts the embedded PostgreSQL or joins the one
    that other processes of this checkout use, and sets `DATABASE_URL`; the server stops a moment after its
    last user has ended. Raises EmbeddedError when `DEBUG` is off or the server cannot run.
    """
    given = environ.get("DATABASE_URL", "")
    # A child inherits the address from its parent, but must itself count as a user of the server.
    if given and given != environ.get(_OURS, ""):
        return
    if not debug_is_on(environ):
        raise EmbeddedError(
            "DATABASE_URL is not set and DEBUG is off: set DATABASE_URL to a PostgreSQL 16+ address, "
            "for example postgresql://user:password@host:5432/evenhand."
        )
    from arena.embedded import paths, postgres
    from arena.embedded.cluster import Cluster

    url = postgres.attach(Cluster(paths.data_dir(environ)), progress=_tell)
    environ["DATABASE_URL"] = environ[_OURS] = url


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
