"""The budget: short functions, short files, nothing left for later."""

import ast
import io
import re
import tokenize

import pytest

from tests.architecture.source import ROOT, Source, dotted, sources, tracked

USUAL, MOST = 40, 60
TEXT = {".py", ".ts", ".js", ".svelte", ".css", ".html", ".toml", ".yaml", ".yml", ".sh", ".sol", ""}
LATER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
LEFT_OUT = re.compile(r"\b(?:it|test|describe)\.(?:skip|only|todo|fixme|fails)\b")
SKIPS = {"skip", "skipif", "xfail", "importorskip", "skipTest", "skipUnless", "expectedFailure"}


def test_functions_are_short() -> None:
    lengths = {
        place: (node.end_lineno or node.lineno) - node.lineno + 1
        for source in sources("arena", "tests")
        for place, node in source.functions()
    }
    assert not {place: length for place, length in lengths.items() if length > MOST}
    long = {place: length for place, length in lengths.items() if length >= USUAL}
    assert len(long) <= 0.05 * len(lengths), long


@pytest.mark.parametrize(("folder", "most"), [("arena", 400), ("tests", 600)])
def test_files_are_short(folder: str, most: int) -> None:
    assert not {source.name: source.lines for source in sources(folder) if source.lines > most}


def test_nothing_is_left_for_later() -> None:
    found = []
    for path in tracked():
        if path.suffix in TEXT and "node_modules" not in path.parts and not path.name.endswith((".d.ts", ".svg", ".min.js")):
            text = path.read_text(encoding="utf-8", errors="replace")
            marked = _comments(text) if path.suffix == ".py" else text
            if LATER.search(marked):
                found.append(path.relative_to(ROOT).as_posix())
    assert not found


def _comments(text: str) -> str:
    """The comments and strings of a Python file: a pattern in code is no promise."""
    wanted = (tokenize.COMMENT, tokenize.STRING)
    return "\n".join(token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type in wanted)


def test_no_test_is_skipped_or_allowed_to_fail() -> None:
    found = [place for source in sources("tests") for place in _skips(source)]
    for path in tracked():
        if path.relative_to(ROOT).as_posix().startswith("frontend/") and path.suffix in {".ts", ".js"}:
            found += [path.name for _ in LEFT_OUT.findall(path.read_text(encoding="utf-8"))]
    assert not found


def _skips(source: Source) -> list[str]:
    """Every mention of leaving a test out; a test of what only one system's kernel can do may say so."""
    by_system = {
        id(node.func)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and dotted(node.func) == "pytest.mark.skipif" and "sys.platform" in ast.unparse(node.args[0])
    }
    return [
        f"{source.name}:{node.lineno} {node.attr}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in SKIPS and dotted(node.value) and id(node) not in by_system
    ]
