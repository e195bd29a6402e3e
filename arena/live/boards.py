"""`GET /api/v1/boards/<slug>`: the published bytes with a strong ETag, from memory; 304 without looking at anything else.

A key is looked at, and counted, where there is something to tell: what has not changed costs whoever polls nothing.
"""

from typing import Any

from arena.errors import NotFound, Unavailable
from arena.http.lean import Elsewhere, header, reply
from arena.live.broadcast import hub

PATTERN = r"/api/v1/boards/(?P<slug>[-a-zA-Z0-9_]{1,80})"


async def board(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the board's newest public state; raises NotFound, Unavailable while the boards were never read.

    Every parameter (another state, another format, one that is not known), and the whole board to who shows a key, are left to Django.
    """
    if scope["query_string"]:
        raise Elsewhere
    if not await hub().ready():
        raise Unavailable("The boards cannot be read at the moment; try again.", retry_after=2)
    state = hub().boards.get(scope["path_args"]["slug"])
    if state is None:
        raise NotFound("There is no such board.")
    etag = f'"{state.etag}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Content-Type": "application/json"}
    known = header(scope, b"if-none-match") or ""
    if known == "*" or etag in (part.strip().removeprefix("W/") for part in known.split(",")):
        await reply(send, 304, b"", headers)
        return
    if header(scope, b"authorization"):
        raise Elsewhere
    await reply(send, 200, b"" if scope["method"] == "HEAD" else state.body, headers)
