"""What follows the head of a reply may go straight to the server; the head goes through all that looks at heads."""

from typing import Any

import pytest

from arena.http.access import Access
from arena.http.headers import SecurityHeaders
from arena.http.lean import Routes, after_head

HEAD = {"type": "http.response.start", "status": 200, "headers": []}


async def received() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


@pytest.mark.asyncio
async def test_the_head_is_completed_and_the_body_takes_the_short_way() -> None:
    sent: list[dict[str, Any]] = []
    ways: list[Any] = []

    async def server(message: dict[str, Any]) -> None:
        sent.append(message)

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send(dict(HEAD))
        ways.append(after_head(scope, send))
        await ways[0]({"type": "http.response.body", "body": b"x"})

    routes = Routes({"/x": stream}, stream)
    scope = {"type": "http", "path": "/x", "method": "GET", "headers": [], "query_string": b""}
    known = set(scope)
    await Access(SecurityHeaders(routes), routes)(scope, received, server)
    names = {name for name, _ in sent[0]["headers"]}
    assert {b"x-request-id", b"x-content-type-options"} <= names
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert ways == [server]
    assert set(scope) - known == {"path_args", "template"}, "the server keeps the scope: it must not hold what holds the server's request"


@pytest.mark.asyncio
async def test_without_a_server_of_ours_the_long_way_is_the_only_one() -> None:
    async def send(message: Any) -> None:
        raise AssertionError("nothing is sent")

    assert after_head({"type": "http"}, send) is send
