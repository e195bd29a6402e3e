"""What may be large is sent as it is made: whole, in order, with no connection held by a reader who is slow."""

import asyncio
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arena import asyncdb, clock
from arena.battles.models import Battle
from arena.credits import dataset, queries
from tests.cast import Arena, Person
from tests.integration.credits.stage import convert, deployed, member, sealed
from tests.integration.http.asgi import acting, asked

BATTLES = 23


def cookies(who: Person) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in who.client.cookies.items())}


def played(ada: Person) -> list[str]:
    """Battles with long answers, in the order in which they were begun."""
    made = [ada.open(f"Why is {number} blue?")["id"] for number in range(BATTLES)]
    for battle in made:
        Arena.answer(battle, a="sky " * 3_000, b="sea " * 3_000)
    assert ada.vote(made[-1]).status_code == 200
    return made


def test_an_export_comes_in_pieces_and_is_one_document(transactional_db: None) -> None:
    ada = Arena.seeded().person("ada")
    made = played(ada)
    reply = asked("GET", "/api/v1/me/export", cookies(ada))
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.headers["content-disposition"].startswith("attachment; filename=")
    told = json.loads(reply.body)
    assert [battle["id"] for battle in told["battles"]] == made
    assert [line["kind"] for line in told["points"]] == ["award"]
    assert told == ada.get("me/export").json()


def test_an_export_asks_for_some_battles_at_a_time(ada: Person) -> None:
    played(ada)
    with CaptureQueriesContext(connection) as seen:
        reply = ada.get("me/export")
        before = len(seen.captured_queries)
        assert len(json.loads(reply.content)["battles"]) == BATTLES
    assert len(seen.captured_queries) - before > 8, "nothing of the battles was read before it was sent"


def test_a_reader_who_is_slow_holds_no_connection(transactional_db: None) -> None:
    ada = Arena.seeded().person("ada")
    played(ada)

    async def play() -> tuple[int, bytes]:
        reading, go_on = asyncio.Event(), asyncio.Event()
        body = b""

        async def send(message: Any) -> None:
            nonlocal body
            body += message.get("body", b"")
            if body and not reading.is_set():
                reading.set()
                await go_on.wait()

        slow = asyncio.create_task(_asked("/api/v1/me/export", cookies(ada), send))
        await reading.wait()
        stats = asyncdb.pool_stats()["django"]
        go_on.set()
        await slow
        return stats["pool_size"] - stats["pool_available"], body

    connection.close()  # this thread's own
    taken, body = acting(play)
    assert taken == 0
    assert len(json.loads(body)["battles"]) == BATTLES


async def _asked(path: str, headers: dict[str, str], send: Any) -> None:
    from arena.asgi import application

    told = False
    forever = asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal told
        if told:
            await forever.wait()
        told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())],
        "client": ("127.0.0.1", 50_000),
        "server": ("localhost", 80),
    }
    await application(scope, receive, send)


@pytest.mark.parametrize("name", [dataset.LEAVES, dataset.MANIFEST])
def test_a_file_of_an_epoch_comes_in_pieces_and_is_the_same_bytes(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, name: str, settings: Any
) -> None:
    settings.CHAIN_RPC_URL, settings.CONVERSION_MINIMUM = "http://127.0.0.1:9", 1
    deployed()
    for number in range(12):
        convert(member(f"person{number}", 10), 1)
    whole = queries.file_content(sealed().number, name)
    monkeypatch.setattr(queries, "PIECE", 100)
    reply = asked("GET", f"/api/v1/epochs/1/files/{name}")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, whole, str(len(whole)))
    assert len(whole) > 300
    mark = queries.file_mark(1, name)
    assert mark is not None
    assert (reply.headers["etag"], len(whole)) == (f'"{mark[0]}"', mark[1])
    assert "ratelimit" in reply.headers
    assert asked("GET", f"/api/v1/epochs/1/files/{name}", {"if-none-match": f'"{mark[0]}"'}).status == 304
    assert asked("GET", "/api/v1/epochs/2/files/leaves.csv").status == 404


def test_the_battles_are_counted_once_in_some_seconds(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.open()
    assert ada.get("arena").json()["battles"] == 1
    ada.open()
    with CaptureQueriesContext(connection) as seen:
        assert ada.get("arena").json()["battles"] == 1
    assert not [query for query in seen.captured_queries if 'FROM "battles_battle"' in query["sql"]]
    later = clock.monotonic() + 10
    monkeypatch.setattr(clock, "monotonic", lambda: later)
    assert ada.get("arena").json()["battles"] == Battle.objects.count() == 2
