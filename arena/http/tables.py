"""Tables as CSV (RFC 4180) that no spreadsheet runs: numbers stay numbers, and a text that begins like a formula has a `'` before it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cell = str | int | Decimal | bool | None
CSV = "text/csv; charset=utf-8"
# As OWASP lists them (CSV Injection), wide forms and leading spaces included.
_FORMULA = re.compile(r"[\s']*[=+\-@|%＝＋－＠]|[\t\r\n]")


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table with its head, as UTF-8. None is empty, true and false are words; only texts are made safe, so numbers come as numbers."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_field(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _field(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return f"'{cell}" if _FORMULA.match(cell) else cell
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
