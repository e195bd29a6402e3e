"""Every knob, route and task is explained where an operator or a developer will look for it."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from arena.urls import lean, websockets
from tests.architecture.source import ROOT, dotted, sources
from tests.integration.http.contract import schema

OPERATIONS, API = ROOT / "docs" / "OPERATIONS.md", ROOT / "docs" / "API.md"
READERS = {"text", "flag", "number", "seconds", "several", "share", "os.environ.get", "os.getenv"}
PLACE = re.compile(r"<[^<>]+>|\{[^{}]+\}")
METHODS = {"get", "post", "put", "patch", "delete"}


def settings_read() -> set[str]:
    """The names of environment variables that settings and commands read."""
    found = set()
    for source in sources("arena"):
        if source.name == "arena/settings.py" or source.name.startswith("arena/management/"):
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and dotted(node.func) in READERS and node.args:
                    name = node.args[0]
                    if isinstance(name, ast.Constant) and isinstance(name.value, str):
                        found.add(name.value)
                if isinstance(node, ast.Call) and dotted(node.func) == "limit":
                    assert isinstance(node.args[0], ast.Constant)
                    found |= {f"LIMIT_{node.args[0].value}_PER_HOUR{whose}" for whose in ("", "_NETWORK", "_ARENA")}
    return found


def tasks() -> set[str]:
    """The functions that procrastinate runs."""
    found = set()
    for source in sources("arena"):
        for _, node in source.functions():
            calls = [item.func if isinstance(item, ast.Call) else item for item in node.decorator_list]
            if any(dotted(call).endswith(("app.task", "app.periodic")) for call in calls):
                found.add(node.name)
    return found


def routes() -> set[str]:
    """Every address that the arena answers under /api, /ws, or for its operators; places as `{}`."""
    found = {_plain(route) for route in _walk(get_resolver(), "/") if route.startswith("/api/")}
    found |= {_plain(re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)) for pattern in lean}
    return found | {_plain(f"/{route.pattern}") for route in websockets}


def _walk(resolver: URLResolver, prefix: str) -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += _walk(entry, f"{prefix}{entry.pattern}")
        elif isinstance(entry, URLPattern) and not str(entry.pattern).startswith("^"):
            found.append(f"{prefix}{entry.pattern}")
    return found


def _plain(path: str) -> str:
    return PLACE.sub("{}", path)


def _read(path: Path) -> str:
    assert path.is_file(), f"{path.relative_to(ROOT)} is not written yet"
    return path.read_text(encoding="utf-8")


def test_the_scans_find_what_is_there() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "HOLD_SECONDS", "DEBUG", "PROVIDERS_FILE", "HOST"} <= settings_read()
    assert "release_due_points" in tasks()
    assert {"/api/v1/battles/{}/vote", "/api/v1/battles/{}/stream", "/ws/boards/{}", "/healthz", "/api/schema/"} <= routes()


def test_every_setting_is_documented() -> None:
    text = _read(OPERATIONS)
    assert not {name for name in settings_read() if not re.search(rf"`{name}[`=]", text)}


def test_every_task_is_documented() -> None:
    text = _read(OPERATIONS)
    assert not {name for name in tasks() if name not in text}


def test_every_route_is_in_the_schema() -> None:
    described = {_plain(path) for path in schema()["paths"]}
    assert not (routes() - described - {"/api/schema/"})
    assert not (described - routes())


def test_every_operation_is_documented() -> None:
    lines = [_plain(line) for line in _read(API).splitlines()]
    missing = []
    for path, item in schema()["paths"].items():
        if not path.startswith("/api/v1/"):
            continue
        told = re.compile(rf"(?<![\w/]){re.escape(_plain(path))}(?![\w/{{])")
        for method in METHODS & set(item):
            if not any(told.search(line) and method.upper() in line for line in lines):
                missing.append(f"{method.upper()} {path}")
    assert not missing


@pytest.mark.parametrize("path", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md", "docs/DECISIONS.md"])
def test_the_promised_documents_are_there(path: str) -> None:
    assert len(_read(ROOT / path)) > 200
