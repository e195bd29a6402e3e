"""Bounds on what a request may be, before anything reads it: one ASGI wrapper around all of the arena."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from arena.errors import ArenaError, HeadersTooLarge, InvalidInput, QueryTooLong, TooLarge
from arena.http.lean import header, reply_problem

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
MAX_QUERY_BYTES = 8 * 1024
MAX_PATH_BYTES = 2 * 1024
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
# What Django takes while DEBUG is on and nothing is allowed by name.
LOCAL = (".localhost", "127.0.0.1", "[::1]")
# What is left of a body that nobody will read is not to be mistaken for the next request.
_CLOSE = {"Connection": "close"}


def ordinary(scope: Any) -> int:
    """The most bytes that a body may have."""
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class Bounds:
    """Refuse too many or too large headers (431), too long addresses (414), bodies (413) however they are declared or chunked,
    and host names that are not ours (400). most: how many bytes the body of a request may have, told by its head."""

    def __init__(self, app: Any, most: Callable[[Any], int] = ordinary):
        self.app, self.most = app, most

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        most = self.most(scope) if scope["type"] == "http" else ordinary(scope)
        if error := excess(scope, most) or misaddressed(scope):
            await _refuse(error, scope, receive, send)
        elif scope["type"] == "websocket" or not _has_body(scope):
            await self.app(scope, receive, send)
        else:
            await _bounded(self.app, most, scope, receive, send)


def excess(scope: Any, most: int) -> ArenaError | None:
    """What is too large about a request, as far as its head tells. most: bytes of a body."""
    if len(scope["headers"]) > MAX_HEADERS or sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        return HeadersTooLarge("The request has too many headers, or too long ones.")
    if len(scope["query_string"]) > MAX_QUERY_BYTES or len(scope["path"].encode()) > MAX_PATH_BYTES:
        return QueryTooLong("The address of the request is too long.")
    length = header(scope, b"content-length") or ""
    if length.isascii() and length.isdigit() and (len(length) > 15 or int(length) > most):
        return _too_large(most)
    return None


def misaddressed(scope: Any) -> ArenaError | None:
    """What is wrong with the host name that a request asks for, as ALLOWED_HOSTS has it; the probes of an operator may use any.

    Here and not only in Django, whose own check the lean routes never meet.
    """
    if scope["type"] != "http" or scope["path"] in PROBES:
        return None
    if _known(header(scope, b"host") or "", tuple(settings.ALLOWED_HOSTS) or (LOCAL if settings.DEBUG else ())):
        return None
    return InvalidInput("This arena does not go by the host name that was asked for; nothing was changed.")


@lru_cache(maxsize=1024)
def _known(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _has_body(scope: Any) -> bool:
    """Whether a body may follow the head; without either header there is none (RFC 9112, 6.3)."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]) or scope["http_version"] != "1.1"


async def _bounded(app: Any, most: int, scope: Any, receive: Any, send: Any) -> None:
    """Count the body as it comes: one without a declared length would else fill the disk.

    At its bound the application is told that the asker has gone, so that it puts away what it holds; then we answer in its place.
    """
    size, started = 0, False

    async def receiving() -> Any:
        nonlocal size
        if size <= most:
            message = await receive()
            size += len(message.get("body", b""))
        return message if size <= most else {"type": "http.disconnect"}

    async def sending(message: Any) -> None:
        nonlocal started
        started = True
        await send(message)

    await app(scope, receiving, sending)
    if size > most and not started:
        await reply_problem(send, _too_large(most), _CLOSE)


async def _refuse(error: ArenaError, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await reply_problem(send, error, _CLOSE)
        return
    await receive()
    await send({"type": "websocket.close", "code": 1009})


def _too_large(most: int) -> TooLarge:
    size = f"{most / 1024**2:.4g} MiB" if most >= 1024**2 else f"{most / 1024:.4g} KiB"
    return TooLarge(f"The body is larger than the {size} that this address accepts; nothing was changed.")
