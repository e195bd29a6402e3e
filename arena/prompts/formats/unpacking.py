"""A program of its own: reads a Parquet file from its input, writes the names of its columns and then its rows as JSON lines.

Called as `unpacking.py BYTES ROWS MEMORY`: the most that may come out, and the most bytes of memory it may take. It knows nothing of
the arena: whatever a hostile file does to the library, it happens here.
"""

import contextlib
import io
import json
import sys
from typing import Any

TOO_LARGE, UNREADABLE = 3, 4
CPU_SECONDS = 30
BATCH = 64
"""Rows unpacked at a time; few, so that the most is passed before much is there."""


def bind(memory: int) -> None:
    """Take no more than this memory and `CPU_SECONDS` from now on, where the system knows how."""
    import resource

    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # macOS does not bound memory so
            resource.setrlimit(what, (most, most))


def plain(value: Any) -> Any:
    """A cell as JSON has it; None goes, from structs as well."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def cell(name: str, value: Any) -> Any:
    """A value of one column, with the two that may be texts as what they say."""
    if not isinstance(value, str):
        return plain(value)
    if name == "tags":
        return [tag.strip() for tag in value.split(";")] if value else None
    if name == "parameters":
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(value) if value else None
    return value


def unpack(raw: bytes, out: Any, most_bytes: int, most_rows: int) -> int:
    """Write the rows; gives the exit code."""
    import arro3.io

    reader = arro3.io.read_parquet(io.BytesIO(raw), batch_size=BATCH)
    names = reader.schema.names
    size, count = out.write(json.dumps(names).encode() + b"\n"), 0
    for batch in reader:
        try:
            columns = [batch.column(place).to_pylist() for place in range(len(names))]
        except BaseException as error:  # the library panics where there is no memory left, which is no Exception
            raise MemoryError from error
        for values in zip(*columns, strict=True):
            row = {name: cell(name, value) for name, value in zip(names, values, strict=True) if value is not None}
            size += out.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            count += 1
            if size > most_bytes or count > most_rows:
                return TOO_LARGE
    return 0


def main() -> int:
    most_bytes, most_rows, memory = map(int, sys.argv[1:])
    bind(memory)
    try:
        return unpack(sys.stdin.buffer.read(), sys.stdout.buffer, most_bytes, most_rows)
    except MemoryError:
        return 1
    except BaseException:  # the same
        return UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
