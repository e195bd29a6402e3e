"""Storing what all of this process's battles write: one statement for all of them a few times a second, however many there are."""

import asyncio
import contextlib
import logging
from typing import Protocol
from weakref import WeakKeyDictionary

import psycopg
from psycopg_pool import PoolTimeout

from arena import clock
from arena.battles.streaming import store
from arena.battles.streaming.store import AnswerState

FLUSH_SECONDS = 0.25
# Whoever is in a hurry waits so long for others who are: the sides of a battle often have their first words together.
HURRY_SECONDS = 0.02
# With very many battles, or a slow database, a round takes long: then it is followed by a rest of so many times its length.
REST = 2
log = logging.getLogger("arena.streaming")
_keepers: "WeakKeyDictionary[asyncio.AbstractEventLoop, Keeper]" = WeakKeyDictionary()


class Kept(Protocol):
    """Whoever writes answers."""

    @property
    def writing(self) -> list[AnswerState]: ...
    @property
    def drawing(self) -> bool:
        """Whether one of its sides is just being given to another contender: then its rows are not ours to write."""

    def obey(self, answer: AnswerState, verdict: str) -> None:
        """Told of every answer that was stored what `store` says of it."""


def keeper() -> "Keeper":
    """This event loop's."""
    return _keepers.setdefault(asyncio.get_running_loop(), Keeper())


class Keeper:
    """Stores what has grown, renews the leases, and passes on a stop: for all it keeps every FLUSH_SECONDS, for who is in a hurry sooner."""

    def __init__(self) -> None:
        self._kept: set[Kept] = set()
        self._hurried: set[Kept] = set()
        self._wake = asyncio.Event()
        self._storing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def keep(self, who: Kept) -> None:
        """Begin to store what it writes."""
        self._kept.add(who)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    def hurry(self, who: Kept) -> None:
        """Store this one at once: others wait for its first word, or for its end."""
        if who in self._kept:
            self._hurried.add(who)
            self._wake.set()

    async def leave(self, who: Kept) -> None:
        """Store no more of it; returns when nothing of it is on its way any more."""
        self._kept.discard(who)
        self._hurried.discard(who)
        async with self._storing:
            pass

    async def _work(self) -> None:
        due = clock.monotonic()
        while self._kept:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due - clock.monotonic())):
                    await self._wake.wait()
            if self._wake.is_set() and due - clock.monotonic() > HURRY_SECONDS:
                await asyncio.sleep(HURRY_SECONDS)
            self._wake.clear()
            hurried, self._hurried = self._hurried, set()
            begun = clock.monotonic()
            if begun >= due:
                await self._try(list(self._kept))
                due = clock.monotonic() + max(FLUSH_SECONDS, REST * (clock.monotonic() - begun))
            elif hurried:
                await self._try(list(hurried))

    async def _try(self, whose: list[Kept]) -> None:
        """A round whose fault, whatever it is, is not the end of the keeper: all battles of the process depend on it, and the next round tries again."""
        try:
            await self._store(whose)
        except Exception:
            log.exception("a round of storing failed, trying again")

    async def _store(self, whose: list[Kept]) -> None:
        """One round. What cannot be stored is kept in memory and tried again; the lease is what bounds how long."""
        async with self._storing:
            held = {answer.id: (who, answer) for who in whose if not who.drawing for answer in who.writing}
            running = [answer for _, answer in held.values() if answer.running]
            ended = [answer.id for _, answer in held.values() if not answer.running and store.changed(answer)]
            with contextlib.suppress(psycopg.Error, PoolTimeout):
                await self._store_running(running, held)
            for id in ended:  # each by itself: an end counts what was spent, in rows that other ends count in too
                with contextlib.suppress(psycopg.Error, PoolTimeout):
                    _tell(held, id, await store.flush(held[id][1]))

    async def _store_running(self, running: list[AnswerState], held: dict[int, tuple[Kept, AnswerState]]) -> None:
        try:
            verdicts = await store.grow(running)
        except psycopg.DataError:  # one whose text the database refuses takes no other with it
            verdicts = {}
            for answer in running:
                with contextlib.suppress(psycopg.DataError):
                    verdicts |= await store.grow([answer])
        for id, verdict in verdicts.items():
            _tell(held, id, verdict)


def _tell(held: dict[int, tuple[Kept, AnswerState]], id: int, verdict: str) -> None:
    who, answer = held[id]
    if answer.id == id and not who.drawing:  # else it was given to another contender meanwhile
        who.obey(answer, verdict)
