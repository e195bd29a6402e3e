"""How a webhook is signed: Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def secret(key: bytes) -> str:
    """A key as receivers are given it: `whsec_` and its base64. The specification asks for 24 to 64 bytes."""
    if not 24 <= len(key) <= 64:
        raise ValueError("a key has 24 to 64 bytes")
    return PREFIX + base64.b64encode(key).decode("ascii")


def headers(secrets: Sequence[str], *, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message, signed with each of these secrets: two while one replaces the other.

    `timestamp` is the second (Unix time) of this attempt. Raises ValueError for a secret that is none of ours.
    """
    signed = b"%s.%d.%s" % (id.encode("ascii"), timestamp, body)
    marks = [base64.b64encode(hmac.digest(_key(text), signed, hashlib.sha256)).decode("ascii") for text in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }


def _key(text: str) -> bytes:
    if not text.startswith(PREFIX):
        raise ValueError("not a webhook's secret")
    return base64.b64decode(text.removeprefix(PREFIX), validate=True)
