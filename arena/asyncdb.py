"""PostgreSQL for the lean routes: one small pool of asynchronous connections per event loop, no thread, no ORM."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import AsyncConnection, Error
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from arena.database import RECONNECT_SECONDS, WAIT_SECONDS
from arena.database.pools import silent

Connection = AsyncConnection[dict[str, Any]]
C = TypeVar("C", bound=AsyncConnection[Any])


class AsyncPool(AsyncConnectionPool[C], Generic[C]):
    """Hands out living connections only, as `arena.database.pools` explains."""

    async def getconn(self, timeout: float | None = None) -> C:
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            taken = await super().getconn(max(0.0, until - time.monotonic()))
            try:
                if not silent(taken):
                    await self.check_connection(taken)
            except Error:
                await self.putconn(taken)
                continue
            except BaseException:
                await self.putconn(taken)
                raise
            return taken


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncPool[Connection]] = WeakKeyDictionary()


def parameters() -> dict[str, Any]:
    """libpq's connection parameters of the database that Django uses (of its test database under test)."""
    of = connections["default"].settings_dict
    named = {"dbname": of["NAME"], "user": of["USER"], "password": of["PASSWORD"], "host": of["HOST"], "port": of["PORT"]}
    options = {key: value for key, value in of["OPTIONS"].items() if key != "pool"}
    return {key: value for key, value in named.items() if value} | options


def _parameters_of_pool() -> dict[str, Any]:
    """The lean routes' statements look up rows by their keys, whoever asks: planning them anew each time takes longer than they do."""
    known = parameters()
    return known | {"options": f"-c plan_cache_mode=force_generic_plan {known.get('options', '')}".strip()}


@asynccontextmanager
async def connection() -> AsyncIterator[Connection]:
    """A pooled connection in autocommit mode, rows as dicts. Raises psycopg_pool.PoolTimeout when none comes free."""
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = AsyncPool(
            kwargs=_parameters_of_pool() | {"autocommit": True, "row_factory": dict_row},
            min_size=0,
            max_size=settings.STREAM_POOL,
            timeout=WAIT_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            open=False,
            connection_class=AsyncConnection[dict[str, Any]],
        )
        _pools[loop] = pool
        await pool.open()
    async with pool.connection() as opened:
        yield opened


def pool_stats() -> dict[str, dict[str, int]]:
    """How full the pools are: this loop's of the lean routes, and Django's of everything else (psycopg_pool's own names)."""
    stream, threads = _pools.get(asyncio.get_running_loop()), DatabaseWrapper._connection_pools.get("default")  # type: ignore[attr-defined]
    return {name: pool.get_stats() for name, pool in (("stream", stream), ("django", threads)) if pool is not None}


async def close() -> None:
    """Close this loop's pool."""
    if pool := _pools.pop(asyncio.get_running_loop(), None):
        await pool.close()
