"""What is kept for a while: names in the shared cache, and what one process found out a moment ago."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from django.conf import settings

from arena import clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def hashed(key: str, prefix: str, version: int) -> str:
    """A keyed hash of the name: counters are kept by network address and e-mail, and neither is to be read in a table."""
    return hmac.new(settings.SECRET_KEY.encode(), f"cache:{prefix}:{version}:{key}".encode(), hashlib.sha256).hexdigest()


class Kept(Generic[K, V]):
    """What this process knows by name, for `seconds`; found out anew by one thread at a time, whatever the name. Not for event loops.

    Who comes while somebody asks gets what was known up to `late` seconds ago. At most `most` names; the one that was found longest ago
    goes first.
    """

    def __init__(self, seconds: float, *, late: float, most: int = 1):
        self._seconds, self._late, self._most = seconds, late, most
        self._known: dict[K, tuple[V, float]] = {}
        self._asking = threading.Lock()

    def find(self, key: K, ask: Callable[[], V], *, patience: float = -1) -> V | None:
        """What is known of `key`, by `ask` if need be. None when others have been asking for `patience` seconds (-1: however long)."""
        if (known := self._young(key, self._seconds)) is not None:
            return known[0]
        late = self._young(key, self._late)
        if not self._asking.acquire(timeout=patience if late is None else 0):
            return None if late is None else late[0]
        try:
            known = self._young(key, self._seconds) or self._keep(key, ask())
            return known[0]
        finally:
            self._asking.release()

    def _young(self, key: K, seconds: float) -> tuple[V, float] | None:
        known = self._known.get(key)
        return known if known is not None and clock.monotonic() - known[1] < seconds else None

    def _keep(self, key: K, value: V) -> tuple[V, float]:
        self._known.pop(key, None)
        self._known[key] = found = (value, clock.monotonic())
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return found
