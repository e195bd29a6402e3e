"""Programs around the server under test (provider, readers, the limits), and battles that wait to be streamed."""

import contextlib
import json
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from arena import clock
from arena.battles import tickets
from arena.battles.models import Answer, Battle, Side, Turn
from arena.management.commands import web as web_command
from arena.providers import actions as providers
from arena.providers.models import Route
from arena.users.models import User
from tests.bench import cores
from tests.chaos.stage import ready
from tests.processes import ROOT, LiveArena, Web, eventually, free_port

START_SECONDS = 60.0
# One reader of a benchmark stands for a crowd: places for all of them, in the arena and at its provider.
PLENTY = {
    "BATTLES_PER_PROCESS": "100000",
    "BATTLES_PER_SESSION": "0",
    "BATTLES_NETWORK_SHARE": "1",
    "OUTBOUND_MAX_CONNECTIONS": "100000",
    "MAX_STREAMS": "100000",
    "MAX_STREAMS_SESSION": "100000",
}
# As in production, but for the door: a loopback provider, and cookies without TLS.
PRODUCTION = {"DEBUG": "0", "HTTPS": "0", "ALLOWED_HOSTS": "127.0.0.1", "OUTBOUND_ALLOW": "127.0.0.1", "LOG_LEVEL": "INFO"}


@contextlib.contextmanager
def program(*argv: str, **env: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A program of ours that serves at the port it is given in place of `{port}`; killed with the block."""
    import os

    port = free_port()
    words = [word.format(port=port) for word in argv]
    child = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, env={**os.environ, **env})
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert child.poll() is None, f"{words[0]} ended"
            assert time.monotonic() < until, f"{words[0]} did not start"
            time.sleep(0.02)
        yield child, port
    finally:
        child.kill()
        child.wait(10)


@contextlib.contextmanager
def provider() -> Iterator[int]:
    """The steady provider, on the load's core; its port."""
    with program("tests.bench.provider", "{port}", str(cores.LOAD)) as (_, port):
        yield port


def web(live: LiveArena, **env: str) -> Web:
    """A web process as in production, on a core of its own, that refuses nobody."""
    argv, _ = web_command.uvicorn()
    port = free_port()
    child = live.start(*argv[1:], "--port", str(port), **{**PRODUCTION, **PLENTY, "LOG_LEVEL": "WARNING", **env})
    eventually(lambda: ready(f"http://127.0.0.1:{port}"), within=START_SECONDS, what="the web process")
    cores.pin(child.pid, cores.SERVER)
    return Web(child, port)


class Readers:
    """Readers of event streams, see readers.py; `first` are the seconds each waited for its first token, `refused` who was sent away."""

    def __init__(self, port: int, requests: list[str], *, within: float):
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.readers", str(cores.LOAD)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = self._ask(json.dumps({"port": port, "requests": requests, "within": within}))
        self.first: list[float] = told["first"]
        self.refused: list[list[Any]] = told["refused"]
        self.silent: int = told["silent"]

    def __enter__(self) -> "Readers":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.communicate()

    def seen(self) -> dict[str, Any]:
        """What came since the last call: `events`, `bytes` and `late` (p50, p99, largest; seconds)."""
        return self._ask("")

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer


@dataclass(frozen=True, slots=True)
class Stage:
    """An arena of two contenders, both served by the steady provider."""

    live: LiveArena
    voter: User

    @classmethod
    def of(cls, live: LiveArena, provider_port: int) -> "Stage":
        provider = providers.set_provider(
            slug="bench", name="Bench", protocol="openai", base_url=f"http://127.0.0.1:{provider_port}/v1", max_streams=100_000
        )
        for contender in live.arena.contenders.values():
            providers.set_route(contender=contender, provider=provider, model="hold", params={})
        return cls(live, User.objects.create(username="bench", is_guest=True))

    def play(self, model: str) -> None:
        """What every contender does from now on."""
        Route.objects.update(model=model)

    def battles(self, count: int) -> list[str]:
        """Battles that nobody streams yet, straight into their tables; the request with which each is to be read."""
        a, b, *_ = self.live.arena.contenders.values()
        now, content = clock.now(), [{"type": "text", "text": "Why is the sky blue?"}]
        plain = {"voter": self.voter, "seed": 1, "candidates": [a.pk, b.pk], "standings_seq": -1, "policy": "bench"}
        battles = Battle.objects.bulk_create([Battle(**plain, probability=1.0, publish=False, created_at=now) for _ in range(count)])
        pairs = [(battle, position, contender) for battle in battles for position, contender in enumerate((a, b))]
        sides = Side.objects.bulk_create([Side(battle=of, position=at, contender=contender) for of, at, contender in pairs])
        turns = Turn.objects.bulk_create([Turn(battle=battle, number=0, content=content) for battle in battles])
        Answer.objects.bulk_create([Answer(turn=turns[index // 2], side=side, attempt=0) for index, side in enumerate(sides)])
        return [self._request(battle.pk) for battle in battles]

    @staticmethod
    def _request(battle: uuid.UUID) -> str:
        session = uuid.uuid4().hex
        token, _ = tickets.issue(tickets.Ticket(battle, 0, 0), session)
        path = f"/api/v1/battles/{battle}/stream?ticket={token}"
        return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: sessionid={session}\r\naccept: text/event-stream\r\n\r\n"


def direct(model: str) -> str:
    """The request that asks the provider itself."""
    body = f'{{"model":"{model}","stream":true}}'
    return f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {len(body)}\r\n\r\n{body}"


def plain(path: str) -> str:
    """A GET of one of the limits."""
    return f"GET /{path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
