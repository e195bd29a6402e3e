"""DOOR to time and chance: the only place that reads the clock or makes randomness, so that tests can freeze and seed both."""

import random
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import uuid_utils.compat

_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, in UTC."""
    return _frozen or datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never goes back; only differences mean something."""
    return time.monotonic()


def rng(seed: int) -> random.Random:
    """A generator whose whole sequence follows from `seed`, so that a stored seed proves a draw."""
    return random.Random(seed)


def new_seed() -> int:
    """63 unpredictable bits: a seed that nobody can guess and a signed 64-bit column can hold."""
    return secrets.randbits(63)


def new_salt() -> bytes:
    """32 unpredictable bytes."""
    return secrets.token_bytes(32)


def new_token() -> str:
    """256 unpredictable bits as 43 characters that fit into an address."""
    return secrets.token_urlsafe(32)


def new_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562): unguessable, and ascending in time so that its index stays compact."""
    return uuid_utils.compat.uuid7()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Hold `now()` at `moment`; for tests."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
