"""Runs the arena's processes in one terminal: starts, prefixes their output, restarts, stops in order."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from arena.embedded import children

_COLOURS = (36, 32, 35, 33, 34, 31)
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class Process:
    """A child to keep running: its name for people, its command, its environment (None: ours).

    `grace` is how many seconds it gets between being asked to end and being killed; one that stayed up for
    `healthy` seconds comes back after the shortest pause.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    grace: float = 10.0
    healthy: float = 10.0


def run(processes: Sequence[Process], *, out: TextIO | None = None) -> int:
    """Keep `processes` running until SIGINT or SIGTERM; blocks, and must be called in the main thread.

    They start in the given order. One that ends is started again after a pause that grows from 0.5 s to
    10 s and begins anew once it stayed up for its `healthy` seconds. At the signal they are stopped one by one, the last
    started first, so that what others rely on goes last; a second signal kills them all at once. They die
    with this process even when it is killed with -9 (on Linux). Returns 0 when every process ended within
    its grace, else 1.
    """
    return asyncio.run(_Supervisor(processes, out or sys.stdout).run())


class _Supervisor:
    def __init__(self, processes: Sequence[Process], out: TextIO) -> None:
        self.processes = processes
        self.out = out
        self.width = max((len(process.name) for process in processes), default=0)
        self.colours = out.isatty()
        self.stopping = asyncio.Event()
        self.running: dict[str, asyncio.subprocess.Process] = {}

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._asked_to_stop)
        tasks = [asyncio.create_task(self._keep(process)) for process in self.processes]
        await self.stopping.wait()
        in_time = True
        for process in reversed(self.processes):
            child = self.running.get(process.name)
            if child is not None and not await children.stop(child, process.grace):
                self._say(process, f"did not end within {process.grace:g} s and was killed")
                in_time = False
        await asyncio.gather(*tasks)
        return 0 if in_time else 1

    def _asked_to_stop(self) -> None:
        if self.stopping.is_set():
            for child in self.running.values():
                children.signal_group(child.pid, signal.SIGKILL)
        self.stopping.set()

    async def _keep(self, process: Process) -> None:
        backoff = children.Backoff(healthy=process.healthy)
        while not self.stopping.is_set():
            backoff.begin()
            ended = await self._run_once(process)
            if self.stopping.is_set():
                return
            pause = backoff.pause()
            self._say(process, f"{ended}; starting it again in {pause:g} s")
            try:
                await asyncio.wait_for(self.stopping.wait(), pause)
            except TimeoutError:
                pass

    async def _run_once(self, process: Process) -> str:
        environ = dict(os.environ if process.env is None else process.env)
        # Python holds back what it prints into a pipe.
        environ.setdefault("PYTHONUNBUFFERED", "1")
        try:
            child = await children.spawn(process.argv, environ)
        except OSError as error:
            return f"could not be started ({error.strerror}: {process.argv[0]})"
        self.running[process.name] = child
        if self.stopping.is_set():
            await children.stop(child, process.grace)
        reader = asyncio.create_task(self._copy_lines(process, child))
        code = await child.wait()
        # What the child left behind would hold its ports and its pipe.
        if not self.stopping.is_set():
            children.signal_group(child.pid, signal.SIGKILL)
        await asyncio.wait([reader], timeout=1.0)
        reader.cancel()
        self.running.pop(process.name, None)
        return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"

    async def _copy_lines(self, process: Process, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        rest = b""
        while chunk := await child.stdout.read(_LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._say(process, line.decode(errors="replace").rstrip("\r"))
        if rest:
            self._say(process, rest.decode(errors="replace"))

    def _say(self, process: Process, line: str) -> None:
        label = f"{process.name:<{self.width}} |"
        if self.colours:
            colour = _COLOURS[self.processes.index(process) % len(_COLOURS)]
            label = f"\x1b[{colour}m{label}\x1b[0m"
        try:
            print(label, line, file=self.out, flush=True)
        except BrokenPipeError:
            # Whoever read our output is gone; the processes are still wanted.
            self.out = open(os.devnull, "w", encoding="utf-8")
