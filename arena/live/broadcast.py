"""Boards to everybody who watches: one LISTEN connection a process, one encoded frame for all its sockets."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from psycopg import AsyncConnection

from arena import asyncdb, metrics
from arena.live.sockets import text_frame
from arena.ratings.actions import CHANNEL

log = logging.getLogger("arena.live")
RECONNECT_SECONDS = 0.5
REFRESH_SECONDS = 5.0
# So many watchers are told before anything else in this process has its turn: a millisecond or two.
TOGETHER = 100
_READ = """
SELECT b.slug, s.seq, s.body, s.etag, extract(epoch FROM clock_timestamp() - s.at)::float8 FROM ratings_snapshot s JOIN ratings_board b ON b.id = s.board_id
WHERE NOT s.etag = ANY(%s)
"""

Listener = Callable[["Published"], None]


@dataclass(frozen=True, slots=True)
class Published:
    """A board's newest public state: the JSON bytes, their ETag, and the same as a websocket frame."""

    seq: int
    body: bytes
    etag: str
    frame: bytes


@dataclass(slots=True)
class Hub:
    """This process's view of all boards. `start` once an event loop; listeners are called at every change, in that loop."""

    boards: dict[str, Published] = field(default_factory=dict)
    listeners: dict[str, set[Listener]] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    loaded: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    def join(self, slug: str, listener: Listener) -> None:
        """Call `listener` with every new state of the board."""
        self.listeners.setdefault(slug, set()).add(listener)

    def leave(self, slug: str, listener: Listener) -> None:
        self.listeners.get(slug, set()).discard(listener)

    async def ready(self) -> bool:
        """Wait until the boards were read once; False when the database stays away for seconds."""
        self.start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.loaded.wait(), 5)
        return self.loaded.is_set()

    async def _run(self) -> None:
        """Listen, and read again after every (re)connection: what was said while nobody listened is not lost."""
        while True:
            try:
                async with await AsyncConnection.connect(**asyncdb.parameters(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        await self._read(connection)
                        async for _ in connection.notifies(timeout=REFRESH_SECONDS, stop_after=1):
                            pass
            except (psycopg.Error, OSError) as error:
                log.warning("listening for boards failed, trying again", extra={"reason": str(error)})
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _read(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        known = [board.etag for board in self.boards.values()]
        for slug, seq, body, etag, age in await (await connection.execute(_READ, [known])).fetchall():
            fresh = await self._publish(str(slug), int(str(seq)), bytes(body), str(etag))  # type: ignore[call-overload]
            if fresh and self.loaded.is_set():  # what was published before we listened tells nothing
                metrics.PUBLISH_SECONDS.observe(max(0.0, float(str(age))))
        self.loaded.set()

    async def _publish(self, slug: str, seq: int, body: bytes, etag: str) -> bool:
        """Keep and pass on a state unless we have it; a board never goes back in seq (P7). Whether it was new."""
        known = self.boards.get(slug)
        if known is not None and (seq < known.seq or etag == known.etag):
            return False
        state = Published(seq=seq, body=body, etag=etag, frame=text_frame(b'{"type":"board",' + body[1:]))
        self.boards[slug] = state
        for told, listener in enumerate(list(self.listeners.get(slug, ())), 1):
            listener(state)
            if told % TOGETHER == 0:
                await asyncio.sleep(0)
        return True


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    key = id(asyncio.get_running_loop())
    if key not in _hubs:
        _hubs.clear()
        _hubs[key] = Hub()
    return _hubs[key]


@metrics.at_scrape
async def _measure() -> None:
    metrics.SOCKETS.set(sum(map(len, hub().listeners.values())))
