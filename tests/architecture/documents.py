"""The documents, as the tests read them that hold them to the code."""

import re
from pathlib import Path

from tests.architecture.source import ROOT

API, ARCHITECTURE, DECISIONS, OPERATIONS = (ROOT / "docs" / f"{name}.md" for name in ("API", "ARCHITECTURE", "DECISIONS", "OPERATIONS"))
CODE = re.compile(r"`([^`\n]+)`")
RULE = re.compile(r":?-+:?")


def read(path: Path) -> str:
    assert path.is_file(), f"{path.relative_to(ROOT)} is not written yet"
    return path.read_text(encoding="utf-8")


def part(path: Path, heading: str) -> str:
    """What stands below a heading (with its marks), down to the next one of its rank or above."""
    level = len(heading) - len(heading.lstrip("#"))
    _, found, rest = read(path).partition(f"\n{heading}\n")
    assert found, f"{path.name} has no {heading}"
    return re.split(rf"(?m)^#{{1,{level}}} ", rest, maxsplit=1)[0]


def tables(text: str) -> list[list[dict[str, str]]]:
    """Every table of a text: its rows, each cell under the name of its column."""
    found: list[list[dict[str, str]]] = []
    head: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]] if line.startswith("|") else []
        if not cells:
            head = []
        elif not head:
            head = cells
            found.append([])
        elif not all(RULE.fullmatch(cell) for cell in cells):
            assert len(cells) == len(head), line
            found[-1].append(dict(zip(head, cells, strict=True)))
    return found
