"""JSON lines: one prompt a line. It is also what a version of a pool is made of, and what a Parquet file is unpacked to."""

import json
from collections.abc import Iterable, Iterator
from typing import IO

from arena.errors import ArenaError
from arena.http import parsing
from arena.prompts.formats.reading import Bounds, Line, counted, decoded, lines
from arena.prompts.formats.row import Problem, Row, check


def read(file: IO[bytes], bounds: Bounds) -> Iterator[Line]:
    """Each line that is not empty; a line that is no JSON is one problem and does not end the file."""
    return counted((_line(number, raw, bounds) for number, raw in lines(file) if raw.strip()), bounds)


def write(rows: Iterable[Row]) -> bytes:
    return "".join(f"{row.canonical()}\n" for row in rows).encode()


def restored(content: bytes) -> list[Row]:
    """The rows that `write` was given; nothing is checked anew, so that today's bounds do not matter."""
    documents = [json.loads(line) for line in content.split(b"\n") if line]
    return [Row(key=one.pop("id"), tags=tuple(one.pop("tags", ())), **one) for one in documents]


def _line(number: int, raw: bytes, bounds: Bounds) -> Line:
    decoded(number, raw)
    try:
        value = parsing.parse(raw.rstrip(b"\r\n"))
    except ArenaError as error:
        detail = error.detail.replace("The body", "The line").replace("the body", "the line").replace(" at line 1, column", " at column")
        return Line(number, None, (Problem("", detail.replace("; nothing was changed", "")),))
    if not isinstance(value, dict):
        return Line(number, None, (Problem("", "The line is not a JSON object."),))
    found = check(value, bounds.chars)
    return Line(number, found) if isinstance(found, Row) else Line(number, None, found)
