"""The people of a chaos run: voters and viewers who do what the page does, through cuts, refusals and restarts."""

import asyncio
import contextlib
import itertools
import json
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from tests.processes import Event, Story

PASSING = {429, 502, 503, 504}
LONGEST_WAIT = 1.0
SILENCE_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
OUTCOMES = ("a", "b", "tie", "both_bad", "skip")


class Broken(AssertionError):
    """The arena did to a person what it must never do."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A vote that the arena has confirmed."""

    battle: str
    outcome: str
    awarded: int


@dataclass(slots=True)
class Record:
    """What all people have seen."""

    votes: list[Acknowledged] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def wrong(self, sentence: str) -> None:
        self.counts["wrongs"] += 1
        self.wrongs.append(sentence)


class Person:
    """A browser that goes to the other web process when one does not answer. `record` is shared by all."""

    def __init__(self, urls: list[str], record: Record, rng: random.Random):
        self.urls, self.record, self.rng = itertools.cycle(urls), record, rng
        self.url = next(self.urls)
        timeout = httpx.Timeout(SILENCE_SECONDS, pool=PATIENCE_SECONDS)
        self.outcomes: tuple[str, ...] = OUTCOMES
        self.http = httpx.AsyncClient(timeout=timeout, trust_env=False)

    async def close(self) -> None:
        await self.http.aclose()

    async def arrive(self) -> None:
        """Accept the terms, as somebody new."""
        await self.ask("GET", "me")
        now = (await self.ask("GET", "arena")).json()["terms"]
        body = {"terms_version": now["version"], "terms_hash": now["hash"], "of_age": True, "publish": False}
        self._must(await self.ask("POST", "me/consent", body), 200)

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request, sent again with the same key until it is answered for good."""
        key, until = str(uuid.uuid4()), time.monotonic() + PATIENCE_SECONDS
        for failures in itertools.count(1):
            headers = {"X-CSRFToken": self.http.cookies.get("csrftoken") or "", "Idempotency-Key": key} if method == "POST" else {}
            content = json.dumps(body or {}) if method == "POST" else None
            try:
                kind = {"Content-Type": "application/json"} if content else {}
                reply = await self.http.request(method, f"{self.url}/api/v1/{path}", content=content, headers={**headers, **kind})
                if not self._passing(reply, path):
                    return reply
            except httpx.HTTPError:
                self.record.counts["cut requests"] += 1
            if time.monotonic() > until:
                raise Broken(f"{method} {path} was not answered for {PATIENCE_SECONDS:g} s")
            await self._wait(failures)
        raise AssertionError

    def _passing(self, reply: httpx.Response, path: str) -> bool:
        if reply.status_code == 500:
            self.record.wrong(f"500 from {path}: {reply.text[:300]}")
        elif reply.status_code in PASSING:
            self.record.counts[f"{reply.status_code} replies"] += 1
        return reply.status_code >= 500 or reply.status_code in PASSING

    async def _wait(self, failures: int) -> None:
        self.url = next(self.urls)
        await asyncio.sleep(min(0.1 * 2**failures, LONGEST_WAIT) * self.rng.uniform(0.5, 1))

    def _must(self, reply: httpx.Response, status: int) -> dict[str, Any]:
        if reply.status_code != status:
            raise Broken(f"{reply.request.method} {reply.request.url.path}: {reply.status_code} {reply.text[:300]}")
        body: dict[str, Any] = reply.json()
        return body

    async def look(self, id: str) -> dict[str, Any]:
        return self._must(await self.ask("GET", f"battles/{id}"), 200)

    async def sit(self) -> dict[str, Any]:
        """One battle from the prompt to the vote; what the battle shows after it."""
        battle = self._must(await self.ask("POST", "battles", {"prompt": f"Say something ({self.rng.random()})."}), 201)
        view = await self.read(battle)
        while not self._judgeable(view) and view["can"]["ask_again"] and self.rng.random() < 0.8:
            again = await self.ask("POST", f"battles/{battle['id']}/attempts")
            self.record.counts["asked again"] += 1
            view = await self.read(self._must(again, 201))
        return await self.vote(view)

    @staticmethod
    def _judgeable(view: dict[str, Any]) -> bool:
        return "a" in view["can"]["vote"]

    async def vote(self, view: dict[str, Any]) -> dict[str, Any]:
        outcome = self.rng.choice(self.outcomes) if self._judgeable(view) else "skip"
        turn = view["turns"][-1]
        body = {"outcome": outcome, "turn": turn["number"], "attempt": turn["attempt"]}
        told = self._must(await self.ask("POST", f"battles/{view['id']}/vote", body), 200)
        self.record.votes.append(Acknowledged(view["id"], outcome, told["vote"]["points"]["awarded"]))
        if self.rng.random() < 0.2:  # a second click, with a key of its own
            again = self._must(await self.ask("POST", f"battles/{view['id']}/vote", body), 200)
            if again["vote"]["receipt"] != told["vote"]["receipt"]:
                self.record.wrong(f"the same vote on {view['id']} again had another receipt")
        return told

    async def read(self, battle: dict[str, Any]) -> dict[str, Any]:
        """Read the stream to its end, continuing where it was cut; the battle as it is shown then."""
        story, url, until = Story(), battle["stream"]["url"], time.monotonic() + PATIENCE_SECONDS
        for failures in itertools.count(1):
            try:
                if await self._read_once(url, story):
                    break
            except httpx.HTTPError:
                self.record.counts["cut streams"] += 1
            if time.monotonic() > until:
                raise Broken(f"the stream of {battle['id']} did not end within {PATIENCE_SECONDS:g} s")
            await self._wait(failures)
        view = await self.look(battle["id"])
        self._compare(view, story)
        return view

    async def _read_once(self, url: str, story: Story) -> bool:
        headers = {"Last-Event-ID": story.last} if story.last else {}
        async with self.http.stream("GET", f"{self.url}{url}", headers=headers, timeout=httpx.Timeout(12, connect=2)) as reply:
            if reply.status_code != 200:
                await reply.aread()
                if not self._passing(reply, "stream"):
                    raise Broken(f"the stream said {reply.status_code} {reply.text[:200]}")
                return False
            fields: dict[str, str] = {}
            async for line in reply.aiter_lines():
                if line.startswith(":"):
                    continue
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    story.add(Event(fields["id"], fields["event"], json.loads(fields["data"]), time.monotonic()))
                    fields = {}
        return story.ended

    def _compare(self, view: dict[str, Any], story: Story) -> None:
        """What was read is what is kept, to the character, of every answer that ended well."""
        for answer in view["turns"][-1]["answers"]:
            kept = "".join(part["text"] for part in answer["parts"] if part["type"] == "text")
            if answer["status"] in ("pending", "streaming"):
                self.record.wrong(f"battle {view['id']} streams after its end")
            elif answer["status"] == "done" and story.text.get(answer["side"], "") != kept:
                self.record.wrong(f"battle {view['id']} side {answer['side']}: read {story.text.get(answer['side'])!r}, kept {kept!r}")
            self.record.counts[f"answers {answer['status']}"] += 1


async def voter(person: Person) -> None:
    """Sit down to one battle after the other until cancelled."""
    await person.arrive()
    while True:
        await person.sit()
        person.record.counts["battles"] += 1
        await asyncio.sleep(person.rng.uniform(0, 1))


@dataclass(slots=True)
class Viewer:
    """Somebody who watches the board. `seq` is the newest that they saw, on this connection."""

    urls: list[str]
    record: Record
    seq: int = -2

    async def watch(self) -> None:
        for number in itertools.count():
            url = self.urls[number % len(self.urls)]
            with contextlib.suppress(OSError, TimeoutError, WebSocketException):
                address = f"{url.replace('http', 'ws')}/ws/boards/overall"
                async with connect(address, origin=Origin(url), open_timeout=4, ping_interval=2, ping_timeout=4, proxy=None) as socket:
                    self.seq = -2
                    async for message in socket:
                        self._see(json.loads(message)["seq"])
            self.record.counts["cut sockets"] += 1
            await asyncio.sleep(0.3)

    def _see(self, seq: int) -> None:
        self.record.counts["boards seen"] += 1
        if seq < self.seq:
            self.record.wrong(f"a board went back from {self.seq} to {seq}")
        self.seq = seq
