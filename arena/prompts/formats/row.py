"""One prompt as files hold it, and what it must be like. Pure."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED = ("id", "text", "category", "language")
FIELDS = (*REQUIRED, "tags", "system", "parameters", "held_out", "chip")
TAGS = 20
PARAMETERS: dict[str, tuple[type, float, float]] = {
    "temperature": (float, 0, 2),
    "top_p": (float, 0.01, 1),
    "seed": (int, 0, 2**31 - 1),
    "max_tokens": (int, 1, 100_000),
}
"""What a prompt may say of how to sample, with its kind and bounds."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class _Wrong(Exception):
    """A value that a field does not take; says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one prompt; `field` is empty where it is the line as a whole."""

    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt, checked. key: its id within the pool."""

    key: str
    text: str
    category: str
    language: str
    tags: tuple[str, ...] = ()
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    held_out: bool = False
    chip: bool = False

    def document(self) -> dict[str, Any]:
        """As JSON, in the order of `FIELDS`; what says nothing is left out."""
        parameters = {name: self.parameters[name] for name in sorted(self.parameters)}
        values = (self.key, self.text, self.category, self.language, list(self.tags), self.system, parameters, self.held_out, self.chip)
        return {name: value for name, value in zip(FIELDS, values, strict=True) if name in REQUIRED or value}

    def canonical(self) -> str:
        """One line of canonical JSON."""
        return json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def check(raw: Mapping[str, Any], most_chars: int) -> Row | tuple[Problem, ...]:
    """The prompt that a file's row says, or everything that is wrong with it. most_chars: of its text, and of its system prompt.

    None stands for a field that is not there.
    """
    given = {name: value for name, value in raw.items() if value is not None}
    problems = [Problem(str(name)[:80], "There is no such field.") for name in given if name not in FIELDS]
    problems += [Problem(name, "It is missing.") for name in REQUIRED if name not in given]
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name in FIELDS:
            try:
                read[name] = _CHECKS[name](value, most_chars)
            except _Wrong as error:
                problems.append(Problem(name, str(error)))
    if not problems and read.get("held_out") and read.get("chip"):
        problems.append(Problem("chip", "A held-out prompt is never offered as a suggestion."))
    return tuple(problems) if problems else Row(key=read.pop("id"), **read)


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise _Wrong("It must be a text.")
    if found := _CONTROL.search(value):
        raise _Wrong(f"It holds the character U+{ord(found[0]):04X}, which no text has.")
    if len(value) > most:
        raise _Wrong(f"It has {len(value):,} characters; {most:,} are the most.")
    return value


def _filled(value: Any, most: int) -> str:
    if not _text(value, most).strip():
        raise _Wrong("It is empty.")
    return str(value)


def _name(most: int) -> Callable[[Any, int], str]:
    def check(value: Any, _: int) -> str:
        name = _filled(value, most)
        if name != name.strip() or not name.isprintable():
            raise _Wrong("It must be one line, without spaces around it.")
        return name

    return check


def _language(value: Any, _: int) -> str:
    if not isinstance(value, str) or len(value) > 12 or not _LANGUAGE.fullmatch(value):
        raise _Wrong("It must be a language code such as en or pt-BR, of at most 12 characters.")
    return value


def _tags(value: Any, _: int) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > TAGS:
        raise _Wrong(f"It must be a list of at most {TAGS} tags.")
    for tag in value:
        if ";" in _name(40)(tag, 0):
            raise _Wrong("A tag has no semicolon.")
    if len(set(value)) < len(value):
        raise _Wrong("A tag comes twice.")
    return tuple(value)


def _parameters(value: Any, _: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong("It must be an object.")
    found = {}
    for name, number in value.items():
        if name not in PARAMETERS:
            raise _Wrong(f"There is no parameter {str(name)[:40]!r}; there are {', '.join(PARAMETERS)}.")
        kind, least, most = PARAMETERS[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not least <= number <= most:
            raise _Wrong(f"{name} must be a number between {least} and {most}.")
        if kind is int and number != int(number):
            raise _Wrong(f"{name} must be a whole number.")
        found[name] = int(number) if number == int(number) else float(number)
    return found


def _flag(value: Any, _: int) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("It must be true or false.")
    return value


_CHECKS: dict[str, Callable[[Any, int], Any]] = {
    "id": _name(120),
    "text": _filled,
    "category": _name(40),
    "language": _language,
    "tags": _tags,
    "system": _text,
    "parameters": _parameters,
    "held_out": _flag,
    "chip": _flag,
}
