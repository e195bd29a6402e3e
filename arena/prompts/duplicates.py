"""Which texts say the same, or nearly. Pure.

The same: equal but for case, spaces and the forms that Unicode holds equal. Nearly: at least `ALIKE` of the pieces that either has
are in both (Jaccard), pieces being runs of a few characters, so that it works in scripts without spaces. Candidates are found with
MinHash and locality-sensitive hashing (Broder 1997; Leskovec et al., Mining of Massive Datasets, 3.4), then compared exactly:
nothing is called alike that is not, and of pairs just at `ALIKE` one in 4,500 is missed.
"""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.8
LOOKED_AT = 2000
BANDS, BAND = 16, 4  # found with probability 1 - (1 - s^4)^16: 0.9998 at 0.8, 0.64 at 0.5, 0.001 at 0.1
MOST_IN_BUCKET = 8  # where a whole file is half alike, some pairs are missed, and the time still grows with its length alone
_SPACED, _DENSE = 5, 3  # characters a piece: where words have spaces between them, and where not

Pieces = NDArray[np.uint64]
_RNG = np.random.default_rng(20261128)
_FACTORS = _RNG.integers(0, 2**31, size=(BANDS * BAND, 1), dtype=np.uint32) * np.uint32(2) + np.uint32(1)
_SHIFTS = _RNG.integers(0, 2**32, size=(BANDS * BAND, 1), dtype=np.uint32)
_POWERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0xD6E8FEB86659FD93], dtype=np.uint64)


class Duplicate(NamedTuple):
    """A text that says the same as an earlier one, or nearly. name, of: as they were given; alike: 0 to 1, of the pieces."""

    name: str
    of: str
    kind: Literal["exact", "near"]
    alike: float


@dataclass(slots=True)
class _Seen:
    """The texts of one group so far. Only those that are no duplicates: what is alike to them is found by them."""

    exact: dict[bytes, str] = field(default_factory=dict)
    pieces: dict[str, Pieces] = field(default_factory=dict)
    buckets: dict[bytes, list[str]] = field(default_factory=lambda: defaultdict(list))


def find(texts: Iterable[tuple[str, str, str]], known: Iterable[tuple[str, str, str]] = ()) -> Iterator[Duplicate]:
    """The duplicates among `texts`, and those of `known` ones, in the order of `texts`.

    Each text comes as (name, group, text): names differ, and only texts of one group are compared.
    """
    groups: dict[str, _Seen] = defaultdict(_Seen)
    for name, group, text in known:
        _place(groups[group], name, text)
    for name, group, text in texts:
        if found := _place(groups[group], name, text):
            yield found


def _place(seen: _Seen, name: str, text: str) -> Duplicate | None:
    """What `text` is a duplicate of; where it is none, it is remembered."""
    plain = normal(text)
    mark = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
    if mark in seen.exact:
        return Duplicate(name, seen.exact[mark], "exact", 1.0)
    seen.exact[mark] = name
    own = pieces(plain[:LOOKED_AT])
    if not own.size:
        return None
    keys = _keys(own)
    near = {other for key in keys for other in seen.buckets.get(key, ())}
    best = max(((alike(own, seen.pieces[other]), other) for other in near), default=(0.0, ""))
    if best[0] >= ALIKE:
        return Duplicate(name, best[1], "near", round(best[0], 3))
    seen.pieces[name] = own
    for key in keys:
        if len(bucket := seen.buckets[key]) < MOST_IN_BUCKET:
            bucket.append(name)
    return None


def normal(text: str) -> str:
    """The text in lower case, with single spaces, in the form that Unicode holds equal (NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pieces(plain: str) -> Pieces:
    """The hashes of all runs of a few characters, sorted, each once; none for a text shorter than one run."""
    size = _SPACED if plain.count(" ") * 20 >= len(plain) else _DENSE
    characters = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    count = len(characters) - size + 1
    if count < 1:
        return np.empty(0, dtype=np.uint64)
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(size):
        hashes += characters[place : place + count] * _POWERS[place]
    hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def alike(one: Pieces, other: Pieces) -> float:
    """Of the pieces that either has, the share that both have."""
    if min(len(one), len(other)) < ALIKE * max(len(one), len(other)):
        return 0.0  # too unequal in length to reach it
    both = len(np.intersect1d(one, other, assume_unique=True))
    return float(both / (len(one) + len(other) - both))


def _keys(own: Pieces) -> list[bytes]:
    """One key a band: two texts share one as likely as they are alike."""
    short = (own >> np.uint64(32)).astype(np.uint32)
    signature = (short * _FACTORS + _SHIFTS).min(axis=1)
    return [bytes([band]) + signature[band * BAND : (band + 1) * BAND].tobytes() for band in range(BANDS)]
