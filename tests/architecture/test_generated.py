"""What is made from something else is as fresh as what it is made from."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.architecture.source import ROOT
from tests.integration.http.contract import schema

SCHEMA = ROOT / "docs" / "openapi.json"
TYPES = ROOT / "frontend" / "src" / "lib" / "api" / "schema.d.ts"
MAKER = ROOT / "frontend" / "node_modules" / ".bin" / "openapi-typescript"


def committed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def test_the_schema_in_the_documents_is_that_of_the_code() -> None:
    assert committed() == schema(), "run: make types"


def test_the_schema_is_valid_openapi_3_1() -> None:
    document = committed()
    assert document["openapi"].startswith("3.1")
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())


def test_every_operation_has_a_name_a_summary_and_the_problem_reply() -> None:
    paths = committed()["paths"]
    for path, item in paths.items():
        for method, operation in item.items():
            assert operation.get("operationId"), (method, path)
            assert operation.get("summary"), (method, path)
            assert "application/problem+json" in operation["responses"]["default"]["content"], (method, path)
    names = [operation["operationId"] for item in paths.values() for operation in item.values()]
    assert len(names) == len(set(names))


def test_the_page_is_typed_by_that_schema(tmp_path: Path) -> None:
    """Without node nobody can make the types anew; every name that they must hold is then looked for."""
    assert TYPES.is_file(), "run: make types"
    text = TYPES.read_text(encoding="utf-8")
    assert not {name for name in _names(committed()) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)}, "run: make types"
    if MAKER.exists():
        made = tmp_path / "schema.d.ts"
        subprocess.run([MAKER, SCHEMA, "-o", made], check=True, capture_output=True, timeout=60)
        assert made.read_text(encoding="utf-8") == text, "run: make types"


def _names(document: dict[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        yield path
        for operation in item.values():
            yield operation["operationId"]
    for name, component in document["components"]["schemas"].items():
        yield name
        yield from component.get("properties", {})
        yield from (value for value in component.get("enum", []) if isinstance(value, str))


@pytest.mark.django_db
def test_no_model_waits_for_a_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
