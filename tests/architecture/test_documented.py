"""Every knob, command, route and task is explained where an operator or a developer will look for it."""

import ast
import json
import re
import tomllib
from pathlib import Path

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from prometheus_client import REGISTRY

from arena.append_only import AppendOnly
from arena.urls import lean, websockets
from tests.architecture.documents import API, ARCHITECTURE, CODE, DECISIONS, OPERATIONS, part, read, tables
from tests.architecture.knobs import readers, settings_read
from tests.architecture.source import ROOT, dotted, sources, tracked
from tests.integration.http.contract import schema

# Python's own; not for operators.
NOT_OURS = {"PYTHONPATH"}
# Read by what we run, not by us.
READ_ELSEWHERE = {"TMPDIR"}
PLACE = re.compile(r"<[^<>]+>|\{[^{}]+\}")
METHODS = {"get", "post", "put", "patch", "delete"}
LIMIT = re.compile(r"`(LIMIT_\w+)` \((\d+)\)")
LINK = re.compile(r"\]\((?!\w+:)([^()#\s]*)#?([^()\s]*)\)")
PROMQL = re.compile(r"```promql\n(.*?)```", re.DOTALL)
METRIC = re.compile(r"(arena_\w+)(\{[^}]*\})?")
NOTHING = re.compile(r"(?:none|empty)\b")
PRODUCTION = " while `DEBUG` is off"


def settings_told() -> dict[str, tuple[str, str]]:
    """Unit and default of each setting, as OPERATIONS has them; the unit is empty where its table has no such column."""
    found: dict[str, tuple[str, str]] = {}
    text = part(OPERATIONS, "## Settings")
    for row in (row for table in tables(text) for row in table if "name" in row):
        names = CODE.findall(row["name"])
        defaults = row["default"].split(", ") if len(names) > 1 else [row["default"]]
        for name, default in zip(names, defaults if len(defaults) == len(names) else [""] * len(names), strict=True):
            assert name not in found, f"{name} has two rows"
            found[name] = (row.get("unit", ""), default)
    return found | {name: ("", default) for name, default in LIMIT.findall(text)}


def fits(told: str, defaults: tuple[str, ...]) -> bool:
    """Whether a cell says these: the first of its parts that of development, one that ends in PRODUCTION that of production."""
    parts = told.split("; ")
    said = [parts[0], *(one.removesuffix(PRODUCTION) for one in parts[1:] if one.endswith(PRODUCTION))]
    pairs = zip(said, defaults, strict=False)
    return len(said) >= len(defaults) and all(one.strip("`") == default if default else NOTHING.match(one) for one, default in pairs)


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings, as the pages that draw it make them."""
    found: list[str] = []
    for line in re.sub(r"(?ms)^```.*?^```$", "", read(path)).splitlines():
        if heading := re.match(r"#{1,6} (.+)", line):
            anchor = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            earlier = sum(one == anchor or (one.startswith(f"{anchor}-") and one.removeprefix(f"{anchor}-").isdigit()) for one in found)
            found.append(f"{anchor}-{earlier}" if earlier else anchor)
    return set(found)


def tasks() -> set[str]:
    """The functions that procrastinate runs."""
    found = set()
    for source in sources("arena"):
        for _, node in source.functions():
            calls = [item.func if isinstance(item, ast.Call) else item for item in node.decorator_list]
            if any(dotted(call).endswith(("app.task", "app.periodic")) for call in calls):
                found.add(node.name)
    return found


def commands() -> dict[str, set[str]]:
    """Our own commands, each with its options."""
    found = {}
    for source in sources("arena/management/commands"):
        name = source.path.stem
        if name != "__init__":
            calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call) and dotted(node.func).endswith(".add_argument")]
            words = [node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)]
            found[name] = {str(word) for word in words if str(word).startswith("--")}
    return found


def packages() -> set[str]:
    """What we depend on directly, in Python and in both packages of JavaScript."""
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *(one for group in project["dependency-groups"].values() for one in group)]
    found = {re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in wanted}
    for folder in ("frontend", "contracts"):
        package = json.loads(read(ROOT / folder / "package.json"))
        found |= {*package.get("dependencies", {}), *package.get("devDependencies", {})}
    return found


def routes() -> set[str]:
    """Every address that the arena answers under /api, /ws, or for its operators; places as `{}`."""
    found = {_plain(route) for route in _walk(get_resolver(), "/") if route.startswith("/api/")}
    found |= {_plain(re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", pattern)) for pattern in lean}
    return found | {_plain(f"/{route.pattern}") for route in websockets if str(route.pattern)}


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


def test_the_scans_find_what_is_there() -> None:
    names = {one.name for one in settings_read()}
    assert {"SECRET_KEY", "DATABASE_URL", "HOLD_SECONDS", "DEBUG", "PROVIDERS_FILE", "HOST", "SIGN_IN", "OIDC_ISSUER"} <= names
    assert {"LOCALMODELS_PORT", "EVENHAND_DATA_DIR", "EVENHAND_READY_FD", "LIMIT_READS_PER_HOUR_NETWORK"} <= names
    assert sum(bool(one.defaults) for one in settings_read()) > 100
    assert "release_due_points" in tasks()
    assert "--forget" in commands()["rotate_secrets"]
    assert {"django", "hypothesis", "svelte", "solc"} <= packages()
    assert {"/api/v1/battles/{}/vote", "/api/v1/battles/{}/stream", "/ws/boards/{}", "/healthz", "/api/schema/"} <= routes()


def test_every_setting_is_documented() -> None:
    text, told = read(OPERATIONS), settings_told()
    unnamed = {one.name for one in settings_read() if one.name not in NOT_OURS and not re.search(rf"`{one.name}[`=]", text)}
    without_row = {one.name for one in settings_read() if one.reader in readers() and one.name not in told}
    assert not unnamed | without_row


def test_every_default_is_the_one_that_is_documented() -> None:
    told = settings_told()
    read_ = [one for one in settings_read() if one.name in told and (one.reader in readers() or any(one.defaults))]
    assert not {one.name: (told[one.name][1], one.defaults) for one in read_ if not fits(told[one.name][1], one.defaults)}
    assert not {one.name for one in read_ if one.reader == "seconds" and told[one.name][0] != "s"}


def test_no_setting_is_documented_that_nobody_reads() -> None:
    compose, known = read(ROOT / "compose.yaml"), {one.name for one in settings_read()} | READ_ELSEWHERE
    unread = {name for name in settings_told() if name not in known and name not in compose}
    assert not unread


def test_every_command_is_documented_with_its_options() -> None:
    rows = [row for table in tables(part(OPERATIONS, "## Commands")) for row in table]
    told = {name: [" ".join(row.values()) for row in rows if re.match(rf"`{name}\b", row["command"])] for name in commands()}
    assert not {name for name, lines in told.items() if not lines}
    missing = {name: {one for one in options if one not in " ".join(told[name])} for name, options in commands().items()}
    assert not {name: options for name, options in missing.items() if options}


def test_every_task_is_documented() -> None:
    text = read(OPERATIONS)
    assert not {name for name in tasks() if name not in text}


def test_every_fact_table_is_named() -> None:
    listed = re.search(r"^Fact tables: ((?:`\w+`,? ?)+)\.", read(ARCHITECTURE), re.MULTILINE)
    assert listed is not None
    facts = {model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)}
    assert sorted(CODE.findall(listed[1])) == sorted(facts)


def test_the_table_of_layers_is_the_contract() -> None:
    contracts = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = [set(layer.split(" | ")) for contract in contracts if contract["type"] == "layers" for layer in contract["layers"]]
    (table,) = tables(part(ARCHITECTURE, "## Packages and layers"))
    assert [set(CODE.findall(row["packages"])) & set.union(*layers) for row in table] == layers


def test_every_alarm_names_a_process_and_what_it_tells() -> None:
    """Every process exports what has no labels, at 0 where nothing sets it: an alarm on that would sound for ever."""
    told = {family.name for family in REGISTRY.collect()}
    asked = [found for block in PROMQL.findall(read(OPERATIONS)) for found in METRIC.findall(block)]
    assert {name.removesuffix("_total") for name, _ in asked} <= told
    # Has labels, so only those tell it who ask the chain.
    assert {name for name, labels in asked if "job=" not in labels} == {"arena_chain_calls_total"}


def test_no_word_is_defined_twice() -> None:
    (table,) = tables(part(ARCHITECTURE, "## Words"))
    words = [word for row in table for word in row["word"].split(", ")]
    assert sorted(words) == sorted(set(words))


def test_every_package_has_its_reason() -> None:
    unexplained = packages() - set(CODE.findall(read(DECISIONS)))
    assert not unexplained


def test_every_link_between_documents_leads_to_what_is_there() -> None:
    documents = [path for path in tracked() if path.suffix == ".md"]
    assert {ROOT / "README.md", ROOT / "CONTRIBUTING.md", ARCHITECTURE} <= set(documents)
    broken = []
    for path in documents:
        for place, anchor in LINK.findall(read(path)):
            target = (path.parent / place).resolve() if place else path
            if not target.exists() or (anchor and anchor not in headings(target)):
                broken.append(f"{path.relative_to(ROOT)}: {place}#{anchor}")
    assert not broken


def test_every_route_is_in_the_schema() -> None:
    described = {_plain(path) for path in schema()["paths"]}
    assert not (routes() - described - {"/api/schema/"})
    assert not (described - routes())


def test_every_operation_is_documented() -> None:
    lines = [_plain(line) for line in read(API).splitlines()]
    missing = []
    for path, item in schema()["paths"].items():
        if not path.startswith("/api/v1/"):
            continue
        told = re.compile(rf"(?<![\w/]){re.escape(_plain(path))}(?![\w/{{])")
        for method in METHODS & set(item):
            if not any(told.search(line) and method.upper() in line for line in lines):
                missing.append(f"{method.upper()} {path}")
    assert not missing
