"""Several web processes behind one listening socket, replaced one by one without a moment in which nobody answers.

The socket is this process's: while one child leaves, the kernel hands new connections to the others.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from arena.embedded.children import Backoff, die_with_parent

READY_FD = "EVENHAND_READY_FD"
READY_SECONDS = 60.0


def tell_ready(environ: dict[str, str] | None = None) -> None:
    """Called in a child once it serves: its parent waits for that before it lets another go. Nothing without such a parent."""
    given = (os.environ if environ is None else environ).pop(READY_FD, "")
    if given:
        with contextlib.suppress(BrokenPipeError), os.fdopen(int(given), "wb") as pipe:
            pipe.write(b"1")


@dataclass(slots=True)
class Fleet:
    """`count` children that run `argv` (`{fd}` stands for the listening socket's number). `grace`: seconds to leave in."""

    argv: Sequence[str]
    count: int
    listening: socket.socket
    grace: float
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    renewing: asyncio.Event = field(default_factory=asyncio.Event)
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT; SIGHUP replaces every child in turn. 1 when a child had to be killed, or none ever began."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.renewing.set)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        self.running = [child for child in await asyncio.gather(*(self._start() for _ in range(self.count))) if child is not None]
        came_up = bool(self.running)  # one that died at its start is replaced like any other; when all did, it is not chance
        backoff = Backoff()
        while came_up and not self.stopping.is_set():
            backoff.begin()
            await self._wait()
            if self.renewing.is_set():
                self.renewing.clear()
                await self._renew()
            elif not self.stopping.is_set() and await self._refill():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), backoff.pause())
        ended = await asyncio.gather(*(self._stop(child) for child in self.running))
        return 0 if came_up and all(ended) else 1

    async def _wait(self) -> None:
        """Until a signal comes or a child ends; not at all while one is missing."""
        if len(self.running) < self.count:
            return
        waits = [
            asyncio.ensure_future(one) for one in (self.stopping.wait(), self.renewing.wait(), *(child.wait() for child in self.running))
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _renew(self) -> None:
        """A fresh child first, then the old one goes: never fewer than `count`. A fresh one that does not come up ends the renewal."""
        for old in list(self.running):
            fresh = await self._start()
            if fresh is None:
                print("A new web process did not come up; the old ones stay.", file=sys.stderr, flush=True)
                return
            self.running[self.running.index(old)] = fresh
            await self._stop(old)
            if self.stopping.is_set():
                return

    async def _refill(self) -> bool:
        """Replace children that have died. Whether any are missing still, so that it has to be tried again after a pause."""
        alive = [child for child in self.running if child.returncode is None]
        fresh = await asyncio.gather(*(self._start() for _ in range(self.count - len(alive))))
        self.running = alive + [child for child in fresh if child is not None]
        return len(self.running) < self.count

    async def _start(self) -> asyncio.subprocess.Process | None:
        """A child that serves; None when it did not come up."""
        ours, theirs = os.pipe()
        parent = os.getpid()
        fd = self.listening.fileno()
        try:
            child = await asyncio.create_subprocess_exec(
                *(part.format(fd=fd) for part in self.argv),
                env=os.environ | {READY_FD: str(theirs)},
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(fd, theirs),
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),
            )
        finally:
            os.close(theirs)
        if await _word(ours):
            return child
        await self._stop(child)
        return None

    async def _stop(self, child: asyncio.subprocess.Process) -> bool:
        """Ask it to leave; kill it after the grace. True if it left by itself."""
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            await asyncio.wait_for(child.wait(), self.grace)
        except TimeoutError:
            child.kill()
            await child.wait()
            return False
        return True


async def _word(pipe: int) -> bool:
    """Whether something is written into the pipe before it closes, or READY_SECONDS are over."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()

    def listen() -> None:
        if not heard.done():
            heard.set_result(os.read(pipe, 1))

    loop.add_reader(pipe, listen)
    try:
        return bool(await asyncio.wait_for(heard, READY_SECONDS))
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(pipe)
        os.close(pipe)
