"""The whole ASGI application in this process: what a server would get from it, byte for byte."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from arena import asyncdb
from arena.asgi import application
from arena.live.broadcast import hub

SECONDS = 20
T = TypeVar("T")


@dataclass(slots=True)
class Reply:
    """One HTTP response."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def ask(method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"", *, enough: bytes | None = None) -> Reply:
    """One request of a reader who stays until the end, or leaves once these bytes have come."""
    path, _, query = target.partition("?")
    sent = {"host": "localhost", **{name.lower(): value for name, value in (headers or {}).items()}}
    if body:
        sent["content-length"] = str(len(body))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("localhost", 80),
    }
    reply, told, leaving = Reply(), False, asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal told
        if told:
            await leaving.wait()
            return {"type": "http.disconnect"}
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            reply.body += message.get("body", b"")
            if enough is not None and enough in reply.body:
                leaving.set()

    await asyncio.wait_for(application(scope, receive, send), SECONDS)
    return reply


def acting(play: Callable[[], Awaitable[T]]) -> T:
    """Run `play` in an event loop of its own, and close what the arena opened in it."""

    async def whole() -> T:
        try:
            return await play()
        finally:
            await hub().stop()
            await asyncdb.close()

    return asyncio.run(whole())


def asked(method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"", *, enough: bytes | None = None) -> Reply:
    """One request in an event loop of its own."""
    return acting(lambda: ask(method, target, headers, body, enough=enough))
