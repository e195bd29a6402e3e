"""API keys and the secrets of invitations: how they are made and read, and what is kept of them.

A key is `eh_<id>_<secret>`; the id finds its row, the SHA-256 of the whole is compared with what is kept. The secret is 256 random bits,
so that a plain hash is enough: there is nothing to guess.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings

from arena import clock
from arena.errors import KeyInvalid
from arena.http.session import Caller

PATTERN = re.compile(r"eh_([a-z2-7]{16})_[a-z2-7]{52}")
LOOSE = timedelta(minutes=1)
# By the key's id; for the threads and for the lean routes alike.
FIND = """
SELECT k.id, k.organisation_id, k.digest, k.scopes, k.quota, k.expires_at, k.revoked_at, k.used_at,
       EXISTS (SELECT FROM vendors_membership m WHERE m.organisation_id = k.organisation_id) AS spoken_for
FROM vendors_apikey k WHERE k.id = %s
"""
COLUMNS = ("id", "organisation_id", "digest", "scopes", "quota", "expires_at", "revoked_at", "used_at", "spoken_for")


class Made(NamedTuple):
    """A new key: its id, the whole of it, and what is kept."""

    id: str
    key: str
    digest: bytes


def make() -> Made:
    """A new key."""
    id = _words(clock.new_salt()[:10])
    key = f"eh_{id}_{_words(clock.new_salt())}"
    return Made(id, key, digest_of(key))


def new_secret() -> str:
    """256 unpredictable bits for a link."""
    return _words(clock.new_salt())


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header; None when there is none, or it is of another scheme."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def id_of(key: str) -> str:
    """The id that a key names. Raises KeyInvalid for what is no key of ours."""
    found = PATTERN.fullmatch(key)
    if found is None:
        raise KeyInvalid("This is not an API key of this arena: one begins with eh_ and is shown whole when it is made.")
    return found[1]


def caller_of(key: str, row: Mapping[str, Any] | None, now: datetime) -> Caller:
    """Who shows this key, by the row of COLUMNS that its id found. Raises KeyInvalid with what is wrong with it.

    Only who holds the whole key learns more than that it does not hold.
    """
    if row is None or not hmac.compare_digest(bytes(row["digest"]), digest_of(key)):
        raise KeyInvalid("There is no such API key. Check that you copied all of it, or make a new one.")
    if row["revoked_at"] is not None or not row["spoken_for"]:
        raise KeyInvalid("This API key was revoked. Make a new one.")
    if row["expires_at"] is not None and row["expires_at"] <= now:
        raise KeyInvalid("This API key has expired. Make a new one.")
    quota = settings.LIMIT_KEY_PER_HOUR if row["quota"] is None else row["quota"]
    return Caller(row["id"], row["organisation_id"], frozenset(row["scopes"]), quota)


def _words(random: bytes) -> str:
    return base64.b32encode(random).decode().rstrip("=").lower()
