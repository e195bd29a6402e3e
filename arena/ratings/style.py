"""What may sway a voter beside what an answer says: its length and its markdown. Pure, linear in the text, however hostile it is.

Counts are of the text as written, not as drawn: what is inside a fenced block counts towards length and code only.
"""

import re
from dataclasses import astuple, dataclass

_FENCE = re.compile(r" {0,3}(`{3,}+|~{3,}+)([^\n]*)")
_HEADER = re.compile(r" {0,3}#{1,6}+(?:[ \t]|$)")
_ITEM = re.compile(r"[ \t>]*+(?:[-*+]|\d{1,9}+[.)])[ \t]")
# Each stops at the next mark, so that no start is read further than to the following one.
_BOLD = re.compile(r"\*\*(?!\s)[^*]++(?<!\s)\*\*|__(?!\s)[^_]++(?<!\s)__")
_SPAN = re.compile(r"(?<!`)(`{1,2}+)[^`]++\1(?!`)")

NAMES = ("length", "headers", "lists", "bold", "code")
"""The columns of covariates, in their order."""


@dataclass(frozen=True, slots=True)
class Style:
    """length: characters. headers, lists (items), bold (passages), code (fenced blocks and spans): how many of them."""

    length: int
    headers: int
    lists: int
    bold: int
    code: int


def measure(text: str) -> Style:
    """The style of one answer."""
    headers = lists = bold = code = 0
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence:
            # A fence is closed by one of its own kind, at least as long, with nothing behind it.
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark and "`" not in mark[2]:
            fence, code = mark[1], code + 1
        else:
            headers += bool(_HEADER.match(line))
            lists += bool(_ITEM.match(line))
            code += sum(1 for _ in _SPAN.finditer(line))
            bold += sum(1 for _ in _BOLD.finditer(line))
    return Style(len(text), headers, lists, bold, code)


def covariates(first: Style, second: Style) -> tuple[float, ...]:
    """First minus second of each of `NAMES`, over their sum: within -1 (only the second has any) and 1; 0 when neither has any."""
    pairs = zip(astuple(first), astuple(second), strict=True)
    return tuple((a - b) / (a + b) if a + b else 0.0 for a, b in pairs)
