"""Serves every local model: starts its server processes, keeps them alive, publishes where they are."""

import asyncio
import json
import os
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from arena.embedded import children, locks
from arena.embedded.errors import EmbeddedError
from arena.embedded.localmodels.catalogue import Model, engine_python, find_models, home
from arena.embedded.localmodels.engine import CANNOT_LOAD
from arena.embedded.localmodels.gateway import Gateway, Replica
from arena.embedded.localmodels.installing import check_processor, is_installed

FIRST_PORT = 8741
SLOTS = 2
CONTEXT = 4096
REPLICAS = 2
# Above this size a second copy costs more memory than its speed is worth.
LARGEST_REPLICATED = 512 * 1024 * 1024
MOST_THREADS = 4
FIRST_LOOK_SECONDS = 60.0


@dataclass
class Served:
    """One model with its gateway; `settled` once each of its processes has come up or failed a first time."""

    model: Model
    gateway: Gateway = field(default_factory=Gateway)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    was_ready: bool = False
    complaint: str = ""
    replicas_given_up: int = 0

    def settle(self, replica: Replica) -> None:
        """This process has come up or failed for the first time."""
        replica.tried = True
        if all(each.tried for each in self.gateway.replicas):
            self.settled.set()

    def entry(self) -> dict[str, object]:
        """Its line in `served.json`."""
        return {
            "slug": self.model.slug,
            "name": self.model.name,
            "file": str(self.model.file),
            "base_url": f"http://127.0.0.1:{self.gateway.port}/v1",
            "model": self.model.slug,
            "protocols": ["openai", "anthropic"],
            "licence": self.model.licence,
            "vendor": self.model.vendor,
            "toy": self.model.toy,
        }


def serve(
    *,
    progress: Callable[[str], None],
    stop: threading.Event | None = None,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Serve all local models until SIGINT or SIGTERM (in the main thread) or until `stop` is set.

    The address of each is in `served.json` of the models' folder while this runs. A server process that
    dies comes back; all die with this process, however it ends. Raises EmbeddedError when nothing is
    installed, the processor cannot run the engine, or the models of this folder are being served already.
    """
    folder = home(environ)
    folder.mkdir(parents=True, exist_ok=True)
    lock = locks.hold(folder / "serve.lock", wait=False)
    if lock is None:
        raise EmbeddedError("The local models of this checkout are being served already.")
    try:
        if not is_installed(environ):
            raise EmbeddedError("The local models are not installed: run `python manage.py localmodels install`.")
        check_processor(environ)
        (folder / "served.json").unlink(missing_ok=True)
        asyncio.run(_Serving(environ, progress).run(stop))
    finally:
        (folder / "served.json").unlink(missing_ok=True)
        locks.release(lock)


def first_port(environ: Mapping[str, str]) -> int:
    """The first port to try; raises EmbeddedError when LOCALMODELS_PORT is none."""
    given = environ.get("LOCALMODELS_PORT", "").strip()
    if given and not (given.isdecimal() and 0 < int(given) < 2**16):
        raise EmbeddedError(f"LOCALMODELS_PORT must be a port from 1 to 65535; it is {given!r}.")
    return int(given or FIRST_PORT)


def write_served(file: Path, entries: list[dict[str, object]]) -> None:
    """Replace `file` at once: a reader sees the old list or the new one, never half of one."""
    half = file.with_name(f"{file.name}.half")
    half.write_text(json.dumps(entries, indent=2) + "\n")
    half.replace(file)


class _Serving:
    def __init__(self, environ: Mapping[str, str], progress: Callable[[str], None]) -> None:
        self.environ = environ
        self.progress = progress
        self.first_port = first_port(environ)
        self.file = home(environ) / "served.json"
        self.served: list[Served] = []
        self.published = False

    async def run(self, stop: threading.Event | None) -> None:
        stopping = asyncio.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        tasks = [task for model in find_models(self.environ) for task in await self._open(model)]
        publish = asyncio.create_task(self._publish_first())
        while not stopping.is_set() and not (stop is not None and stop.is_set()):
            try:
                await asyncio.wait_for(stopping.wait(), 0.1 if stop is not None else None)
            except TimeoutError:
                pass
        for one in self.served:
            one.gateway.close()
        for task in (publish, *tasks):
            task.cancel()
        await asyncio.gather(publish, *tasks, return_exceptions=True)

    async def _open(self, model: Model) -> list[asyncio.Task[None]]:
        one = Served(model)
        count = REPLICAS if model.file.stat().st_size <= LARGEST_REPLICATED else 1
        one.gateway.replicas = [Replica() for _ in range(count)]
        await one.gateway.open(self.first_port)
        self.served.append(one)
        return [asyncio.create_task(self._keep(one, replica)) for replica in one.gateway.replicas]

    async def _publish_first(self) -> None:
        waiting = [asyncio.create_task(one.settled.wait()) for one in self.served]
        if waiting:
            await asyncio.wait(waiting, timeout=FIRST_LOOK_SECONDS)
        self.published = True
        self._publish()

    def _publish(self) -> None:
        if not self.published:
            return
        ready = [one for one in self.served if one.was_ready]
        write_served(self.file, [one.entry() for one in ready])
        for one in ready:
            self.progress(f"{one.model.name} answers at http://127.0.0.1:{one.gateway.port}/v1")

    async def _keep(self, one: Served, replica: Replica) -> None:
        backoff = children.Backoff()
        while True:
            backoff.begin()
            ended = await self._run_once(one, replica)
            one.settle(replica)
            pause = backoff.pause()
            if ended == -signal.SIGILL:
                self.progress(f"{one.model.name} cannot run on this processor (the engine needs AVX2).")
                return
            if ended == CANNOT_LOAD:
                # No second try would change a file.
                if one.replicas_given_up == 0:
                    self.progress(f"{one.model.name} cannot be loaded and is left out: {one.complaint}")
                one.replicas_given_up += 1
                return
            self.progress(f"{one.model.name} ended ({ended}); starting it again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _run_once(self, one: Served, replica: Replica) -> int:
        process = await children.spawn(self._command(one.model))
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                text = line.decode(errors="replace").strip()
                if text.startswith("listening "):
                    await self._come_up(one, replica, text.removeprefix("listening "))
                elif replica.address is not None:
                    self.progress(f"{one.model.slug}: {text}")
                else:
                    one.complaint = one.complaint or text
            return await process.wait()
        finally:
            replica.address = None
            if process.returncode is None:
                await children.stop(process, grace=2.0)

    async def _come_up(self, one: Served, replica: Replica, url: str) -> None:
        while not await asyncio.to_thread(is_healthy, url):
            await asyncio.sleep(0.05)
        replica.ready_at(url)
        if not one.was_ready:
            one.was_ready = True
            self._publish()
        one.settle(replica)

    def _command(self, model: Model) -> list[str]:
        threads = max(1, min(MOST_THREADS, (os.cpu_count() or 1) // REPLICAS))
        script = Path(__file__).with_name("engine.py")
        numbers = [str(number) for number in (SLOTS, CONTEXT, threads)]
        python = str(engine_python(self.environ))
        what = [str(model.file), model.slug, "base" if model.base else "chat"]
        return [python, "-I", "-u", str(script), str(os.getpid()), *what, *numbers]


def is_healthy(url: str) -> bool:
    """Whether the server at `url` says that its model is loaded. Its port is open long before that."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
