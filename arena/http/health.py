"""`/healthz` (this process lives), `/readyz` (it can serve) and `/metrics`."""

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from arena import asyncdb
from arena.errors import Unavailable
from arena.http.lean import DOCUMENTED, reply

PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


async def healthz(scope: Any, receive: Any, send: Any) -> None:
    await reply(send, 200, b"ok\n", PLAIN)


async def readyz(scope: Any, receive: Any, send: Any) -> None:
    """Raises Unavailable while the database does not answer."""
    try:
        async with asyncdb.connection() as connection:
            await connection.execute("SELECT 1")
    except Exception as error:
        raise Unavailable("The database does not answer.", retry_after=2) from error
    await reply(send, 200, b"ready\n", PLAIN)


async def metrics(scope: Any, receive: Any, send: Any) -> None:
    await reply(send, 200, generate_latest(), {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


ROUTES = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


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
