"""Files of prompts: JSON lines, CSV and Parquet, read row by row and written so that reading them again gives the same prompts."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import IO

from arena.prompts.formats import jsonl, parquet, table
from arena.prompts.formats.jsonl import restored
from arena.prompts.formats.reading import Bounds, Line, refuse_other_kinds
from arena.prompts.formats.row import Problem, Row, check

__all__ = ["KINDS", "Bounds", "Line", "Problem", "Row", "canonical", "check", "fingerprint", "read", "restored", "write"]

_READERS = {"jsonl": jsonl.read, "csv": table.read, "parquet": parquet.read}
KINDS = tuple(_READERS)


def read(file: IO[bytes], kind: str, bounds: Bounds) -> Iterator[Line]:
    """Each prompt of a file, or what is wrong with it. kind: of `KINDS`; file: at its start, able to seek.

    Raises FileRefused, also midway, for what concerns the file as a whole: encoding, kind, head, size.
    """
    refuse_other_kinds(file, kind)
    return _READERS[kind](file, bounds)


def canonical(rows: Iterable[Row]) -> bytes:
    """The one way to write prompts down: JSON lines by id, names in a fixed order, nothing that says nothing left out."""
    return jsonl.write(sorted(rows, key=lambda row: row.key))


def fingerprint(content: bytes) -> str:
    """SHA-256 of the canonical JSONL, in hex."""
    return hashlib.sha256(content).hexdigest()


def write(rows: Iterable[Row], kind: str) -> bytes:
    """The file of this kind, prompts in the order of their ids; `jsonl` is the canonical one."""
    ordered = sorted(rows, key=lambda row: row.key)
    return {"jsonl": jsonl.write, "csv": table.write, "parquet": parquet.write}[kind](ordered)
