"""Replies that are made while they are sent: what is large is never whole in memory, and holds no database connection between two pieces."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from rest_framework.utils.encoders import JSONEncoder

from arena import transactions

LEAST_BYTES = 64 * 1024
M = TypeVar("M", bound=Model)


class Pieces(StreamingHttpResponse):
    """What `pieces` gives, gathered to some size. Each is made in whichever thread is free.

    So it may keep nothing that is a thread's own, as a database cursor is, from one piece to the next.
    """

    def __init__(self, pieces: Iterable[bytes], **options: Any):
        self._pieces = _gathered(pieces)
        self._whole: bytes | None = None
        super().__init__(self._pieces, **options)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await sync_to_async(_made, thread_sensitive=False)(self._pieces)) is not None:
            yield piece

    @property
    def content(self) -> bytes:  # type: ignore[override]
        """All of it at once, for who does not read it as it comes."""
        if self._whole is None:
            self._whole = b"".join(self)
        return self._whole

    @property
    def text(self) -> str:  # type: ignore[override]
        return self.content.decode()


def in_pages(rows: QuerySet[M], most: int) -> Iterator[M]:
    """Every row in its order, `most` at a time: which there are is asked once, so that no page has to look for its own."""
    keys = list(rows.prefetch_related(None).values_list("pk", flat=True))
    for begin in range(0, len(keys), most):
        yield from list(rows.filter(pk__in=keys[begin : begin + most]))


def json_object(document: Mapping[str, Any]) -> Iterator[bytes]:
    """A JSON object, a value at a time; of those that are iterators, which become lists, an item at a time."""
    for place, (name, value) in enumerate(document.items()):
        yield f"{',' if place else '{'}{json.dumps(name)}:".encode()
        if isinstance(value, Iterator):
            yield from _listed(value)
        else:
            yield _encoded(value)
    yield b"}"


def _listed(rows: Iterator[Any]) -> Iterator[bytes]:
    yield b"["
    for place, row in enumerate(rows):
        yield (b"," if place else b"") + _encoded(row)
    yield b"]"


def _encoded(value: Any) -> bytes:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":")).encode()


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= LEAST_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _made(following: Iterator[bytes]) -> bytes | None:
    """The next piece, None after the last; the connection that it took goes back to the pool."""
    try:
        return next(following, None)
    finally:
        transactions.let_go()
