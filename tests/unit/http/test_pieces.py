"""Replies that are made while they are sent."""

import asyncio
import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from arena.http.pieces import LEAST_BYTES, Pieces, json_object


def test_an_object_is_written_value_by_value_and_reads_as_what_it_was() -> None:
    document: dict[str, Any] = {
        "profile": {"id": uuid.UUID(int=7), "at": datetime(2026, 11, 28, tzinfo=UTC), "name": 'Ünï "\n\u2028'},
        "none": iter(()),
        "rows": iter([{"a": 1}, [2], None]),
        "list": [1, 2],
    }
    pieces = list(json_object(document))
    assert len(pieces) > 8
    assert json.loads(b"".join(pieces)) == {
        "profile": {"id": str(uuid.UUID(int=7)), "at": "2026-11-28T00:00:00Z", "name": 'Ünï "\n\u2028'},
        "none": [],
        "rows": [{"a": 1}, [2], None],
        "list": [1, 2],
    }


def made(threads: set[str]) -> Iterator[bytes]:
    for number in range(3_000):
        threads.add(threading.current_thread().name)
        yield b"%06d" % number * 10


def test_pieces_are_gathered_and_made_away_from_the_event_loop() -> None:
    threads: set[str] = set()

    async def read() -> list[bytes]:
        return [piece async for piece in Pieces(made(threads), content_type="text/plain")]

    found = asyncio.run(read())
    assert [len(piece) >= LEAST_BYTES for piece in found] == [True, True, False]
    assert b"".join(found) == b"".join(made(set()))
    assert "MainThread" not in threads


def test_it_can_be_read_at_once_and_more_than_once() -> None:
    reply = Pieces(iter([b"a", b"", "ü".encode()]), content_type="text/plain")
    assert reply.streaming
    assert (reply.content, reply.content, reply.text) == ("aü".encode(), "aü".encode(), "aü")


def test_a_reader_who_leaves_has_the_rest_made_no_more() -> None:
    begun: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            begun.append(1)
            yield b"x" * LEAST_BYTES

    async def read() -> None:
        reply = Pieces(endless())
        async for _ in reply:
            break
        reply.close()

    asyncio.run(read())
    assert len(begun) == 1
