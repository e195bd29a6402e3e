"""JSON bodies, strictly: what two parsers could read in two ways is refused."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.parsers import JSONParser

from arena.errors import InvalidInput, MalformedJson

MAX_DEPTH = 16


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


def _check(value: Any, left: int = MAX_DEPTH) -> None:
    """Refuse deep nesting, and halves of characters: no reply could repeat them and no column hold them."""
    if left == 0:
        raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput("The body holds half a character (a lone surrogate); nothing was changed.") from None
    children = (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _check(child, left - 1)


def parse(raw: bytes) -> Any:
    """The value of a JSON text (RFC 8259) without duplicate names; raises MalformedJson or InvalidInput."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise MalformedJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"The body is not valid JSON: {error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
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
