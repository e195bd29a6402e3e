"""PostgreSQL for the lean routes: one small pool of asynchronous connections per event loop, no thread, no ORM."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[dict[str, Any]]
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncConnectionPool[Connection]] = WeakKeyDictionary()


def parameters() -> dict[str, Any]:
    """libpq's connection parameters of the database that Django uses (of its test database under test)."""
    of = connections["default"].settings_dict
    named = {"dbname": of["NAME"], "user": of["USER"], "password": of["PASSWORD"], "host": of["HOST"], "port": of["PORT"]}
    options = {key: value for key, value in of["OPTIONS"].items() if key != "pool"}
    return {key: value for key, value in named.items() if value} | options


@asynccontextmanager
async def connection() -> AsyncIterator[Connection]:
    """A pooled connection in autocommit mode, rows as dicts. Raises psycopg_pool.PoolTimeout when none comes free."""
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = AsyncConnectionPool(
            kwargs=parameters() | {"autocommit": True, "row_factory": dict_row},
            min_size=0,
            max_size=settings.STREAM_POOL,
            timeout=3,
            reconnect_timeout=settings.RECONNECT_SECONDS,
            open=False,
            check=AsyncConnectionPool.check_connection,
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
