"""The log's tree against RFC 6962's definition, and the vectors that Certificate Transparency logs test themselves with."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.votelog import tree

# google/certificate-transparency, merkletree/merkle_tree_test.cc: eight inputs and the heads over the first so many of them.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
ENTRIES = st.lists(st.binary(max_size=40), max_size=70)


def defined(entries: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1 << ((len(entries) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + defined(entries[:split]) + defined(entries[split:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_heads_are_those_of_certificate_transparency(size: int) -> None:
    assert tree.root([bytes.fromhex(each) for each in INPUTS[:size]]).hex() == HEADS[size - 1]


def test_the_head_of_nothing_is_the_hash_of_nothing() -> None:
    assert tree.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(ENTRIES)
@settings(max_examples=80, deadline=None)
def test_a_grown_tree_is_the_defined_one(entries: list[bytes]) -> None:
    assert tree.root(entries) == defined(entries)


@given(ENTRIES, st.integers(min_value=0))
@settings(max_examples=80, deadline=None)
def test_it_goes_on_from_what_was_kept(entries: list[bytes], at: int) -> None:
    begun = tree.Frontier()
    cut = at % (len(entries) + 1)
    for entry in entries[:cut]:
        begun.append(entry)
    later = tree.Frontier(begun.size, begun.kept)
    for entry in entries[cut:]:
        later.append(entry)
    assert (later.size, later.root) == (len(entries), defined(entries))
    assert len(later.kept) <= 32 * max(1, len(entries)).bit_length()


@pytest.mark.parametrize(("size", "kept"), [(1, b""), (0, bytes(32)), (3, bytes(32)), (4, bytes(64)), (-1, b"")])
def test_what_was_kept_of_another_size_is_refused(size: int, kept: bytes) -> None:
    with pytest.raises(ValueError):
        tree.Frontier(size, kept)


def test_an_entry_is_canonical_json() -> None:
    time = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)
    plain = b'{"commit":"0101","kind":"policy","seq":7,"time":"2026-11-22T12:00:00.000005Z","v":1}'
    assert tree.entry(kind="policy", seq=7, time=time, commit=b"\x01\x01") == plain
    whole = tree.entry(kind="vote", seq=0, time=time, commit=b"\x01", commit_person=b"\x02")
    assert whole == b'{"commit":"01","commit_person":"02","kind":"vote","seq":0,"time":"2026-11-22T12:00:00.000005Z","v":1}'


def test_a_moment_is_told_in_utc_with_all_its_digits() -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    assert tree.moment(datetime(2026, 11, 22, 17, 30, tzinfo=there)) == "2026-11-22T12:00:00.000000Z"
