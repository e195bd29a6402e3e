"""Files of prompts that tests make and read."""

import io
import json
from typing import Any

from arena.prompts import formats
from arena.prompts.formats import Bounds, Line, Row

BOUNDS = Bounds(size=1024**2, rows=1000, chars=12_000)


def row(id: str, **change: Any) -> dict[str, Any]:
    return {"id": id, "text": f"What of {id}?", "category": "facts", "language": "en", **change}


def jsonl(*rows: Any) -> bytes:
    return "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in rows).encode()


def read(content: bytes, kind: str, bounds: Bounds = BOUNDS) -> list[Line]:
    return list(formats.read(io.BytesIO(content), kind, bounds))


def rows(content: bytes, kind: str) -> list[Row]:
    """The prompts of a file that has nothing wrong."""
    found = read(content, kind)
    assert not [line for line in found if line.problems], found
    return [line.row for line in found if line.row]


def problems(content: bytes, kind: str) -> list[tuple[int, str, str]]:
    return [(line.number, one.field, one.detail) for line in read(content, kind) for one in line.problems]
