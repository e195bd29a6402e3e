"""What the OpenAPI schema promises of every reply."""

import copy
import functools
import json
import re
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

PROBLEM_TYPE = "application/problem+json"
SENTENCE = re.compile(r"^[A-Z`].*[.!?]$", re.DOTALL)


def schema() -> dict[str, Any]:
    """The OpenAPI document, made anew."""
    generator: Any = SchemaGenerator
    made: dict[str, Any] = json.loads(json.dumps(generator().get_schema(request=None, public=True)))
    return made


@functools.cache
def document() -> dict[str, Any]:
    """The schema, with objects closed: what is sent must have been promised."""
    closed = copy.deepcopy(schema())
    for component in closed["components"]["schemas"].values():
        if "properties" in component:
            component["additionalProperties"] = False
    return closed


def operation(method: str, path: str) -> dict[str, Any] | None:
    """What the schema says of a method at an address, None when it says nothing."""
    for template, item in document()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(template))
        if re.fullmatch(pattern, path):
            found: dict[str, Any] | None = item.get(method.lower())
            return found
    return None


@functools.cache
def _validator(schema: str) -> Any:
    whole = {**json.loads(schema), "components": document()["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def validate(value: Any, schema: dict[str, Any]) -> None:
    problems = list(_validator(json.dumps(schema)).iter_errors(value))
    assert not problems, problems


def check(method: str, path: str, status: int, content_type: str, body: bytes) -> None:
    """Fails unless the reply is one that the schema promises."""
    if method in ("OPTIONS", "HEAD") or not path.startswith("/api/v1/"):
        return
    if status >= 400:
        assert content_type == PROBLEM_TYPE, (status, content_type, body[:200])
        problem = json.loads(body)
        validate(problem, {"$ref": "#/components/schemas/Problem"})
        assert problem["status"] == status
        assert re.fullmatch(r"/problems/[a-z-]+", problem["type"])
        assert SENTENCE.match(problem["detail"]), problem["detail"]
        return
    promised = operation(method, path)
    assert promised is not None, f"{method} {path} is not in the schema"
    assert str(status) in promised["responses"], f"{method} {path} promises no {status}"
    if content_type.startswith("application/json"):
        validate(json.loads(body), promised["responses"][str(status)]["content"]["application/json"]["schema"])
