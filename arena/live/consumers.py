"""`ws /ws/boards/<slug>`: the whole board on connect and at every change. The client has nothing to say."""

import asyncio

from channels.generic.websocket import AsyncWebsocketConsumer

from arena.live.broadcast import Published, hub

UNKNOWN_BOARD = 4404
TALKS_TOO_MUCH = 4429
MAX_WORDS = 20


class BoardConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One watcher. A new state replaces one that was not sent yet: ticks never queue behind a slow reader."""

    slug: str
    words = 0
    writer: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.newest = asyncio.Event()
        self.state: Published | None = None
        await hub().ready()
        await self.accept()
        if (known := hub().boards.get(self.slug)) is None:
            await self.close(UNKNOWN_BOARD)
            return
        self._hear(known)
        hub().join(self.slug, self._hear)
        self.writer = asyncio.create_task(self._write())

    def _hear(self, state: Published) -> None:
        self.state = state
        self.newest.set()

    async def _write(self) -> None:
        while True:
            await self.newest.wait()
            self.newest.clear()
            if self.state is not None:
                await self.send(text_data=self.state.frame)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.words += 1
        if self.words > MAX_WORDS:
            await self.close(TALKS_TOO_MUCH)

    async def disconnect(self, code: int) -> None:
        hub().leave(self.slug, self._hear)
        if self.writer is not None:
            self.writer.cancel()
