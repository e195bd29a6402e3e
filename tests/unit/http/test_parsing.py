"""JSON bodies, strictly: what two readers could read in two ways is refused."""

import json
import sys
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arena.errors import ArenaError, InvalidInput, MalformedJson
from arena.http.parsing import MAX_DEPTH, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20)


def depth(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, children), default=0)


@given(VALUES)
def test_what_was_written_is_read(value: Any) -> None:
    assume(depth(value) < MAX_DEPTH)
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


def refusal(raw: bytes) -> ArenaError | None:
    try:
        parse(raw)
    except ArenaError as error:
        return error
    return None


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0d8cx1e9 -.ntfa', max_size=80).map(str.encode))
def test_anything_is_read_or_refused_and_never_a_fault(raw: bytes) -> None:
    error = refusal(raw)
    assert error is None or (error.status == 400 and error.detail.endswith("."))


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
def test_the_depth_is_bounded_exactly(open_: str, close: str) -> None:
    def nested(levels: int) -> bytes:
        return (open_ * levels + "1" + close * levels).encode()

    assert parse(nested(MAX_DEPTH - 1))
    for levels in (MAX_DEPTH, MAX_DEPTH + 1, 1_000, 20_000):
        with pytest.raises(InvalidInput, match="nested"):
            parse(nested(levels))


def test_brackets_in_strings_are_no_depth() -> None:
    text = "[{" * 50 + '"' + "\\" + "]" * 3
    assert parse(json.dumps({"a": text, "b": [text]}).encode()) == {"a": text, "b": [text]}
    with pytest.raises(InvalidInput, match="nested"):
        parse(json.dumps(text).encode() + b"[" * MAX_DEPTH)


def test_the_depth_is_bounded_whatever_limit_of_recursion_a_library_has_set() -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        for raw in (b"[" * 200_000, b'{"a":' * 50_000, b'["' + b"\\" * 99_999 + b'",' + b"[" * 99_999):
            with pytest.raises((InvalidInput, MalformedJson)):
                parse(raw)
    finally:
        sys.setrecursionlimit(before)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse(b'"\\ud83d\\ude00"') == "😀"
    for half in (b'"\\ud83d"', b'"\\ude00\\ud83d"', b'["x", {"a": "\\udfff"}]', b'{"\\ud800": 1}'):
        with pytest.raises(InvalidInput, match="surrogate"):
            parse(half)


def test_numbers_are_finite_and_readable() -> None:
    assert parse(b"[1e308, 1" + b"0" * 4000 + b"]")[1] == 10**4000
    for huge in (b"1e309", b"-1e400", b"[1E+999]", b"9" * 5000, b"NaN", b"[Infinity]"):
        with pytest.raises(MalformedJson):
            parse(huge)


@pytest.mark.parametrize("raw", [b'{"a":1,"a":1}', b'[{"b":{"a":1,"a":2}}]', b'{"a":1,"\\u0061":2}'])
def test_a_name_that_comes_twice_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedJson, match="twice"):
        parse(raw)


def test_the_place_of_a_mistake_is_told() -> None:
    with pytest.raises(MalformedJson, match="line 2, column 8"):
        parse(b'{"a": 1,\n "b":  oops}')
