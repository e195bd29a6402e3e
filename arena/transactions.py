"""No network call happens inside a database transaction: the look that both doors take, and what a request does before one; transactions that think."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# How long a transaction that has taken its time may think between two statements.
PATIENCE = "2min"


class InTransaction(RuntimeError):
    """A database transaction is open in this context; a network call would hold its locks."""


def refuse_if_open() -> None:
    """Raise InTransaction if this thread has a transaction open on any database. Opens no connection."""
    if is_open():
        raise InTransaction("a network call inside a database transaction: move it before or after")


def let_go() -> None:
    """Give this thread's database connection back to the pool, unless a transaction is open: for a request that asks somebody outside next.

    The pool is small, and whoever is asked may take seconds. What is read afterwards gets another connection.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def take_time() -> None:
    """Let the open transaction compute between two statements for up to PATIENCE, where `database.IDLE_TRANSACTION_SECONDS` would end it.

    It holds until the transaction ends, and whoever is frozen in it keeps its locks for as long.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{PATIENCE}'")


def is_open() -> bool:
    """Whether this thread has a transaction of the code's own open."""
    if not settings.configured:
        return False
    return any(
        # A test case wraps each test in transactions of its own: those are not the code's.
        not getattr(block, "_from_testcase", False)
        for connection in _connections_here()
        for block in connection.atomic_blocks
    )


def _connections_here() -> Iterator[BaseDatabaseWrapper]:
    yield from connections.all(initialized_only=True)
    # Within a running event loop Django shows only connections made in it; those of the thread that started the loop lie below.
    thread = getattr(getattr(connections, "_connections", None), "_storage", None)
    if thread is not None:
        yield from (getattr(thread, alias) for alias in connections if hasattr(thread, alias))
