"""`ws /ws/boards/<slug>`: the whole board on connect and at every change. The client has nothing to say."""

from collections import Counter

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from arena.errors import KeyInvalid
from arena.http.lean import origin
from arena.live.broadcast import Published, hub
from arena.live.callers import caller_of
from arena.live.sockets import EXTENSION, TALKS_TOO_MUCH
from arena.users.queries import network_of

UNKNOWN_BOARD = 4404
KEY_INVALID, SCOPE_MISSING, KEY_FULL = 4401, 4403, 4431
SCOPE = "rankings"
# Told before anything else, so that a page knows to wait longer: this process, or the watcher's network in it, holds all it may.
FULL, NETWORK_FULL = 4503, 4430
MAX_WORDS = 20
_sockets: Counter[str] = Counter()


class BoardConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One watcher. A new state replaces one that was not sent yet (`sockets.Sockets.offer`): ticks never queue behind a slow reader."""

    slug: str
    words = 0
    seat: str | None = None

    async def connect(self) -> None:
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        if EXTENSION not in self.scope.get("extensions", {}):
            raise ImproperlyConfigured("Boards cannot be watched on this server. Start it with --ws arena.live.sockets:Sockets")
        self.offer = self.scope["extensions"][EXTENSION]
        await hub().ready()
        await self.accept()
        if refusal := await self._sit():
            await self.close(refusal)
            return
        if (known := hub().boards.get(self.slug)) is None:
            await self.close(UNKNOWN_BOARD)
            return
        self._hear(known)
        hub().join(self.slug, self._hear)

    async def _sit(self) -> int | None:
        """Take a place among those of one's key, or of one's network; or give the code to close with.

        Before `accept` a close would be a bare 403 that a page cannot read.
        """
        try:
            caller = await caller_of(self.scope)
        except KeyInvalid:
            return KEY_INVALID
        if caller is not None and SCOPE not in caller.scopes:
            return SCOPE_MISSING
        seat = f"key:{caller.key}" if caller else network_of(origin(self.scope))
        most, full = (settings.MAX_SOCKETS_KEY, KEY_FULL) if caller else (settings.MAX_SOCKETS_NETWORK, NETWORK_FULL)
        if _sockets.total() >= settings.MAX_SOCKETS:
            return FULL
        if _sockets[seat] >= most:
            return full
        self.seat = seat
        _sockets[seat] += 1
        return None

    def _hear(self, state: Published) -> None:
        self.offer(state.frame)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.words += 1
        if self.words > MAX_WORDS:
            await self.close(TALKS_TOO_MUCH)

    async def disconnect(self, code: int) -> None:
        hub().leave(self.slug, self._hear)
        if self.seat is not None:
            _leave(self.seat)
            self.seat = None


def _leave(seat: str) -> None:
    _sockets[seat] -= 1
    if not _sockets[seat]:
        del _sockets[seat]


class Nowhere(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Any other address: told as a board that there is not."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(UNKNOWN_BOARD)
