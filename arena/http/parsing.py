"""JSON bodies, strictly: what two parsers could read in two ways is refused."""

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.parsers import JSONParser

from arena.errors import InvalidInput, MalformedJson

MAX_DEPTH = 16
_STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise MalformedJson("A name occurs twice in one object of the body.")
    return result


def _no_constant(name: str) -> NoReturn:
    raise MalformedJson(f"The body is not valid JSON: it holds {name}.")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise MalformedJson("A number in the body is too large.")
    return value


def _check(value: Any) -> None:
    """Refuse halves of characters: no reply could repeat them and no column hold them."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput("The body holds half a character (a lone surrogate); nothing was changed.") from None
    children = (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _check(child)


def _check_depth(raw: bytes) -> None:
    """Refuse deep nesting before anything follows it down: whether that ends in an error or in the process's end, a library decides.

    Python's limit of recursion would stop it, but some libraries raise that limit beyond what the stack of a thread bears.
    """
    if raw.count(b"[") + raw.count(b"{") < MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", raw)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth >= MAX_DEPTH:
            raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.")


def parse(raw: bytes) -> Any:
    """The value of a JSON text (RFC 8259) without duplicate names; raises MalformedJson or InvalidInput."""
    _check_depth(raw)
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise MalformedJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"The body is not valid JSON: {error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}."
        ) from None
    except ValueError:
        raise MalformedJson("A number in the body is too long.") from None
    _check(value)
    return value


class StrictJSONParser(JSONParser):
    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        value = parse(stream.read())
        if not isinstance(value, dict):
            raise InvalidInput("The body must be a JSON object.")
        return value
