"""Programs that watch boards with a key of their organisation's, in the header `Authorization: Bearer eh_...`."""

from typing import Any

from channels.security.websocket import AllowedHostsOriginValidator

from arena import asyncdb, clock
from arena.http.lean import header
from arena.http.session import Caller
from arena.vendors import keys


class Origins:
    """Let in pages of allowed hosts only, and whoever shows a key: no page can send that header, so none borrows somebody's."""

    def __init__(self, app: Any):
        self.app, self.checked = app, AllowedHostsOriginValidator(app)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.app if _token(scope) else self.checked)(scope, receive, send)


async def caller_of(scope: Any) -> Caller | None:
    """Who shows a key; None for who shows none. Raises KeyInvalid."""
    token = _token(scope)
    if token is None:
        return None
    async with asyncdb.connection() as connection:
        row = await (await connection.execute(keys.FIND, [keys.id_of(token)])).fetchone()
    return keys.caller_of(token, row, clock.now())


def _token(scope: Any) -> str | None:
    return keys.bearer(header(scope, b"authorization"))
