"""The files of an epoch, byte for byte, and how a stranger reads them. Pure."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arena.votelog import tree
from arena.votelog.commitment import canonical

VERSION = 1  # of the manifest
MANIFEST, CONVERSIONS, LEAVES, RATINGS = "manifest.json", "conversions.csv", "leaves.csv", "ratings.json"
FILES = (CONVERSIONS, LEAVES, RATINGS)
CONVERSION_COLUMNS = ("kind", "id", "wallet", "points", "units_per_point", "units")
LEAF_COLUMNS = ("account", "cumulative")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of conversions.csv: a `conversion` that this epoch pays first, or the `void` of one that an earlier one had paid."""

    kind: str
    id: str
    wallet: str
    points: int
    units_per_point: int
    units: int


@dataclass(frozen=True, slots=True)
class Head:
    """What a manifest says besides its files."""

    number: int
    chain_id: int
    contracts: Mapping[str, str]
    sealed_at: datetime
    root: bytes
    cum_total: int
    new_units: int
    accounts: int
    log_size: int
    log_root: bytes
    ratings_root: bytes
    previous: tuple[int, bytes] | None


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def manifest(head: Head, files: Mapping[str, bytes]) -> bytes:
    """Canonical JSON (RFC 8785); amounts are strings of base units, hashes 0x and hexadecimal."""
    previous = head.previous and {"epoch": head.previous[0], "data_hash": _hex(head.previous[1])}
    return canonical(
        {
            "v": VERSION,
            "epoch": head.number,
            "chain_id": head.chain_id,
            "contracts": dict(head.contracts),
            "sealed_at": tree.moment(head.sealed_at),
            "root": _hex(head.root),
            "cum_total": str(head.cum_total),
            "new_units": str(head.new_units),
            "accounts": head.accounts,
            "log": {"size": head.log_size, "root": _hex(head.log_root)},
            "ratings_root": _hex(head.ratings_root),
            "previous": previous,
            "files": [{"name": name, "size": len(files[name]), "sha256": sha256(files[name]).hex()} for name in FILES],
        }
    )


def leaves(owed: Iterable[tuple[str, int]]) -> bytes:
    """leaves.csv over (account, cumulative units), in the order given."""
    lines = [",".join(LEAF_COLUMNS), *(f"{account},{cumulative}" for account, cumulative in owed)]
    return ("\n".join(lines) + "\n").encode()


def ratings(board: Mapping[str, Any] | None) -> bytes:
    """ratings.json of a board's published state: who stands where, by slug, numbers as fixed-point strings; of no board, no rows."""
    if board is None:
        return canonical({"v": 1, "board": None, "rows": []})
    kept = ("rank", "mu", "sigma", "low", "high", "votes", "wins", "losses", "ties", "both_bad", "group")
    told = {name: board[name] for name in ("slug", "seq", "amended_seq", "votes", "parameters")}
    rows = [{"contender": row["contender"]["slug"], **{name: row[name] for name in kept}} for row in board["rows"]]
    return canonical({"v": 1, "board": told, "rows": rows})


def ratings_root(content: bytes) -> bytes:
    """The RFC 6962 tree head over the board's own line and each row of ratings.json, so that one row can be proved by itself."""
    document = json.loads(content)
    return tree.root([canonical(document["board"]), *map(canonical, document["rows"])])


def read_conversions(content: bytes) -> list[Line]:
    """Raises ValueError for what is not such a file."""
    return [Line(kind, id, wallet, *map(int, numbers)) for kind, id, wallet, *numbers in _rows(content, CONVERSION_COLUMNS)]


def read_leaves(content: bytes) -> list[tuple[str, int]]:
    """Raises ValueError for what is not such a file."""
    return [(account, int(cumulative)) for account, cumulative in _rows(content, LEAF_COLUMNS)]


def _rows(content: bytes, columns: tuple[str, ...]) -> list[list[str]]:
    head, *rows = [*csv.reader(content.decode().splitlines())] or [[]]
    if tuple(head) != columns or any(len(row) != len(columns) for row in rows):
        raise ValueError(f"its columns are not {', '.join(columns)}")
    return rows


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
