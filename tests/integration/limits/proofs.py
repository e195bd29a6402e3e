"""A small solver of challenges, as the page has one."""

import base64
import hashlib
import json
from typing import Any

from tests.cast import Person


def solve(challenge: dict[str, Any], **changed: Any) -> str:
    """The value of `X-Altcha` for a challenge; `changed` fields are sent instead of the right ones."""
    for number in range(challenge["maxnumber"] + 1):
        if hashlib.sha256(f"{challenge['salt']}{number}".encode()).hexdigest() == challenge["challenge"]:
            told = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
            return base64.b64encode(json.dumps(told | changed).encode()).decode()
    raise AssertionError("no number solves this challenge")


def solution(person: Person) -> str:
    """A fresh challenge, solved."""
    return solve(person.get("challenge").json())


def offering(proof: str) -> dict[str, Any]:
    """The header that carries a solution."""
    return {"X-Altcha": proof}
