"""Real processes around the test database: web servers, a projector, and the kill that befalls them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from django.db import connection

from tests.cast import Arena

ROOT = Path(__file__).resolve().parent.parent
# No promise: how long a process may take to start where four test workers want two cores.
START_SECONDS = 75.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(check: Callable[[], Any], *, within: float = 30.0, what: str = "it") -> Any:
    """The first truthy value of `check`; fails after `within` seconds."""
    until = time.monotonic() + within
    while True:
        if found := check():
            return found
        assert time.monotonic() < until, f"{what} did not happen within {within} s"
        time.sleep(0.03)


def database_url() -> str:
    """The test database, as child processes must be told of it."""
    of = connection.settings_dict
    host, port = str(of["HOST"]), str(of["PORT"] or "")
    query = f"?host={host}" if host.startswith("/") else ""
    place = "" if host.startswith("/") else f"{host}:{port}" if port else host
    if query and port:
        query += f"&port={port}"
    return f"postgresql://{of['USER']}{':' + str(of['PASSWORD']) if of['PASSWORD'] else ''}@{place}/{of['NAME']}{query}"


@dataclass(slots=True)
class Web:
    """One web process."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """As if the power went: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


class Browser(httpx.Client):
    """A person's browser on one web process."""

    def consent(self) -> None:
        self.get("/api/v1/me")
        now = self.get("/api/v1/arena").json()["terms"]
        body = {"terms_version": now["version"], "terms_hash": now["hash"], "of_age": True, "publish": False}
        assert self.send_json("me/consent", body).status_code == 200

    def send_json(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = {"X-CSRFToken": self.cookies["csrftoken"], "Idempotency-Key": key or str(uuid.uuid4())}
        return self.post(f"/api/v1/{path}", json=body or {}, headers=headers)

    def open(self, prompt: str = "Why is the sky blue?") -> dict[str, Any]:
        reply = self.send_json("battles", {"prompt": prompt})
        assert reply.status_code == 201, reply.text
        body: dict[str, Any] = reply.json()
        return body

    def cast(self, battle: str, outcome: str = "a", *, turn: int = 0, attempt: int = 0) -> httpx.Response:
        return self.send_json(f"battles/{battle}/vote", {"outcome": outcome, "turn": turn, "attempt": attempt})

    @contextlib.contextmanager
    def streaming(self, url: str, last: str | None = None) -> Iterator[Iterator["Event"]]:
        headers = {"Last-Event-ID": last} if last else {}
        with self.stream("GET", url, headers=headers) as reply:
            assert reply.status_code == 200, reply.read()
            yield events(reply)

    def read_all(self, url: str, last: str | None = None) -> "Story":
        """The stream to its end."""
        story = Story()
        with self.streaming(url, last) as arriving:
            for event in arriving:
                story.add(event)
        return story


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    name: str
    data: dict[str, Any]
    at: float


def events(reply: httpx.Response) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in reply.iter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]), time.monotonic())
            fields = {}


@dataclass(slots=True)
class Story:
    """What a stream told, by side."""

    text: dict[str, str] = field(default_factory=dict)
    reasoning: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] = field(default_factory=dict)
    last: str = ""
    ended: bool = False

    def add(self, event: Event) -> None:
        self.last = event.id
        if event.name == "delta":
            into = self.text if event.data["type"] == "text" else self.reasoning
            into[event.data["side"]] = into.get(event.data["side"], "") + event.data["text"]
        elif event.name == "state":
            self.status[event.data["side"]] = event.data["status"]
            self.error[event.data["side"]] = event.data["error"]
        elif event.name == "end":
            self.ended = True


class LiveArena:
    """The arena with real processes; `web()` starts one more web process, `projector()` one more projector."""

    def __init__(self, arena: Arena):
        self.arena = arena
        self.children: list[subprocess.Popen[bytes]] = []
        self.browsers: list[Browser] = []

    def browser(self, web: Web, *, of: Browser | None = None) -> Browser:
        """A browser of somebody new, who has accepted the terms; or of the same person, on another web process."""
        browser = Browser(base_url=web.url, timeout=30.0, cookies=dict(of.cookies) if of else None)
        self.browsers.append(browser)
        if of is None:
            browser.consent()
        return browser

    def environment(self, **more: str) -> dict[str, str]:
        from django.conf import settings

        ours = {
            "DATABASE_URL": database_url(),
            "SECRET_KEY": settings.SECRET_KEY,
            "SECRETS_KEYS": ",".join(settings.SECRETS_KEYS),
            "DEBUG": "1",
            "PYTHONWARNINGS": "default",
            "PGOPTIONS": "",
        }
        return {**os.environ, **ours, **more}

    def start(self, *argv: str, **env: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen([sys.executable, *argv], cwd=ROOT, env=self.environment(**env))
        self.children.append(child)
        return child

    def web(self, **env: str) -> Web:
        port = free_port()
        options = [
            "--port",
            str(port),
            "--ws",
            "arena.live.sockets:Sockets",
            "--ws-per-message-deflate",
            "false",
            "--no-proxy-headers",
            "--log-level",
            "warning",
        ]
        web = Web(self.start("-m", "uvicorn", "arena.asgi:application", *options, **env), port)
        eventually(lambda: _answers(f"{web.url}/readyz"), within=START_SECONDS, what="the web process")
        return web

    def projector(self, **env: str) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "projector", **env)

    def dismiss(self, *, keep: int) -> None:
        """End the browsers, and all processes but the first `keep`."""
        for browser in self.browsers:
            browser.close()
        self.browsers.clear()
        leaving, self.children = self.children[keep:], self.children[:keep]
        for child in leaving:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGKILL)
        for child in leaving:
            child.wait(10)

    def stop(self) -> None:
        self.dismiss(keep=0)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
