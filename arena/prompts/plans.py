"""What an import would do to a pool: read, compared, counted. Changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from arena.prompts import duplicates
from arena.prompts.formats import Line, Problem, Row

MODES = ("add", "replace")
LEAVE_OUT = ("none", "exact", "near")


class Choice(NamedTuple):
    """How to import. mode: `add` leaves the pool's other prompts alone, `replace` puts them away; leave_out: which duplicates."""

    mode: Literal["add", "replace"] = "add"
    leave_out: Literal["none", "exact", "near"] = "none"


class Present(NamedTuple):
    """A prompt that the pool has; one that is not active was put away."""

    row: Row
    active: bool


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be imported."""

    line: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """A line whose text says the same as an earlier line's (`of_line`) or as a prompt of the pool's, or nearly."""

    line: int
    id: str
    kind: Literal["exact", "near"]
    alike: float
    of_id: str
    of_line: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, read to its end."""

    rows: dict[int, Row]
    bad: tuple[Bad, ...]

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.bad)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, and what the pool holds then."""

    added: tuple[Row, ...]
    changed: tuple[Row, ...]
    unchanged: int
    left_out: int
    put_away: tuple[str, ...]
    result: tuple[Row, ...]

    @property
    def changes(self) -> bool:
        return bool(self.added or self.changed or self.put_away)


def read(lines: Iterable[Line]) -> Reading:
    """The lines that can be imported and those that cannot; of lines with the same id, the first can."""
    rows: dict[int, Row] = {}
    bad: list[Bad] = []
    places: dict[str, int] = {}
    for line in lines:
        if line.row is None:
            bad.append(Bad(line.number, line.problems))
        elif line.row.key in places:
            bad.append(Bad(line.number, (Problem("id", f"Line {places[line.row.key]} has the id {line.row.key!r} too."),)))
        else:
            rows[line.number] = line.row
            places[line.row.key] = line.number
    return Reading(rows, tuple(bad))


def twins(rows: Mapping[int, Row], present: Mapping[str, Present], mode: str) -> list[Twin]:
    """The duplicates among the rows of a file, by line, and those of what stays in the pool beside them."""
    own = {row.key for row in rows.values()}
    staying = [one.row for one in present.values() if one.active and one.row.key not in own and mode == "add"]
    known = [(f"pool {row.key}", row.system, row.text) for row in staying]
    found = duplicates.find([(str(line), row.system, row.text) for line, row in sorted(rows.items())], known)
    return [_twin(one, rows) for one in found]


def _twin(found: duplicates.Duplicate, rows: Mapping[int, Row]) -> Twin:
    line = int(found.name)
    if found.of.startswith("pool "):
        return Twin(line, rows[line].key, found.kind, found.alike, found.of.removeprefix("pool "), None)
    return Twin(line, rows[line].key, found.kind, found.alike, rows[int(found.of)].key, int(found.of))


def left_out(found: Iterable[Twin], choice: Choice) -> set[int]:
    """The lines that the choice leaves out."""
    kinds = {"none": (), "exact": ("exact",), "near": ("exact", "near")}[choice.leave_out]
    return {twin.line for twin in found if twin.kind in kinds}


def plan(rows: Mapping[int, Row], present: Mapping[str, Present], mode: str, without: set[int]) -> Plan:
    """What importing these rows does; without: lines to leave out."""
    taken = {row.key: row for line, row in rows.items() if line not in without}
    active = {key: one.row for key, one in present.items() if one.active}
    added = tuple(row for key, row in taken.items() if key not in active)
    changed = tuple(row for key, row in taken.items() if key in active and active[key] != row)
    gone = tuple(key for key in active if key not in taken) if mode == "replace" else ()
    result = {key: row for key, row in active.items() if key not in gone} | taken
    unchanged = len(taken) - len(added) - len(changed)
    return Plan(added, changed, unchanged, len(without), gone, tuple(result.values()))
