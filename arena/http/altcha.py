"""Proof of work, as ALTCHA (altcha.org, version 1 of the protocol) has it: find the number behind a hash. Two hashes for us, thousands for the asker.

Nothing is kept of a challenge until it is used: its signature says that it is ours, its salt when it ends, and a window of quota one that
it was used already. It says nothing of whom it was given to.
"""

import base64
import binascii
import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from arena import clock
from arena.errors import ArenaError, ProofOfWorkRequired
from arena.http import limits, parsing

SECONDS = 300
MAX_CHARACTERS = 2000
FIELDS = {"algorithm": str, "challenge": str, "number": int, "salt": str, "signature": str}
# The closing `&` keeps the digits of the number out of those of the expiry.
_SALT = re.compile(r"[0-9a-f]{24,128}\?expires=([0-9]{1,12})&")


def challenge(*, salt: bytes, number: int, expires: datetime) -> dict[str, Any]:
    """The challenge whose answer is `number`, in the form that ALTCHA's own clients read."""
    salted = f"{salt.hex()}?expires={int(expires.timestamp())}&"
    hash = hashlib.sha256(f"{salted}{number}".encode()).hexdigest()
    return {"algorithm": "SHA-256", "challenge": hash, "maxnumber": settings.POW_WORK, "salt": salted, "signature": _sign(hash)}


def new() -> dict[str, Any]:
    """A challenge for whoever asks, good for five minutes."""
    number = clock.rng(clock.new_seed()).randrange(settings.POW_WORK + 1)
    return challenge(salt=clock.new_salt()[:12], number=number, expires=clock.now() + timedelta(seconds=SECONDS))


def spend(solution: str | None) -> None:
    """Accept a solution (the value of `X-Altcha`) once; raises ProofOfWorkRequired for one that is missing, wrong, old or used."""
    if not solution:
        raise ProofOfWorkRequired("Solve a challenge from /api/v1/challenge and send the request again; the page does so by itself.")
    hash = _verified(solution)
    (state,) = limits.take([limits.Window("altcha", hash, 1, 2 * SECONDS)])
    if state.refused:
        raise ProofOfWorkRequired("This challenge was used already; solve a new one.")


def _verified(solution: str) -> str:
    """The hash of the challenge that is solved."""
    told = _read(solution)
    salted = _SALT.fullmatch(told["salt"])
    hash = hashlib.sha256(f"{told['salt']}{told['number']}".encode()).hexdigest()
    genuine = hmac.compare_digest(told["challenge"].encode(), hash.encode())
    genuine &= hmac.compare_digest(told["signature"].encode(), _sign(hash).encode())
    if salted is None or told["algorithm"] != "SHA-256" or told["number"] < 0 or not genuine:
        raise ProofOfWorkRequired("This is no solution of a challenge of ours; ask for a new one.")
    if int(salted[1]) <= clock.now().timestamp():
        raise ProofOfWorkRequired("This challenge is too old; solve a new one.")
    return hash


def _read(solution: str) -> dict[str, Any]:
    try:
        if len(solution) > MAX_CHARACTERS:
            raise ValueError("too long")
        told = parsing.parse(base64.b64decode(solution, validate=True))
    except (ArenaError, binascii.Error, ValueError) as error:
        raise ProofOfWorkRequired("X-Altcha is base64 of a JSON object; this is not.") from error
    if not isinstance(told, dict) or any(type(told.get(name)) is not kind for name, kind in FIELDS.items()):
        raise ProofOfWorkRequired("X-Altcha must hold algorithm, challenge, number, salt and signature.")
    return told


def _sign(hash: str) -> str:
    key = hmac.new(settings.SECRET_KEY.encode(), b"arena.altcha", hashlib.sha256).digest()
    return hmac.new(key, hash.encode(), hashlib.sha256).hexdigest()
