"""CSV, as spreadsheets write it and without harm when they open it."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

from arena.errors import FileRefused
from arena.prompts.formats.reading import Bounds, Line, counted, decoded, lines
from arena.prompts.formats.row import FIELDS, REQUIRED, Problem, Row, check

_SEPARATORS = ",;\t"
_FORMULA = re.compile(r"[\s']*[=+\-@|%＝＋－＠]|'*[\t\r\n]")
_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that might be gets an apostrophe in front (OWASP, CSV Injection)."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def original(cell: str) -> str:
    """What `harmless` was given: for every text, original(harmless(text)) == text."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


def write(rows: Iterable[Row]) -> bytes:
    """A head and a line a prompt; every cell in quotes, in UTF-8 with the byte order mark that spreadsheets want."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(FIELDS)
    for row in rows:
        document = row.document()
        writer.writerow([harmless(_cell(document.get(name))) for name in FIELDS])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(value)
    return json.dumps(value) if isinstance(value, dict) else str(value)


def read(file: IO[bytes], bounds: Bounds) -> Iterator[Line]:
    """Each line below the head; cells separated by commas, semicolons or tabs, whichever the head uses."""
    return counted(_lines(file, bounds), bounds)


def _lines(file: IO[bytes], bounds: Bounds) -> Iterator[Line]:
    texts = (decoded(number, raw) for number, raw in lines(file))
    head = next(texts)
    separator = max(_SEPARATORS, key=head.count)
    cells = csv.reader(_again(head, texts), delimiter=separator, strict=True)
    begins = 1
    try:
        names = _head(next(cells))
        begins = cells.line_num + 1
        for row in cells:
            if row:
                yield _line(begins, names, row, bounds)
            begins = cells.line_num + 1
    except csv.Error as error:
        detail = f"The quotes do not fit from here on ({error}), so the rest of the file was not read."
        yield Line(begins, None, (Problem("", detail),))


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _head(cells: list[str]) -> list[str]:
    names = [original(cell).strip().lower() for cell in cells]
    unknown = [name or "(empty)" for name in names if name not in FIELDS]
    missing = [name for name in REQUIRED if name not in names]
    if unknown or missing or len(set(names)) < len(names):
        told = [f"it does not name {', '.join(missing)}"] if missing else []
        told += [f"there is no field {', '.join(repr(name[:40]) for name in unknown[:5])}"] if unknown else []
        told += ["a name comes twice"] if not told else []
        raise FileRefused(f"The first line must name the columns: {'; '.join(told)}. Known are {', '.join(FIELDS)}. Nothing was changed.")
    return names


def _line(number: int, names: list[str], row: list[str], bounds: Bounds) -> Line:
    if len(row) != len(names):
        return Line(number, None, (Problem("", f"It has {len(row)} cells where the first line names {len(names)} columns."),))
    values = {name: original(cell) for name, cell in zip(names, row, strict=True) if cell}
    found = check({name: _value(name, cell) for name, cell in values.items()}, bounds.chars)
    return Line(number, found) if isinstance(found, Row) else Line(number, None, found)


def _value(name: str, cell: str) -> Any:
    """What a cell says; as it stands where it says nothing that its column could mean."""
    if name == "tags":
        return [tag.strip() for tag in cell.split(";")]
    if name in ("held_out", "chip"):
        word = cell.strip().lower()
        return word in _TRUE if word in _TRUE | _FALSE else cell
    if name == "parameters":
        return parameters(cell)
    return cell


def parameters(text: str) -> Any:
    """The object that a cell holds as JSON; the text itself when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
