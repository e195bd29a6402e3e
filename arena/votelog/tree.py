"""The log as a Merkle tree of RFC 6962 (section 2.1), grown one entry at a time. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from arena.votelog.commitment import canonical

SIZE = 32
EMPTY = hashlib.sha256().digest()  # the head of a tree without entries


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree's complete subtrees, the largest first: all that it takes to go on growing. An append costs O(1) hashes on average."""

    __slots__ = ("size", "subtrees")

    def __init__(self, size: int = 0, kept: bytes = b""):
        """Go on from what `kept` of a tree of `size` entries; raises ValueError when the two do not fit."""
        if size < 0 or len(kept) != SIZE * size.bit_count():
            raise ValueError(f"a tree of {size} entries has another number of subtrees")
        self.size = size
        self.subtrees = [kept[start : start + SIZE] for start in range(0, len(kept), SIZE)]

    def append(self, entry: bytes) -> None:
        """Add one entry: as many subtrees become one as the size has ones at its end."""
        node, size = leaf_hash(entry), self.size
        while size & 1:
            node = node_hash(self.subtrees.pop(), node)
            size >>= 1
        self.subtrees.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The tree head: the subtrees joined from the smallest up."""
        if not self.subtrees:
            return EMPTY
        node = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            node = node_hash(left, node)
        return node

    @property
    def kept(self) -> bytes:
        """What goes on from here."""
        return b"".join(self.subtrees)


def root(entries: Iterable[bytes]) -> bytes:
    """The tree head over these entries."""
    tree = Frontier()
    for entry in entries:
        tree.append(entry)
    return tree.root


def entry(*, kind: str, seq: int, time: datetime, commit: bytes, commit_person: bytes | None = None) -> bytes:
    """A log entry as it is hashed: canonical JSON (RFC 8785), the time in UTC to the microsecond, commitments in hexadecimal."""
    told: dict[str, Any] = {"v": 1, "kind": kind, "seq": seq, "time": moment(time), "commit": commit.hex()}
    if commit_person is not None:
        told["commit_person"] = commit_person.hex()
    return canonical(told)


def moment(time: datetime) -> str:
    """RFC 3339 in UTC, always with six decimals."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
