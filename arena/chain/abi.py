"""What is said to contracts and by them, in bytes: the contract ABI of `contracts/abi/*.json`, by web3's tools.

Reading those files needs nothing; web3, which takes a second to load, is imported where something is encoded or decoded.
"""

import functools
import json
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from eth_hash.auto import keccak as keccak

if TYPE_CHECKING:
    from eth_typing import ABI, ABIFunction
    from web3.contract.contract import ContractEvent
    from web3.types import LogReceipt

FILES = {"credits": "ArenaCredits", "log": "ArenaLog", "stablecoin": "TestStablecoin", "timelock": "TimelockController"}
# Solidity's own errors, which no contract's ABI lists.
_BUILT_IN = {"Error(string)": "string", "Panic(uint256)": "uint256"}


@dataclass(frozen=True, slots=True)
class Contract:
    """What a file of `contracts/abi` says. `immutables`: places in the code (start, length) that the constructor fills."""

    abi: "ABI"
    bytecode: bytes
    code: bytes
    immutables: tuple[tuple[int, int], ...]
    changing: tuple[str, ...]


@functools.cache
def contract(name: str) -> Contract:
    """The contract `name` (a key of FILES, or a file's own name)."""
    path = settings.BASE_DIR / "contracts" / "abi" / f"{FILES.get(name, name)}.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    functions = [entry for entry in found["abi"] if entry["type"] == "function"]
    return Contract(
        abi=found["abi"],
        bytecode=bytes.fromhex(found["bytecode"].removeprefix("0x")),
        code=bytes.fromhex(found["deployedBytecode"].removeprefix("0x")),
        immutables=tuple((place["start"], place["length"]) for place in found["immutableReferences"]),
        changing=tuple(entry["name"] for entry in functions if entry["stateMutability"] not in ("view", "pure")),
    )


def prepare() -> None:
    """Do now what the first question to a chain would wait a second for: load web3, and read the files."""
    for name in FILES:
        _events(name)


def checksummed(address: str) -> str:
    """The address in EIP-55's mixed case. Raises ValueError when it is none."""
    from eth_utils.address import to_checksum_address

    return to_checksum_address(address)


def creation(name: str, args: Sequence[Any]) -> bytes:
    """The bytes that make contract `name` with these settings. Raises ValueError when they do not fit its constructor."""
    from web3 import utils

    found = contract(name)
    types = [kind for entry in utils.filter_abi_by_type("constructor", found.abi) for kind in utils.get_abi_input_types(entry)]
    return found.bytecode + encode(types, args)


def encode_call(name: str, function: str, args: Sequence[Any]) -> bytes:
    """The bytes that call `function` of contract `name`. Raises ValueError when the arguments do not fit it."""
    from web3 import utils

    entry = _function(name, function)
    return utils.function_abi_to_4byte_selector(entry) + encode(utils.get_abi_input_types(entry), args)


def _function(name: str, function: str) -> "ABIFunction":
    from web3 import utils

    (entry,) = utils.filter_abi_by_type("function", utils.filter_abi_by_name(function, contract(name).abi))
    return entry


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
    return tuple(checksummed(value) if kind == "address" else value for kind, value in zip(types, values, strict=True))


def decode_result(name: str, function: str, data: bytes) -> Any:
    """What `function` returned: its one value, or a named tuple of all."""
    from web3 import utils

    entry = _function(name, function)
    values = decode(utils.get_abi_output_types(entry), data)
    if len(values) == 1:
        return values[0]
    names = [name for name in utils.get_abi_output_names(entry) if name]
    return namedtuple(function, names)(*values) if values and len(names) == len(values) else values


def errors(name: str) -> dict[str, list[str]]:
    """The custom errors of contract `name`, by their signatures: the types of what they tell."""
    from web3 import utils

    return {
        utils.abi_to_signature(entry): utils.get_abi_input_types(entry) for entry in utils.filter_abi_by_type("error", contract(name).abi)
    }


@functools.cache
def _selected() -> dict[bytes, tuple[str, list[str]]]:
    """Every error that a contract of ours may give, by its first four bytes."""
    from web3 import utils

    known = {signature: [kind] for signature, kind in _BUILT_IN.items()} | {k: v for name in FILES for k, v in errors(name).items()}
    return {utils.function_signature_to_4byte_selector(each): (each.partition("(")[0], types) for each, types in known.items()}


def decode_error(data: bytes) -> tuple[str, tuple[Any, ...]]:
    """The custom error of any of our contracts that these bytes stand for; `Error` and `Panic` are Solidity's own; ("", ()) for any other."""
    name, types = _selected().get(data[:4], ("", []))
    try:
        return name, decode(types, data[4:])
    except ValueError:
        return "", ()


@functools.cache
def _events(name: str) -> "dict[bytes, ContractEvent]":
    """The events of contract `name` by their first topic."""
    from web3 import Web3, utils
    from web3.providers import BaseProvider

    # A provider that asks nobody: these only decode.
    found = Web3(BaseProvider()).eth.contract(abi=contract(name).abi).events
    return {utils.event_abi_to_log_topic(event): found[utils.abi_to_signature(event)] for event in utils.get_all_event_abis(found.abi)}


def topic(name: str, event: str) -> bytes:
    """The first topic of an event of contract `name`."""
    (found,) = (topic for topic, each in _events(name).items() if each.event_name == event)
    return found


def decode_event(name: str, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]] | None:
    """An event of contract `name` and its values by name, fit for JSON: whole numbers as decimal strings, bytes as 0x hex.

    None for what is none of the contract's events. Raises ValueError when the bytes do not fit it.
    """
    from eth_abi.exceptions import DecodingError
    from web3.exceptions import LogTopicError

    event = _events(name).get(topics[0]) if topics else None
    if event is None:
        return None
    rest = dict.fromkeys(("logIndex", "transactionIndex", "transactionHash", "address", "blockHash", "blockNumber"))
    try:
        found = event.process_log(cast("LogReceipt", {"topics": topics, "data": data, **rest}))
    except LogTopicError:
        return None
    except (DecodingError, OverflowError) as error:
        raise ValueError(str(error)) from None
    return event.event_name, {each: _json(value) for each, value in found["args"].items()}


def _json(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return [_json(each) for each in value]
