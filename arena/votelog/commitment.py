"""Salted commitments over canonical JSON: what the log shows before anything is opened. Pure."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a value made of objects with ASCII names, arrays, strings, booleans, null and whole numbers below 2^53.

    Raises TypeError for a float: a probability is written as a decimal string, so that no reader can round it differently.
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commit(salt: bytes, opening: Any) -> bytes:
    """SHA-256 of the salt (32 bytes) followed by the canonical opening."""
    if len(salt) != 32:
        raise ValueError("a salt has 32 bytes")
    return hashlib.sha256(salt + canonical(opening)).digest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form; write it as a decimal string")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        raise TypeError("a number of 2^53 or more has no canonical form; write it as a string")
    if isinstance(value, dict):
        if not all(isinstance(key, str) and key.isascii() for key in value):
            raise TypeError("names are ASCII strings")
        value = list(value.values())
    if isinstance(value, list | tuple):
        for child in value:
            _refuse_floats(child)
