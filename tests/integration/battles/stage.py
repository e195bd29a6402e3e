"""What these tests act on: shared web processes, a provider on loopback that misbehaves, and who plays which part."""

import asyncio
import contextlib
import json
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from arena.battles.models import Answer, Side, Vote
from arena.providers import actions as providers
from arena.providers.models import Provider, Route
from tests import sse_server
from tests.cast import Arena
from tests.processes import Browser, Event, LiveArena, Story, Web, eventually
from tests.sse_server import OK, Request, SseServer, Writer, event

T = TypeVar("T")
S = TypeVar("S")
# What the provider of these tests says of itself wherever it can.
GOSSIP = "vexilco murexmodel chatcmpl-vexil"
_NOISE = {"id": "chatcmpl-vexil", "model": "murexmodel", "system_fingerprint": "fp_vexil", "provider": "vexilco"}


@dataclass(slots=True)
class Stage:
    """A seeded arena behind two web processes, and a provider that misbehaves on demand."""

    live: LiveArena
    left: Web
    right: Web
    server: SseServer

    @property
    def arena(self) -> Arena:
        return self.live.arena

    def browser(self, web: Web | None = None, *, of: Browser | None = None) -> Browser:
        return self.live.browser(web or self.left, of=of)

    def only(self, *names: str) -> None:
        """Nobody else may be drawn from now on."""
        Route.objects.exclude(contender__slug__in=[f"{name}-7" for name in names]).update(enabled=False)

    def scripts(self, script: str, **params: Any) -> None:
        """Everybody plays this script, each in a variant."""
        for route in Route.objects.select_related("contender"):
            Route.objects.filter(pk=route.pk).update(model=f"{script}@{route.contender.slug}", params={"extra": params})

    def recast(self, battle: dict[str, Any], side: str, behaviour: str) -> Side:
        """From now on the contender on this side of the battle is served so by the misbehaving provider."""
        base = "http://127.0.0.1:9/v1" if behaviour == "refused" else self.server.url(behaviour)
        return self.reroute(battle, side, protocol="openai", base_url=base)

    def reroute(self, battle: dict[str, Any], side: str, *, protocol: str, base_url: str, model: str = "murexmodel") -> Side:
        place = self.side(battle, side)
        slug = f"own-{place.contender_id}"
        provider = providers.set_provider(slug=slug, name="Vexilco", protocol=protocol, base_url=base_url)
        providers.set_route(contender=place.contender, provider=provider, model=model, params={})
        return place

    @staticmethod
    def side(battle: dict[str, Any], side: str) -> Side:
        """Who holds the side now."""
        sides = Side.objects.select_related("contender").filter(battle_id=battle["id"], position="abcdef".index(side))
        return sides.order_by("-draw")[0]

    @staticmethod
    def answers(battle: dict[str, Any], *, attempt: int = 0) -> dict[tuple[str, int], Answer]:
        """All answers of the latest turn's attempt, by side and draw."""
        rows = (
            Answer.objects.filter(turn__battle_id=battle["id"], attempt=attempt).select_related("side__contender").order_by("turn__number")
        )
        return {(row.side.letter, row.side.draw): row for row in rows}

    @staticmethod
    def provider_of(answer: Answer) -> Provider:
        return answer.side.contender.route.provider


def look(browser: Browser, battle: dict[str, Any]) -> dict[str, Any]:
    reply = browser.get(f"/api/v1/battles/{battle['id']}")
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


def shown(view: dict[str, Any], kind: str = "text") -> dict[str, str]:
    """By side, the text (or reasoning) of the latest turn's answers."""
    answers = view["turns"][-1]["answers"]
    return {answer["side"]: "".join(part["text"] for part in answer["parts"] if part["type"] == kind) for answer in answers}


def statuses(view: dict[str, Any]) -> dict[str, str]:
    return {answer["side"]: answer["status"] for answer in view["turns"][-1]["answers"]}


def ended(browser: Browser, battle: dict[str, Any], *, within: float = 30.0) -> dict[str, Any]:
    """The battle as shown once nothing of it is running."""

    def over() -> dict[str, Any] | None:
        view = look(browser, battle)
        return view if view["stream"] is None else None

    view: dict[str, Any] = eventually(over, within=within, what="the end of the answers")
    return view


def read_some(browser: Browser, url: str, enough: Callable[[Story, Event], bool], last: str | None = None) -> Story:
    """The stream until `enough`, or to its end; then the reader leaves."""
    story = Story()
    with browser.streaming(url, last) as arriving:
        for one in arriving:
            story.add(one)
            if enough(story, one):
                break
    return story


def played(stage: Stage, browser: Browser) -> dict[str, Any]:
    """A battle of this browser, both answers read to their end."""
    battle = browser.open()
    assert browser.read_all(battle["stream"]["url"]).ended
    return battle


def at_once(what: Callable[[S], T], of: Sequence[S]) -> list[T]:
    """All of them in threads of their own, let loose at the same moment."""
    gate = threading.Barrier(len(of))

    def one(item: S) -> T:
        gate.wait(20)
        return what(item)

    with ThreadPoolExecutor(len(of)) as pool:
        return list(pool.map(one, of))


def chance(request: Any) -> random.Random:
    """Chance of a test's own, the same at every run."""
    return random.Random(request.node.name)


def vote_of(battle: dict[str, Any]) -> Vote:
    return Vote.objects.get(battle_id=battle["id"])


@contextlib.contextmanager
def misbehaving() -> Iterator[SseServer]:
    """The misbehaving provider, in a thread of this process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = SseServer()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(5)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def _chunk(text: str | None, finish: str | None = None, **more: Any) -> bytes:
    chunk = json.loads(event(text, finish).removeprefix(b"data: "))
    return b"data: " + json.dumps({**_NOISE, **chunk, **more}).encode() + b"\n\n"


async def _fluent(writer: Writer, _: Request) -> bool:
    """A good answer in chunks that say who made it."""
    writer.write(OK.replace(b"\r\n\r\n", b"\r\nserver: vexilco\r\nx-request-id: chatcmpl-vexil\r\n\r\n"))
    usage = {"prompt_tokens": 765432101, "completion_tokens": 765432102}
    end = [_chunk(None, "stop"), _chunk(None, usage=usage, choices=[]), b"data: [DONE]\n\n", b""]
    await sse_server._send(writer, _chunk("A plain "), _chunk("and honest "), _chunk("answer."), *end)
    return False


async def _gossip(writer: Writer, _: Request) -> bool:
    """One word, then an error within the stream that names its maker."""
    writer.write(OK)
    error = {"error": {"message": f"{GOSSIP} is overloaded", "type": "vexilco_error"}}
    await sse_server._send(writer, _chunk("one "), b"data: " + json.dumps(error).encode() + b"\n\n", b"")
    return True


async def _grudge(writer: Writer, _: Request) -> bool:
    """Refuses before the first word, and says who it is."""
    said = json.dumps({"error": {"message": f"{GOSSIP}: internal error", "code": "vexilco_500"}}).encode()
    return await sse_server._answer(writer, "500 Internal Server Error", said, "server: vexilco")


sse_server._BEHAVIOURS.update({"fluent": _fluent, "gossip": _gossip, "grudge": _grudge})
