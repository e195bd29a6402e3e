"""Parquet. Reading unpacks: a small file can become any size, and a broken one may end the process that reads it. So a child process
with bounds on memory and time reads it, and hands over JSON lines."""

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import arro3.core as arrow
import arro3.io

from arena.errors import FileRefused
from arena.prompts.formats import jsonl
from arena.prompts.formats.reading import Bounds, Line
from arena.prompts.formats.row import FIELDS, REQUIRED, Row
from arena.prompts.formats.unpacking import TOO_LARGE, UNREADABLE

SECONDS, MEMORY = 60, 1024**3
_UNPACKER = Path(__file__).with_name("unpacking.py")


def read(file: IO[bytes], bounds: Bounds) -> Iterator[Line]:
    """Each row; `tags` may be a list or a text with semicolons, `parameters` a struct or a text that holds JSON."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as unpacked:
        while chunk := file.read(1 << 20):
            source.write(chunk)
        source.seek(0)
        _unpack(source, unpacked, bounds)
        unpacked.seek(0)
        _check_head(json.loads(unpacked.readline()))
        yield from jsonl.read(unpacked, bounds)


def _unpack(source: IO[bytes], unpacked: IO[bytes], bounds: Bounds) -> None:
    try:
        child = subprocess.run(
            [sys.executable, "-P", str(_UNPACKER), str(bounds.size), str(bounds.rows), str(MEMORY)],
            stdin=source,
            stdout=unpacked,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise FileRefused(f"The file could not be unpacked within {SECONDS} seconds; nothing was changed.") from None
    if child.returncode == TOO_LARGE:
        most = f"{bounds.size // 1024**2:,} MiB or {bounds.rows:,} prompts"
        raise FileRefused(f"Unpacked, the file is larger than {most}. Split it; nothing was changed.")
    if child.returncode == UNREADABLE:
        raise FileRefused("The file is not a Parquet file that can be read: it is broken or incomplete. Nothing was changed.")
    if child.returncode:
        raise FileRefused("The file could not be unpacked with the memory and the time that one file gets; nothing was changed.")


def _check_head(names: list[str]) -> None:
    unknown, missing = [name for name in names if name not in FIELDS], [name for name in REQUIRED if name not in names]
    if missing:
        raise FileRefused(f"The file has no column {', '.join(missing)}; nothing was changed.")
    if unknown:
        told = ", ".join(repr(name[:40]) for name in unknown[:5])
        raise FileRefused(f"No field is called {told}; known are {', '.join(FIELDS)}. Nothing was changed.")


def write(rows: Sequence[Row]) -> bytes:
    """One column a field, compressed; `tags` a list of texts, `parameters` a text that holds JSON."""
    text, boolean, whole = arrow.DataType.string(), arrow.DataType.bool(), arrow.DataType.int32()
    starts = [0]
    for row in rows:
        starts.append(starts[-1] + len(row.tags))
    tags = arrow.list_array(arrow.Array(starts, whole), arrow.Array([tag for row in rows for tag in row.tags], text))
    parameters = [json.dumps(dict(row.parameters), sort_keys=True) if row.parameters else "" for row in rows]
    columns: dict[str, Any] = {
        "id": arrow.Array([row.key for row in rows], text),
        **{name: arrow.Array([getattr(row, name) for row in rows], text) for name in ("text", "category", "language")},
        "tags": tags,
        "system": arrow.Array([row.system for row in rows], text),
        "parameters": arrow.Array(parameters, text),
        **{name: arrow.Array([getattr(row, name) for row in rows], boolean) for name in ("held_out", "chip")},
    }
    out = io.BytesIO()
    arro3.io.write_parquet(arrow.RecordBatch.from_pydict(columns), out, compression="snappy")
    return out.getvalue()
