"""`/healthz` (this process lives), `/readyz` (it can serve) and `/metrics`."""

import hmac
from functools import cache
from typing import Any

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg_pool import PoolTimeout

from arena import asyncdb, metrics
from arena.errors import NotFound, Unavailable
from arena.http import drain
from arena.http.lean import DOCUMENTED, header, reply

PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "[::1]"})
# Signs of a proxy: its own address says nothing about who asks.
FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via"})
_MISSING = "SELECT count(*) AS present FROM django_migrations WHERE (app, name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"


async def healthz(scope: Any, receive: Any, send: Any) -> None:
    await reply(send, 200, b"ok\n", PLAIN)


async def readyz(scope: Any, receive: Any, send: Any) -> None:
    """Raises Unavailable while this process drains, the database does not answer, or tables wait to be migrated."""
    if drain.on():
        raise Unavailable("This process is being stopped.", retry_after=1)
    wanted = _newest_migrations()
    try:
        async with asyncdb.connection() as connection:
            row = await (await connection.execute(_MISSING, [[app for app, _ in wanted], [name for _, name in wanted]])).fetchone()
    except psycopg.errors.UndefinedTable as error:
        raise Unavailable("The tables are not made yet.", retry_after=2) from error
    except Exception as error:
        raise Unavailable("The database does not answer.", retry_after=2) from error
    if row is None or row["present"] < len(wanted):
        raise Unavailable("The tables are older than this process: run `manage.py migrate`.", retry_after=2)
    await reply(send, 200, b"ready\n", PLAIN)


@cache
def _newest_migrations() -> list[tuple[str, str]]:
    """The last migration of each app, as this process's code has them."""
    return sorted(MigrationLoader(None).graph.leaf_nodes())


async def serve_metrics(scope: Any, receive: Any, send: Any) -> None:
    """This process's metrics, to this machine or whoever holds METRICS_TOKEN; raises NotFound for everybody else."""
    if not (_bears_token(scope) or _asks_from_here(scope)):
        raise NotFound("There is nothing at this address, or it is not yours to see.")
    await measure_database()
    for measure in metrics.measures:
        await measure()
    await reply(send, 200, generate_latest(), {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


def _bears_token(scope: Any) -> bool:
    given = (header(scope, b"authorization") or "").encode()
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, wanted)


def _asks_from_here(scope: Any) -> bool:
    """From this machine, to this machine by name (a rebound name of a web page's is not one), and for nobody else."""
    client, host = scope.get("client"), header(scope, b"host") or ""
    if settings.PROXY_DEPTH or not client or client[0] not in LOOPBACK or any(name in FORWARDED for name, _ in scope["headers"]):
        return False
    return host.rpartition(":")[0] in LOOPBACK or host in LOOPBACK


async def measure_database() -> None:
    """Read off the pools, and how far numbering and boards are behind; unknown (NaN) while the database is away."""
    for pool, stats in asyncdb.pool_stats().items():
        for state in ("pool_size", "pool_available", "requests_waiting"):
            metrics.POOL.labels(pool, state.removeprefix("pool_").removeprefix("requests_")).set(stats.get(state, 0))
    try:
        async with asyncdb.connection() as connection:
            await connection.execute("SELECT 1")
    except (psycopg.Error, PoolTimeout):
        metrics.DATABASE_UP.set(0)
    else:
        metrics.DATABASE_UP.set(1)


ROUTES = {"/healthz": healthz, "/readyz": readyz, "/metrics": serve_metrics}


def _document(summary: str, id: str) -> dict[str, Any]:
    content = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "get": {
            "operationId": id,
            "tags": ["operation"],
            "summary": summary,
            "responses": {"200": {"description": "Text", "content": content}},
        }
    }


DOCUMENTED["/healthz"] = _document("Whether this process lives", "healthz")
DOCUMENTED["/readyz"] = _document("Whether it can serve", "readyz")
DOCUMENTED["/metrics"] = _document("Prometheus metrics", "metrics")
