"""Commitments: one form for one value, and nothing that two readers could write in two ways."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.votelog.commitment import canonical, commit

# From RFC 8785, sections 3.2.2 and 3.2.3 and its appendices, as far as they need no floats and no names beyond ASCII.
VECTORS: list[tuple[Any, bytes]] = [
    ({"literals": [None, True, False]}, b'{"literals":[null,true,false]}'),
    ('€$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()),
    ({"1": {"f": {"f": "hi", "F": 5}, "\n": 56}, "10": {}, "": "empty", "a": {}, "111": [{"e": "yes", "E": "no"}], "A": {}},
     b'{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}'),
    ({"b": 2, "a": 1, "B": 3}, b'{"B":3,"a":1,"b":2}'),
    ([56, {"d": True, "10": None, "1": []}], b'[56,{"1":[],"10":null,"d":true}]'),
    ("\b\t\n\f\r\x00\x1f\x7f", b'"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f"'),
    ("\u2028\u2029\ufeff😀", '"\u2028\u2029\ufeff😀"'.encode()),
    ("</script>", b'"</script>"'),
    ([9007199254740991, -9007199254740991, 0, -0], b"[9007199254740991,-9007199254740991,0,0]"),
    ({}, b"{}"),
    ([], b"[]"),
]  # fmt: skip

NAMES = st.text(st.characters(max_codepoint=127))
WHOLE = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
SCALARS = st.none() | st.booleans() | WHOLE | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20)


@pytest.mark.parametrize(("value", "form"), VECTORS)
def test_the_vectors_of_rfc_8785(value: Any, form: bytes) -> None:
    assert canonical(value) == form


@given(VALUES)
def test_the_form_is_read_back_and_is_its_own_form(value: Any) -> None:
    form = canonical(value)
    assert json.loads(form) == value
    assert canonical(json.loads(form)) == form


@given(st.dictionaries(NAMES, WHOLE, min_size=2, max_size=6), st.randoms())
def test_the_order_of_names_does_not_matter(value: dict[str, int], rng: Any) -> None:
    names = list(value)
    rng.shuffle(names)
    assert canonical({name: value[name] for name in names}) == canonical(value)


@pytest.mark.parametrize("value", [0.5, 1.0, {"a": [1, {"b": 0.1}]}, (0.25,), float("nan"), {"probability": 1e-9}])
def test_a_float_has_no_form(value: Any) -> None:
    with pytest.raises(TypeError, match="decimal string"):
        canonical(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), [10**400], {"é": 1}, {1: 2}, {None: 1}, {True: 1}, b"bytes", {1, 2}, object()])
def test_what_readers_could_read_differently_has_no_form(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_half_a_character_has_no_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical("\ud800")


def test_a_commitment_is_the_hash_of_salt_and_form() -> None:
    salt, opening = bytes(range(32)), {"v": 1, "b": "x"}
    assert commit(salt, opening) == hashlib.sha256(salt + b'{"b":"x","v":1}').digest()
    assert commit(salt, opening) != commit(bytes(32), opening)
    assert commit(salt, opening) != commit(salt, opening | {"v": 2})


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit(bytes(length), {})
