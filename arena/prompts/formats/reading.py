"""What all kinds of files have in common when they are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from arena.errors import FileRefused
from arena.prompts.formats.row import Problem, Row

LINE_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_SIGNS = (
    (b"PK\x03\x04", "", "a zip archive or an Excel workbook: unpack it, or save the sheet as CSV (UTF-8)"),
    (b"\x1f\x8b", "", "compressed with gzip: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "", "compressed with zstd: unpack it first"),
    (b"BZh", "", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ", "", "compressed with xz: unpack it first"),
    (b"\xff\xfe", "", "written in UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "", "written in UTF-16: save it as UTF-8"),
    (b"PAR1", "parquet", "a Parquet file: send it as one"),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a file may hold. size: bytes, of its content when unpacked too; rows; chars: of one text."""

    size: int
    rows: int
    chars: int


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of a file. number: of the line that it begins on, from 1 (the row, in a Parquet file). Either `row` or `problems`."""

    number: int
    row: Row | None
    problems: tuple[Problem, ...] = ()


def refuse_other_kinds(file: IO[bytes], kind: str) -> None:
    """Raises FileRefused for an empty file, and for one whose first bytes say that it is of another kind than it is sent as."""
    head = file.read(8)
    file.seek(0)
    if not head.strip():
        raise FileRefused("The file is empty; nothing was changed.")
    for sign, of, what in _SIGNS:
        if head.startswith(sign) and kind != of:
            raise FileRefused(f"The file is {what}. Nothing was changed.")
    if kind == "parquet" and not head.startswith(b"PAR1"):
        raise FileRefused("The file is not a Parquet file: it does not begin with PAR1. Nothing was changed.")


def lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The numbered lines of a text file, with their ends, without a byte order mark. Raises FileRefused for one that never ends."""
    number = 0
    while raw := file.readline(LINE_BYTES + 1):
        number += 1
        if len(raw) > LINE_BYTES:
            raise FileRefused(f"Line {number} is longer than {LINE_BYTES // 1024} KiB; nothing was changed.")
        yield number, raw.removeprefix(_BOM) if number == 1 else raw


def decoded(number: int, raw: bytes) -> str:
    """A line as text; raises FileRefused when it is not UTF-8: then hardly anything in the file can be trusted."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"Line {number} is not UTF-8 (byte 0x{raw[error.start]:02X} at place {error.start + 1}). "
            "Save the file as UTF-8; nothing was changed."
        ) from None


def counted(found: Iterator[Line], bounds: Bounds) -> Iterator[Line]:
    """The same lines; raises FileRefused when they are more than there may be, or none."""
    count = 0
    for count, line in enumerate(found, 1):
        if count > bounds.rows:
            raise FileRefused(f"The file holds more than {bounds.rows:,} prompts. Split it; nothing was changed.")
        yield line
    if not count:
        raise FileRefused("The file holds no prompt; nothing was changed.")
