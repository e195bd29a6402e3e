"""Which core does what: the server under test has one for itself, whoever loads it another, where the machine has two."""

import asyncio
import contextlib
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import uvloop

_ALL = sorted(os.sched_getaffinity(0))
SERVER, LOAD = _ALL[0], _ALL[-1]
# What is measured goes before other people's work on the same machine, as far as we may say so.
NICE = -15


def pin(pid: int, core: int) -> None:
    """Bind a process (0: this one), with all of its threads, to a core."""
    for task in Path(f"/proc/{pid or 'self'}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task.name), {core})
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, int(task.name), NICE)


def favour(pid: int) -> None:
    """Let a process, and whatever it starts from now on, go before other people's work, as far as we may say so."""
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, pid, NICE)


def run(main: Coroutine[Any, Any, None], *, core: int) -> None:
    """Run a small server or client on a core, on uvloop."""
    pin(0, core)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(KeyboardInterrupt):
        runner.run(main)
