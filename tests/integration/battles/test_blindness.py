"""P6: every byte that leaves the arena about a battle before its vote is kept and searched."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from arena.battles.models import Answer, Battle, Side
from arena.contenders import actions as contenders
from arena.providers import actions as providers
from arena.providers.models import Provider, Route
from tests.integration.battles.stage import Stage
from tests.processes import Browser

VOTERS, EACH = 10, 20
# Two of eight fail before their first word and are drawn again, one breaks off after it.
PARTS = ("fluent", "fluent", "fluent", "fluent", "fluent", "gossip", "grudge", "grudge")
FIRST_ID = 987_650_001
# Seven characters and more: none comes about by chance in a signature or an id.
WORDS = ["zyxquor", "qwibble", "wumpuskin", "snarkware", "613b-moe", "vexilco", "vexilbase", "murexmodel", "chatcmpl-vexil", "fp_vexil"]
NUMBERS = ["31.415927", "27.182818", "765432101", "765432102", *(str(FIRST_ID + number) for number in (*range(8), *range(100, 108)))]


class Recording(Browser):
    """A browser that keeps every byte it is told, with the address it came from."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.heard: list[tuple[str, bytes]] = []

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        reply = super().send(request, **options)
        reply.read()
        head = b"\n".join(name + b": " + value for name, value in reply.headers.raw)
        self.heard.append((f"{request.method} {request.url.path} {reply.status_code}", head + b"\n\n" + reply.content))
        return reply


def test_P6_nothing_sent_before_the_vote_names_a_contender(stage: Stage, request: pytest.FixtureRequest) -> None:
    _cast(stage)
    needles = [*WORDS, *NUMBERS, f"127.0.0.1:{stage.server.port}"]
    voters = [_Voter(stage, number) for number in range(VOTERS)]
    with ThreadPoolExecutor(VOTERS) as pool:
        list(pool.map(_Voter.look_around, voters))
        heard = [piece for voter in voters for piece in voter.take()]
        assert Battle.objects.count() == VOTERS * EACH
        _all_happened(heard)
        assert [(place, found) for place, piece in heard if (found := _found(piece, needles))] == []
        list(pool.map(_Voter.vote, voters))
    votes = [piece for voter in voters for place, piece in voter.take() if place.endswith("/vote 200")]
    assert len(votes) == VOTERS * EACH
    for piece in votes:
        assert {"zyxquor", "qwibble", "snarkware", "613b-moe", "31.415927", "27.182818"} <= set(_found(piece, needles))


def _found(piece: bytes, needles: list[str]) -> list[str]:
    low = piece.lower()
    return [needle for needle in needles if needle.encode() in low]


def _cast(stage: Stage) -> None:
    """Contenders and providers whose every feature is unmistakable."""
    Route.objects.update(enabled=False)
    for number, part in enumerate(PARTS):
        base = f"http://127.0.0.1:{stage.server.port}/{part}/vexilbase{number}/v1"
        provider = Provider.objects.create(
            id=FIRST_ID + 100 + number, slug=f"vexilco-{number}", name=f"Vexilco {number}", protocol="openai", base_url=base
        )
        contender = contenders.register(
            id=FIRST_ID + number,
            slug=f"zyxquor-{number}",
            name=f"Zyxquor {number}",
            vendor=f"Qwibble {number}",
            aliases=["wumpuskin"],
            licence="Snarkware",
            parameters="613B-moe",
            url="https://zyxquor.example/",
            price_input="31.415927",
            price_output="27.182818",
        )
        providers.set_route(contender=contender, provider=provider, model=f"murexmodel-{number}", params={})


def _all_happened(heard: list[tuple[str, bytes]]) -> None:
    """The search is worth something only if what it is about took place."""
    assert Side.objects.filter(draw=1).count() > VOTERS
    assert Answer.objects.filter(status="failed", fault__icontains="vexilco", text="").exists()
    assert Answer.objects.filter(status="failed", fault__icontains="vexilco", text="one ").exists()
    assert Answer.objects.filter(output_tokens=765432102).count() > VOTERS * EACH / 2
    told = [(place.split()[0], place.split("/")[-1]) for place, _ in heard]
    for kind in (("GET", "battles 200"), ("GET", "stream 403"), ("POST", "vote 409"), ("POST", "attempts 201")):
        assert told.count(kind) >= VOTERS, kind
    assert told.count(("GET", "stream 200")) >= VOTERS * EACH
    problems = {
        word for place, piece in heard if place.endswith("409") for word in _found(piece, ["nothing-to-judge", "stale", "battle-failed"])
    }
    assert problems == {"nothing-to-judge", "stale", "battle-failed"}


class _Voter:
    """Somebody who tries everything with each battle before voting on any."""

    def __init__(self, stage: Stage, number: int):
        self.here, self.there = (Recording(base_url=web.url, timeout=30.0) for web in (stage.left, stage.right))
        stage.live.browsers += [self.here, self.there]
        self.rng = random.Random(number)
        self.views: dict[str, dict[str, Any]] = {}

    def take(self) -> Iterator[tuple[str, bytes]]:
        """What was heard since the last time."""
        for browser in (self.here, self.there):
            yield from browser.heard
            browser.heard = []

    def look_around(self) -> None:
        self.here.consent()
        self.there.cookies = self.here.cookies
        for _ in range(EACH):
            self._one()
        self.here.get("/api/v1/me/battles")
        self.there.get("/api/v1/me")

    def _one(self) -> None:
        battle = self.here.open("What is a whole number?")
        id, url = battle["id"], battle["stream"]["url"]
        self.there.cast(id, "a")
        self._read(url)
        view = self._view(id)
        if len(view["can"]["vote"]) == 1:
            self.here.cast(id, "tie")
            again = self.here.send_json(f"battles/{id}/attempts").json()
            self.here.get(url)
            self._read(again["stream"]["url"])
            view = self._view(id)
        if self.rng.random() < 0.2:
            self.here.cast(id, "a", attempt=7)
            self.here.get(url[:-1])
        if view["can"]["follow_up"] and self.rng.random() < 0.1:
            turn = self.there.send_json(f"battles/{id}/turns", {"prompt": "And a half?"}).json()
            self.there.send_json(f"battles/{id}/stop", {"side": "b"})
            self.there.get(turn["stream"]["url"])
            view = self._view(id)
        self.views[id] = view

    def _read(self, url: str) -> None:
        """At one process or, now and then, at both."""
        self.here.get(url)
        if self.rng.random() < 0.2:
            self.there.get(url, headers={"Last-Event-ID": "0.1.0.0.0"})

    def _view(self, id: str) -> dict[str, Any]:
        view: dict[str, Any] = (self.there if self.rng.random() < 0.5 else self.here).get(f"/api/v1/battles/{id}").json()
        return view

    def vote(self) -> None:
        for id, view in self.views.items():
            latest = view["turns"][-1]
            outcome = self.rng.choice(view["can"]["vote"])
            assert self.here.cast(id, outcome, turn=latest["number"], attempt=latest["attempt"]).status_code == 200
