"""The lean routes are answered in the event loop: not one of them makes a thread or waits for one."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from arena import metrics
from arena.battles.streaming import route as streaming
from arena.battles.streaming.route import PATTERN as STREAM
from arena.http import drain
from arena.live.boards import PATTERN as BOARD
from arena.providers import scripted
from arena.providers.models import Route
from arena.urls import lean
from tests.cast import Arena
from tests.integration.http.asgi import Reply, acting, ask

IDLE = 300


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every thread that is started and every call that is handed to one from now on."""
    seen: list[str] = []
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    def starting(self: threading.Thread) -> None:
        seen.append(self.name)
        start(self)

    def submitting(self: ThreadPoolExecutor, task: Any, /, *args: Any, **kwargs: Any) -> Any:
        seen.append(repr(task))
        return submit(self, task, *args, **kwargs)

    monkeypatch.setattr(threading.Thread, "start", starting)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", submitting)
    return seen


def test_no_lean_route_makes_a_thread(transactional_db: None, hops: list[str]) -> None:
    person = Arena.seeded().person("ada")
    session = {"cookie": f"sessionid={person.client.cookies['sessionid'].value}"}
    address = {
        STREAM: person.open()["stream"]["url"],
        BOARD: "/api/v1/boards/overall",
        "/healthz": "/healthz",
        "/readyz": "/readyz",
        "/metrics": "/metrics",
    }
    assert set(address) == set(lean)

    async def visit() -> list[Reply]:
        hops.clear()
        return [await ask("GET", target, session) for target in address.values()]

    replies = acting(visit)
    assert [reply.status for reply in replies] == [200] * len(address), replies
    assert b"event: end" in replies[0].body
    assert not hops


def test_streams_that_wait_hold_no_thread(transactional_db: None, hops: list[str], settings: Any) -> None:
    settings.MAX_STREAMS_SESSION = IDLE
    scripted.register("thinking", [{"text": "Hm"}, {"hang": True}])
    arena = Arena.seeded()
    Route.objects.update(model="thinking")
    person = arena.person("ada")
    session = {"cookie": f"sessionid={person.client.cookies['sessionid'].value}"}
    target = person.open()["stream"]["url"]

    async def hold() -> tuple[list[str], int]:
        hops.clear()
        before = metrics.STREAMS_OPEN._value.get()
        readers = [asyncio.ensure_future(ask("GET", target, session)) for _ in range(IDLE)]
        async with asyncio.timeout(30):
            while metrics.STREAMS_OPEN._value.get() < before + IDLE:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)  # two rounds of storing, and the first token's
        seen, open_still = list(hops), sum(not reader.done() for reader in readers)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await streaming.finish()
        drain.reset()
        return seen, open_still

    settings.DRAIN_SECONDS = 0
    try:
        seen, held = acting(hold)
    finally:
        scripted.forget()
    assert held == IDLE
    assert not seen


def test_a_route_of_django_does_make_one(transactional_db: None, hops: list[str]) -> None:
    """Else the test above would see nothing."""

    async def visit() -> Reply:
        hops.clear()
        return await ask("GET", "/api/v1/arena")

    assert acting(visit).status == 200
    assert hops
