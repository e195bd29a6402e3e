"""Security headers on every reply, the lean routes' included: one ASGI wrapper. And which replies the pages of other sites may read."""

import re
from typing import Any

from arena.http.lean import header, reply

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), browsing-topics=()"),
)


# What everybody may read, pages of other sites may read as well: never with a cookie (`*` allows none), with a key if they have one.
SHARED = re.compile(r"/api/v1/(?:boards|contenders|head-to-head|snapshots)(?:/.*)?", re.DOTALL)
SHARING = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, RateLimit, RateLimit-Policy, Retry-After"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Authorization, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
NOT_KEPT = (b"cache-control", b"no-store")


class SecurityHeaders:
    """Wrap an ASGI application; headers that a reply already carries are left as they are. No cache keeps what the API does not say it may."""

    def __init__(self, app: Any):
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        wanted: tuple[tuple[bytes, bytes], ...] = (*HEADERS, NOT_KEPT) if scope["path"].startswith("/api/") else HEADERS
        shared = SHARED.fullmatch(scope["path"])
        if shared:
            wanted = (*SHARING, *(pair for pair in wanted if pair[0] != b"cross-origin-resource-policy"))

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *[pair for pair in wanted if pair[0] not in present]]
            await send(message)

        if shared and scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method"):
            await reply(sending, 204, b"", PREFLIGHT)
        else:
            await self.app(scope, receive, sending)
