"""What is said to contracts and by them, in bytes: the contract ABI of `contracts/abi/*.json`, and EIP-55 addresses.

Reading those files needs nothing; encoding and decoding import `eth_abi`, where they are done.
"""

import functools
import json
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

FILES = {"credits": "ArenaCredits", "log": "ArenaLog", "stablecoin": "TestStablecoin", "timelock": "TimelockController"}
_PANIC, _ERROR = bytes.fromhex("4e487b71"), bytes.fromhex("08c379a0")


@dataclass(frozen=True, slots=True)
class Entry:
    """One function, event or error: its name, the canonical types that go in and come out, and their names."""

    name: str
    types: tuple[str, ...]
    names: tuple[str, ...]
    indexed: tuple[bool, ...]
    returns: tuple[str, ...]
    return_names: tuple[str, ...]

    @functools.cache  # noqa: B019 (as many as the files hold)
    def digest(self) -> bytes:
        """keccak256 of its signature: an event's first topic; its first four bytes select a function or an error."""
        return keccak(f"{self.name}({','.join(self.types)})".encode())


@dataclass(frozen=True, slots=True)
class Contract:
    """What a file of `contracts/abi` says. `immutables`: places in the code (start, length) that the constructor fills."""

    functions: dict[str, Entry]
    events: tuple[Entry, ...]
    errors: tuple[Entry, ...]
    constructor: tuple[str, ...]
    bytecode: bytes
    code: bytes
    immutables: tuple[tuple[int, int], ...]
    changing: tuple[str, ...]


@functools.cache
def contract(name: str) -> Contract:
    """The contract `name` (a key of FILES, or a file's own name)."""
    path = settings.BASE_DIR / "contracts" / "abi" / f"{FILES.get(name, name)}.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    entries = found["abi"]
    functions = [entry for entry in entries if entry["type"] == "function"]
    return Contract(
        functions={entry["name"]: _entry(entry) for entry in functions},
        events=tuple(_entry(entry) for entry in entries if entry["type"] == "event"),
        errors=tuple(_entry(entry) for entry in entries if entry["type"] == "error"),
        constructor=next((_entry(entry).types for entry in entries if entry["type"] == "constructor"), ()),
        bytecode=bytes.fromhex(found["bytecode"].removeprefix("0x")),
        code=bytes.fromhex(found["deployedBytecode"].removeprefix("0x")),
        immutables=tuple((place["start"], place["length"]) for place in found["immutableReferences"]),
        changing=tuple(entry["name"] for entry in functions if entry["stateMutability"] not in ("view", "pure")),
    )


def _entry(entry: dict[str, Any]) -> Entry:
    inputs, outputs = entry.get("inputs", []), entry.get("outputs", [])
    return Entry(
        name=entry.get("name", ""),
        types=tuple(_type(each) for each in inputs),
        names=tuple(each["name"] for each in inputs),
        indexed=tuple(bool(each.get("indexed")) for each in inputs),
        returns=tuple(_type(each) for each in outputs),
        return_names=tuple(each["name"] for each in outputs),
    )


def _type(entry: dict[str, Any]) -> str:
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type(part) for part in entry['components'])}){kind.removeprefix('tuple')}"


def keccak(data: bytes) -> bytes:
    """keccak256, as Ethereum has it."""
    from eth_hash.auto import keccak

    return keccak(data)


def checksummed(address: str) -> str:
    """The address in EIP-55's mixed case. Raises ValueError when it is none."""
    plain = address.lower().removeprefix("0x")
    if len(plain) != 40 or len(bytes.fromhex(plain)) != 20:
        raise ValueError(f"not an address: {address!r}")
    digest = keccak(plain.encode()).hex()
    return "0x" + "".join(letter.upper() if int(digest[place], 16) >= 8 else letter for place, letter in enumerate(plain))


def encode_call(name: str, function: str, args: Sequence[Any]) -> bytes:
    """The bytes that call `function` of contract `name`. Raises ValueError when the arguments do not fit it."""
    entry = contract(name).functions[function]
    return entry.digest()[:4] + encode(entry.types, args)


def encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """The values in the contract ABI's encoding. Raises ValueError when they do not fit the types."""
    from eth_abi.abi import encode
    from eth_abi.exceptions import EncodingError

    try:
        return encode(types, values)
    except (EncodingError, TypeError) as error:
        raise ValueError(str(error)) from None


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """The values that the bytes stand for, addresses checksummed. Raises ValueError when they do not fit the types."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        values = decode(types, data)
    except (DecodingError, OverflowError) as error:
        raise ValueError(str(error)) from None
    return tuple(_shown(kind, value) for kind, value in zip(types, values, strict=True))


def decode_result(name: str, function: str, data: bytes) -> Any:
    """What `function` returned: its one value, or a named tuple of all."""
    entry = contract(name).functions[function]
    values = decode(entry.returns, data)
    if len(values) == 1:
        return values[0]
    if values and all(entry.return_names):
        return namedtuple(function, entry.return_names)(*values)
    return values


def decode_error(data: bytes) -> tuple[str, tuple[Any, ...]]:
    """The custom error of any of our contracts that these bytes stand for; `Error` and `Panic` are Solidity's own; ("", ()) for any other."""
    selector, rest = data[:4], data[4:]
    try:
        if selector in (_ERROR, _PANIC):
            return ("Error", decode(["string"], rest)) if selector == _ERROR else ("Panic", decode(["uint256"], rest))
        for name in FILES:
            for entry in contract(name).errors:
                if entry.digest()[:4] == selector:
                    return entry.name, decode(entry.types, rest)
    except ValueError:
        pass
    return "", ()


def decode_event(name: str, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]] | None:
    """An event of contract `name` and its values by name, fit for JSON: whole numbers as decimal strings, bytes as 0x hex.

    None for what is none of the contract's events.
    """
    entry = next((each for each in contract(name).events if topics and each.digest() == topics[0]), None)
    if entry is None:
        return None
    kinds = list(zip(entry.names, entry.types, entry.indexed, strict=True))
    plain = [(each, kind) for each, kind, indexed in kinds if not indexed]
    marked = [(each, kind) for each, kind, indexed in kinds if indexed]
    if len(topics) != 1 + len(marked):
        return None
    found = dict(zip([each for each, _ in plain], decode([kind for _, kind in plain], data), strict=True))
    for (each, kind), topic in zip(marked, topics[1:], strict=True):
        found[each] = decode([kind], topic)[0]
    return entry.name, {each: _json(found[each]) for each in entry.names}


def _shown(kind: str, value: Any) -> Any:
    if kind == "address":
        return checksummed(value)
    if kind == "address[]":
        return tuple(checksummed(each) for each in value)
    return value


def _json(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return [_json(each) for each in value]
