"""The lean path: hot routes served in the ASGI application before Django's handler, without a thread hop.

A route is a pattern and a plain ASGI callable that gets the pattern's groups in `scope["path_args"]`; every one is documented in
`DOCUMENTED`, which the OpenAPI schema includes and a test compares with the routes.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from arena import errors
from arena.http import problems

Handler = Callable[[Any, Any, Any], Awaitable[None]]
DOCUMENTED: dict[str, dict[str, Any]] = {}
SEND = "arena.send"  # where `Access` leaves the server's own `send` in the scope
PLACE = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


class Elsewhere(Exception):
    """Raised by a lean route, before it answers, that leaves this request to Django after all."""


class Routes:
    """Serve a request by the first lean route that matches its path, to GET and HEAD only; else by `fallback`."""

    def __init__(self, routes: Mapping[str, Handler], fallback: Handler):
        self.routes = [(re.compile(pattern), PLACE.sub(r"<\1>", pattern), handler) for pattern, handler in routes.items()]
        self.fallback = fallback

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            for pattern, template, handler in self.routes:
                if match := pattern.fullmatch(scope["path"]):
                    scope["path_args"], scope["template"] = match.groupdict(), template
                    await self._serve(handler if scope["method"] in ("GET", "HEAD") else _refuse, scope, receive, send)
                    return
        await self.fallback(scope, receive, send)

    def template(self, path: str) -> str | None:
        """The route that answers `path`, its places named and not filled; None when it is not a lean one."""
        return next((template for pattern, template, _ in self.routes if pattern.fullmatch(path)), None)

    async def _serve(self, handler: Handler, scope: Any, receive: Any, send: Any) -> None:
        started = False

        async def sending(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await handler(scope, receive, sending)
        except Elsewhere:
            await self.fallback(scope, receive, send)
        except Exception as exc:
            error = problems.translate(exc)
            if error.status == 500:
                problems.log.error("unhandled error on a lean route", exc_info=exc)
            if started:
                raise
            await reply_problem(send, error)


def after_head(scope: Any, send: Any) -> Any:
    """How to send what follows the head of a reply: past everything around the application that looks at nothing but heads."""
    return scope.get(SEND, send)


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    await reply_problem(send, problems.MethodNotAllowed("This address can only be read."), {"Allow": "GET, HEAD"})


async def reply(send: Any, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """One whole response."""
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": [*pairs, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


async def reply_problem(send: Any, error: errors.ArenaError, more: Mapping[str, str] = MappingProxyType({})) -> None:
    content = {"Content-Type": problems.CONTENT_TYPE, "Cache-Control": "no-store", **problems.headers(error), **more}
    await reply(send, error.status, json.dumps(problems.body(error)).encode(), content)


def origin(scope: Any) -> dict[str, str]:
    """What Django's META says of where a request or a websocket comes from, for `users.queries.network_of`."""
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return {"REMOTE_ADDR": (scope.get("client") or ("",))[0], "HTTP_X_FORWARDED_FOR": forwarded.decode("latin-1")}


def header(scope: Any, name: bytes) -> str | None:
    """The value of a request header (name in lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None
