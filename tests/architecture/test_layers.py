"""Who may import whom: the contracts of pyproject.toml, and what import-linter cannot say."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Source, dotted, imported, sources

DOORS = {
    "httpx": ("arena/outbound/",),
    "httpcore": ("arena/outbound/",),
    "requests": ("arena/outbound/", "arena/chain/"),
    "urllib3": ("arena/chain/",),
    # The standard library's own way out. Embedded services, which import nothing of the arena, and `run` ask their own children.
    "urllib.request": ("arena/embedded/", "arena/management/commands/run.py"),
    "http.client": ("arena/embedded/",),
    "web3": ("arena/chain/",),
    "eth_abi": ("arena/chain/",),
    "eth_account": ("arena/chain/",),
    "channels": ("arena/live/", "arena/asgi.py"),
    "trueskill": ("arena/ratings/",),
}
ASYNC = (
    "arena/outbound/",
    "arena/providers/",
    "arena/battles/streaming/",
    "arena/moderation/current.py",
    "arena/moderation/remote.py",
    "arena/vendors/hooks/delivery.py",
    "arena/vendors/submissions/",
    "arena/live/",
    "arena/http/bounds.py",
    "arena/http/lean.py",
    "arena/http/headers.py",
    "arena/http/health.py",
    "arena/http/handler.py",
    "arena/http/pieces.py",
    "arena/http/access.py",
    "arena/asyncdb.py",
    "arena/asgi.py",
    "arena/embedded/",
    "arena/management/commands/verify_epoch.py",
    "arena/management/commands/worker.py",
)
# Pure all the same: what a compiler made of sums.c lies at a path, and a program of its own is spoken to over pipes.
BY_NATURE = {"arena/ratings/kernel.py", "arena/prompts/formats/unpacking.py"}
SAYS_SO = re.compile(r"\bPure[.;,]")
CLOCK_AND_CHANCE = {
    "time.time",
    "time.time_ns",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "timezone.now",
    "timezone.localtime",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid4",
    "os.urandom",
    "Random",
    "SystemRandom",
    "get_random_string",
}
# A key is made once on a developer's machine, before there is a clock to ask.
OWN_CHANCE = {"arena/clock.py", "arena/settings.py"}


def test_every_import_contract_holds() -> None:
    # A process of its own: import-linter sets up logging for itself, and whoever runs it in a test silences everybody else.
    command = [str(Path(sys.executable).parent / "lint-imports"), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("package", DOORS)
def test_each_outside_package_has_its_one_door(package: str) -> None:
    strangers = [
        source.name
        for source in sources("arena")
        if any(name == package or name.startswith(f"{package}.") for name in imported(source.tree))
        and not source.name.startswith(DOORS[package])
    ]
    assert not strangers


def test_coroutines_live_only_where_they_belong() -> None:
    found = [
        place
        for source in sources("arena")
        if not source.name.startswith(ASYNC)
        for place, node in source.functions()
        if isinstance(node, ast.AsyncFunctionDef)
    ]
    assert not found


def test_nothing_but_the_clock_tells_time_or_makes_chance() -> None:
    found = []
    for source in sources("arena"):
        if source.name not in OWN_CHANCE and not source.name.startswith("arena/embedded/"):
            found += [f"{source.name}:{line} {name}" for line, name in _calls(source) if _is_clock_or_chance(name)]
    assert not found


def _calls(source: Source) -> list[tuple[int, str]]:
    """Every attribute or name that is used in a file, calls or not: a default may be handed on uncalled."""
    return [
        (node.lineno, dotted(node)) for node in ast.walk(source.tree) if isinstance(node, ast.Attribute | ast.Call) for node in [_of(node)]
    ]


def _of(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _is_clock_or_chance(name: str) -> bool:
    if name.startswith(("random.", "secrets.", "numpy.random")):
        return True
    return any(name == known or name.endswith(f".{known}") for known in CLOCK_AND_CHANCE)


def pure() -> dict[str, str]:
    """The files that know no framework, clock, chance or network, each with its module: as the import contract lists them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (listed,) = (contract["source_modules"] for contract in contracts if contract["name"].startswith("Pure files"))
    modules = {source.name: source.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for source in sources("arena")}
    found = {path: module for path, module in modules.items() if any(module == one or module.startswith(f"{one}.") for one in listed)}
    assert set(listed) <= set(found.values())
    return found


@pytest.mark.parametrize("path", pure())
def test_a_pure_file_imports_only_pure_code(path: str) -> None:
    (source,) = (source for source in sources("arena") if source.name == path)
    known = set(pure().values())
    # `from arena.ratings import skill` names the package as well as the pure module in it.
    allowed = {one.rpartition(".")[0] for one in known}
    impure = {"os", "sys", "time", "secrets", "socket", "asyncio", "threading", "subprocess", "pathlib", "logging", "io"}
    names = imported(source.tree)
    ours = {name for name in names if name.startswith(("django", "arena."))} - allowed
    assert not {name for name in ours if not any(name == one or name.startswith(f"{one}.") for one in known)}
    assert path in BY_NATURE or not {name for name in names if name.split(".")[0] in impure}


def test_a_file_that_calls_itself_pure_is_held_to_it() -> None:
    within = [source for source in sources("arena") if source.name.count("/") > 1]
    said = {source.name for source in within if SAYS_SO.search(ast.get_docstring(source.tree) or "")}
    assert len(said) > 20
    assert not said - set(pure())
