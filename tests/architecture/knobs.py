"""The settings that the code reads, and what it takes where they are not set."""

import ast
import functools
import operator
from collections.abc import Iterator
from dataclasses import dataclass

from tests.architecture.source import Source, dotted, imported, sources

READING = {"get", "pop"}
OPERATIONS = {ast.Mult: operator.mul, ast.Pow: operator.pow}


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of a variable. `defaults`: what stands in for it in development, and after it where that differs in production; empty
    where the code does not say it plainly."""

    name: str
    reader: str
    defaults: tuple[str, ...] = ()


@functools.cache
def readers() -> frozenset[str]:
    """The helpers of `arena/environment.py`: whatever takes the name of a setting."""
    (source,) = (source for source in sources("arena") if source.name == "arena/environment.py")
    found = frozenset(node.name for _, node in source.functions() if node.args.args and node.args.args[0].arg == "name")
    assert {"text", "number", "address", "one_of"} <= found
    return found


def settings_read() -> list[Read]:
    """Every environment variable that the arena reads under a name that stands in its code."""
    return [read for source in sources("arena") if source.name != "arena/environment.py" for read in _reads(source)]


def _reads(source: Source) -> Iterator[Read]:
    helped = {name.removeprefix("arena.environment.") for name in imported(source.tree)} & readers()
    names = _names()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "limit" and source.name == "arena/settings.py":
            yield from _limits(node)
        elif isinstance(node, ast.Call) and node.args and (name := _named(node.args[0], names)):
            if (reader := dotted(node.func)) in helped:
                yield Read(name, reader, _defaults(node, reader))
            elif _asks_environment(node.func):
                yield Read(name, "environ", _defaults(node, "environ"))
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environment(node.value):
            yield from (Read(name, "environ") for name in [_named(node.slice, names)] if name)


def _limits(node: ast.Call) -> Iterator[Read]:
    """What `limit` reads: three numbers under one stem."""
    name, *numbers = (_value(one) for one in node.args)
    for whose, number in zip(("", "_NETWORK", "_ARENA"), numbers, strict=True):
        yield Read(f"LIMIT_{name}_PER_HOUR{whose}", "number", (number or "",))


def _asks_environment(function: ast.expr) -> bool:
    if dotted(function) == "os.getenv":
        return True
    return isinstance(function, ast.Attribute) and function.attr in READING and _is_environment(function.value)


def _is_environment(node: ast.expr) -> bool:
    return "environ" in ast.unparse(node)


@functools.cache
def _names() -> dict[str, str]:
    """Constants that are texts, in all of the arena: a variable's name may be one of them."""
    found: dict[str, str] = {}
    for source in sources("arena"):
        for node in source.tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target, value = node.targets[0], node.value
                pairs = zip(target.elts, value.elts, strict=False) if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else ()
                for name, text in (*pairs, (target, value)):
                    if isinstance(name, ast.Name) and isinstance(text, ast.Constant) and isinstance(text.value, str):
                        found[name.id] = text.value
    return found


def _named(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def _defaults(node: ast.Call, reader: str) -> tuple[str, ...]:
    if len(node.args) < 2:
        return ("",) if reader in ("several", "address", "addresses") else ()
    default = node.args[1]
    if isinstance(default, ast.IfExp) and dotted(default.test) == "DEBUG":
        parts = [_value(default.body), _value(default.orelse)]
    elif isinstance(default, ast.UnaryOp) and isinstance(default.op, ast.Not) and dotted(default.operand) == "DEBUG":
        parts = ["off", "on"]
    else:
        parts = [_value(default)]
    return tuple(part for part in parts if part is not None) if None not in parts else ()


def _value(node: ast.expr) -> str | None:
    """A plain value as the documents write it; None for anything that has to be worked out."""
    try:
        found = _plain(node)
    except ValueError:
        return None
    return {True: "on", False: "off"}[found] if isinstance(found, bool) else str(found)


def _plain(node: ast.expr) -> bool | str | int | float:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | str | int | float):
        return node.value
    if isinstance(node, ast.BinOp) and (known := OPERATIONS.get(type(node.op))):
        left, right = _plain(node.left), _plain(node.right)
        if isinstance(left, int) and isinstance(right, int):
            return int(known(left, right))
    raise ValueError
