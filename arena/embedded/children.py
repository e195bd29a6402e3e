"""Child processes that end with their parent and come back with growing pauses."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent, process `parent`, ends, however that ends.

    Linux only; elsewhere a child learns of its parent's death by a closed pipe at best. The signal comes
    when the *thread* that made the child ends, so children are made in a thread that stays.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # The parent may have died before the call above.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def bound_to_this_process() -> Callable[[], None]:
    """What a child runs before it becomes another program (`preexec_fn`), so that it ends with this process."""
    parent = os.getpid()
    return lambda: die_with_parent(parent)


async def spawn(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
    """Start `argv` in a session of its own, bound to our life, its output (both streams) on one pipe.

    A session of its own: Ctrl-C in the terminal then reaches only us, who stop the children in order.
    Raises OSError when the program cannot be started.
    """
    return await asyncio.create_subprocess_exec(
        *argv,
        env=dict(os.environ if environ is None else environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=bound_to_this_process(),
    )


async def stop(process: asyncio.subprocess.Process, grace: float) -> bool:
    """Ask the child to end (SIGTERM), kill its whole group after `grace` seconds; True if it ended by itself."""
    asked = True
    signal_group(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), grace)
    except TimeoutError:
        asked = False
    # Also when it ended: what it started itself must not be left behind.
    signal_group(process.pid, signal.SIGKILL)
    await process.wait()
    return asked


def signal_group(leader: int, number: int) -> None:
    """Send a signal to the group that `spawn` made for a child; none left is fine."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        pass


class Backoff:
    """The pause before the next start: 0.5 s, doubling up to 10 s, and 0.5 s again after 10 s alive: who lived so long has not failed to start."""

    def __init__(self, first: float = 0.5, longest: float = 10.0, healthy: float = 10.0) -> None:
        self.first = first
        self.longest = longest
        self.healthy = healthy
        self._next = first
        self._begun = time.monotonic()

    def begin(self) -> None:
        """The child was started now."""
        self._begun = time.monotonic()

    def pause(self) -> float:
        """The child has died now: how many seconds to wait before it is started again."""
        if time.monotonic() - self._begun >= self.healthy:
            self._next = self.first
        pause = self._next
        self._next = min(self._next * 2, self.longest)
        return pause
