"""`GET /api/v1/boards/<slug>`: the published bytes with a strong ETag, from memory; 304 without looking at anything else."""

from typing import Any

from arena.errors import NotFound, Unavailable
from arena.http.lean import header, reply
from arena.live.broadcast import hub

PATTERN = r"/api/v1/boards/(?P<slug>[-a-zA-Z0-9_]{1,80})"


async def board(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the board's newest public state; raises NotFound, Unavailable while the boards were never read."""
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
    await reply(send, 200, b"" if scope["method"] == "HEAD" else state.body, headers)
