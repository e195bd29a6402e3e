"""Around every request: its id, one line in the log, its place in the metrics. ASGI, so that no request needs a thread for it.

The line says the route's template and never the path or the query: those may hold tickets and the tokens of shared links.
"""

import logging
import re
from functools import lru_cache
from typing import Any

import structlog
from django.urls import Resolver404, resolve
from prometheus_client import Counter, Histogram

from arena import clock, metrics
from arena.http import drain
from arena.http.lean import SEND, Routes, header

log = structlog.get_logger("arena.access")
_logger = logging.getLogger("arena.access")
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
BATTLE = re.compile(r"/battles/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class Access:
    """Wrap an ASGI application; `lean` are its routes that Django does not know."""

    def __init__(self, app: Any, lean: Routes):
        self.app = app
        self.lean = lean

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        id, begun, status, streams = _request_id(scope), clock.monotonic(), 0, False
        battle = BATTLE.search(scope["path"])
        scope[SEND] = send
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=id, **({"battle": battle[1]} if battle else {}))

        async def sending(message: Any) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", id.encode())]
                if drain.on():
                    # Whoever keeps connections must not send the next request on one that is about to close.
                    headers = [pair for pair in headers if pair[0].lower() != b"connection"] + [(b"connection", b"close")]
                message["headers"] = headers
                streams = any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            del scope[SEND]  # the server's request holds the scope: with that in it, it would wait for the garbage collector
            self._note(scope, status, clock.monotonic() - begun, streams)

    def _note(self, scope: Any, status: int, seconds: float, streams: bool) -> None:
        """`status` is 0 when there was no reply: the reader had left, or the application failed."""
        route = scope.get("template") or self.lean.template(scope["path"]) or _django_route(scope["path"])
        method = scope["method"] if scope["method"] in METHODS else "other"
        count, duration = _measures(route, method, status)
        count.inc()
        if not streams:
            duration.observe(seconds)
        level = logging.DEBUG if route in QUIET and status == 200 else logging.INFO
        if _logger.isEnabledFor(level):  # asked first: making a line that is thrown away costs as much as all else here
            log.log(level, "request", method=method, path=route, status=status, ms=round(seconds * 1000, 1))


@lru_cache(maxsize=4096)
def _measures(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Where such a reply is counted and timed; looking that up costs more than counting."""
    return metrics.REQUESTS.labels(route, method, status), metrics.REQUEST_SECONDS.labels(route)


def _request_id(scope: Any) -> str:
    """The id that a proxy gave, if it looks like one, else a new one."""
    given = header(scope, b"x-request-id")
    return given if given and WELL_FORMED.fullmatch(given) else clock.new_id().hex


@lru_cache(maxsize=2048)
def _django_route(path: str) -> str:
    """The template of the view that answers `path`; static files and what nobody answers have one each."""
    if path.startswith(("/static/", "/_app/")):
        return "static"
    try:
        route = resolve(path).route
    except Resolver404:
        return "unknown"
    # Every page of the site is the same document.
    return "page" if route.startswith("^(?!") else f"/{route}"
