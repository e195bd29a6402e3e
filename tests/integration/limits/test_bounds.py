"""How large a request may be, through the whole ASGI application, and how many readers and watchers there may be."""

import asyncio
import json
from typing import Any

import pytest
from pytest_django import Settings

from arena.asgi import application
from arena.battles.streaming import route
from arena.errors import Throttled, Unavailable
from arena.http import bounds
from tests.cast import Arena
from tests.integration.http.asgi import Reply, acting, ask, asked


def told(reply: Reply) -> tuple[int, str]:
    assert reply.headers["content-security-policy"], "refusals carry the security headers too"
    return reply.status, json.loads(reply.body)["type"]


@pytest.mark.parametrize("path", ["/api/v1/arena", "/healthz"])
def test_too_many_headers_are_refused(path: str) -> None:
    many = {f"x-{number}": "1" for number in range(bounds.MAX_HEADERS)}
    assert told(asked("GET", path, many)) == (431, "/problems/headers-too-large")


def test_a_large_header_is_refused() -> None:
    large = {"x-large": "x" * bounds.MAX_HEADER_BYTES}
    assert told(asked("GET", "/healthz", large)) == (431, "/problems/headers-too-large")


def test_a_long_address_is_refused() -> None:
    for target in ("/healthz?" + "x" * (bounds.MAX_QUERY_BYTES + 1), "/" + "é" * bounds.MAX_PATH_BYTES):
        assert told(asked("GET", target)) == (414, "/problems/query-too-long")


@pytest.mark.django_db
def test_what_is_just_small_enough_passes() -> None:
    headers = {"x-large": "x" * (bounds.MAX_HEADER_BYTES - 200)}
    assert asked("GET", "/healthz?" + "x" * bounds.MAX_QUERY_BYTES, headers).status == 200


@pytest.mark.parametrize("length", ["300000", "9" * 40])
def test_a_body_that_says_it_is_too_large_is_not_even_read(length: str) -> None:
    reply = asked("POST", "/api/v1/battles", {"content-length": length})
    assert told(reply) == (413, "/problems/too-large")
    assert reply.headers["connection"] == "close"


def test_a_body_without_end_is_not_read_to_its_end(settings: Settings) -> None:
    """Chunked: no length is declared, and the sender never stops."""
    sent, replies = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal sent
        sent += 1
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        replies.append(message)

    head = {"type": "http", "method": "POST", "scheme": "http", "http_version": "1.1", "asgi": {"version": "3.0"}, "root_path": ""}
    where = {"path": "/api/v1/battles", "raw_path": b"/api/v1/battles", "query_string": b"", "server": ("localhost", 80)}
    scope = {**head, **where, "headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked")], "client": ("127.0.0.1", 1)}

    acting(lambda: asyncio.wait_for(application(scope, receive, send), 20))
    assert replies[0]["status"] == 413
    assert json.loads(replies[1]["body"])["type"] == "/problems/too-large"
    assert sent <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 65_536 + 2


def test_one_session_reads_so_many_streams_and_a_process_serves_so_many(settings: Settings) -> None:
    settings.MAX_STREAMS_SESSION, settings.MAX_STREAMS = 2, 3
    with route._seat("one"), route._seat("one"):
        with pytest.raises(Throttled) as refused, route._seat("one"):
            pass
        assert refused.value.retry_after == 5
        with route._seat("two"), pytest.raises(Unavailable), route._seat("three"):
            pass
        with route._seat("two"):
            pass
    assert not route._readers


@pytest.mark.django_db(transaction=True)
def test_a_stream_too_many_is_refused_over_http_and_a_place_comes_free(settings: Settings) -> None:
    arena = Arena.seeded()
    ada = arena.person("ada")
    battle = ada.open()
    arena.answer(battle["id"])
    cookie = {"cookie": f"sessionid={ada.client.cookies['sessionid'].value}"}
    settings.MAX_STREAMS_SESSION = 1

    async def visit() -> tuple[Reply, Reply]:
        with route._seat(ada.client.cookies["sessionid"].value):
            refused = await ask("GET", battle["stream"]["url"], cookie)
        return refused, await ask("GET", battle["stream"]["url"], cookie)

    refused, read = acting(visit)
    assert told(refused) == (429, "/problems/throttled")
    assert refused.headers["retry-after"] == "5"
    assert (read.status, b"event: end" in read.body) == (200, True)
