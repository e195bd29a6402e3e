"""The rule that no network call happens inside a database transaction, held at the door."""

import contextlib

from asgiref.sync import AsyncToSync, sync_to_async

from arena.outbound.errors import InTransaction
from arena.transactions import is_open as _transaction_is_open


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
