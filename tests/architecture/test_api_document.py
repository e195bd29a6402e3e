"""docs/API.md says what the API does: which keys are remembered, every field and word of a reply, every problem."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from arena.errors import ArenaError
from arena.http import problems
from tests.architecture.documents import API, CODE, part, read, tables
from tests.architecture.source import dotted, sources
from tests.integration.http.contract import schema

KEY = "Idempotency-Key"
# Its key is kept by what was signed, for good.
WITHOUT_MEMORY = {"arena/credits/api/operator.py Fund"}
REPLIES = (
    "GET /api/v1/arena",
    "GET /api/v1/prompts/suggestions",
    "GET /api/v1/prompts/draw",
    "GET /api/v1/me",
    "GET /api/v1/me/points",
    "GET /api/v1/me/battles",
    "POST /api/v1/battles",
    "GET /api/v1/boards",
    "GET /api/v1/boards/{slug}",
    "GET /api/v1/credits",
    "GET /api/v1/epochs",
    "POST /api/v1/me/conversions",
)


@functools.cache
def described() -> dict[str, Any]:
    """The schema; making it takes seconds."""
    return schema()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, address and description of each."""
    for path, item in described()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def keyed() -> set[str]:
    """The addresses whose `POST` names a key in the schema."""
    found = set()
    for method, path, operation in operations():
        if any(parameter["name"] == KEY for parameter in operation.get("parameters", ())):
            assert method == "POST"
            found.add(path)
    return found


def errors_below(error: type[ArenaError]) -> Iterator[type[ArenaError]]:
    """This one, and all that are made from it outside of tests."""
    if error.__module__.startswith("arena."):
        yield error
    for one in error.__subclasses__():
        yield from errors_below(one)


def unsaid(words: Iterable[str], text: str) -> set[str]:
    """Those of the words that stand in the text neither as code nor as a text of JSON."""
    return {word for word in words if f"`{word}`" not in text and f'"{word}"' not in text}


def test_the_schema_names_a_key_where_one_is_remembered() -> None:
    named, remembering = set(), set()
    for source in sources("arena"):
        for view in (node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)):
            for method in (node for node in view.body if isinstance(node, ast.FunctionDef)):
                place = f"{source.name} {view.name}"
                if any(dotted(one) == "idempotent" for one in method.decorator_list):
                    remembering.add(place)
                if any(isinstance(one, ast.Call) and "KEY" in ast.unparse(one) for one in method.decorator_list):
                    named.add(place)
    assert len(remembering) > 25
    assert named - remembering == WITHOUT_MEMORY
    assert not remembering - named


def test_the_document_names_every_address_that_looks_at_a_key_and_no_other() -> None:
    (table,) = (table for table in tables(part(API, "## Rules of every request")) if "below" in table[0])
    told = set()
    for row in table:
        (base,), addresses = CODE.findall(row["below"]), row["`POST` to"]
        told |= {f"{base}/{one}" for one in CODE.findall(addresses)} | ({base} if "itself" in addresses else set())
    assert told == keyed()
    assert not re.search(rf"`{KEY}` is honoured", read(API))


@pytest.mark.parametrize("heading", REPLIES)
def test_a_real_reply_is_whole(heading: str) -> None:
    """Every field that the schema promises stands in the section of an operation that shows a reply."""
    method, path = heading.split()
    (operation,) = (one for of, at, one in operations() if (of, at) == (method, path))
    (reply,) = (one for status, one in operation["responses"].items() if status.startswith("2"))
    component = reply["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    told = part(API, f"### {heading}")
    assert "```json" in told
    assert not unsaid(described()["components"]["schemas"][component]["properties"], told)


def test_every_word_that_a_battle_may_hold_is_told() -> None:
    schemas, told = described()["components"]["schemas"], part(API, "### POST /api/v1/battles")
    words = {word for name in ("BattleState", "AnswerStatus", "AnswerErrorCodeEnum") for word in schemas[name]["enum"]}
    assert {"deleted", "withheld", "stopped"} <= words
    assert not unsaid(words, told)
    assert not unsaid({field for name in ("Turn", "Answer", "Remark", "Can") for field in schemas[name]["properties"]}, told)


def test_every_problem_has_a_row_and_every_row_a_problem() -> None:
    (table,) = tables(part(API, "## Problems"))
    rows = {CODE.findall(row["`type`"])[0].removeprefix("/problems/"): row["status"] for row in table}
    assert len(rows) == len(table)
    assert problems.Internal in set(errors_below(ArenaError))
    assert rows == {error.code: str(error.status) for error in errors_below(ArenaError)}
