"""What a machine without services gets: PostgreSQL, local models, a supervisor for the arena's processes.

Imports nothing of the arena and nothing of Django: the entry points call `prepare` before settings are read.
"""

import os
import sys
from collections.abc import Mapping, MutableMapping

from arena.embedded.errors import EmbeddedError

__all__ = ["CHAIN", "EmbeddedError", "debug_is_on", "prepare", "prepare_chain"]

_OURS, CHAIN = "EVENHAND_EMBEDDED_URL", "EVENHAND_EMBEDDED_CHAIN"
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
    if _may_have_chain(environ):
        from arena.embedded import localchain

        if served := localchain.url(environ):
            environ["CHAIN_RPC_URL"] = served


def prepare_chain(environ: MutableMapping[str, str] = os.environ) -> None:
    """Name the development chain of this checkout in `environ`, for a process that is going to serve it; before settings are read.

    Does nothing when the operator has a chain, or `DEBUG` is off: known keys must never meet real people. When anvil is not installed it
    says so, and the arena goes without a chain.
    """
    if not _may_have_chain(environ):
        return
    from arena.embedded import localchain

    try:
        localchain.find_program()
        environ["CHAIN_RPC_URL"] = environ[CHAIN] = f"http://127.0.0.1:{localchain.choose_port(environ)}"
    except EmbeddedError as error:
        _tell(f"The arena runs without a chain. {error}")


def _may_have_chain(environ: Mapping[str, str]) -> bool:
    return debug_is_on(environ) and not environ.get("CHAIN_RPC_URL") and environ.get("CHAIN_ID", "").strip() in ("", "31337")


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
