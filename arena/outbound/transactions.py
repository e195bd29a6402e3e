"""The rule that no network call happens inside a database transaction, held at the door."""

import contextlib
from collections.abc import Iterator

from asgiref.sync import AsyncToSync, sync_to_async
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from arena.outbound.errors import InTransaction


async def refuse_inside_transaction() -> None:
    """Raise InTransaction if this context has a transaction open on any database.

    Only looks: it opens no connection and makes no thread. Django's connections belong to threads, so two are looked at: this one, and,
    under `async_to_sync`, the calling one, which is waiting to run such work for us.
    """
    found = _transaction_is_open()
    if not found and getattr(AsyncToSync.executors, "current", None) is not None:
        # A task that outlived its `async_to_sync` call finds nobody waiting: then there is no calling thread to look at.
        with contextlib.suppress(RuntimeError):
            found = await sync_to_async(_transaction_is_open)()
    if found:
        raise InTransaction("a network call inside a database transaction: move it before or after")


def _transaction_is_open() -> bool:
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
