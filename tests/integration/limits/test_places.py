"""The places of a process to have battles written: some of one session, a share of one network, and the rest for everybody else."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from arena.battles.models import Battle
from arena.battles.streaming import route
from arena.battles.streaming.route import Holder
from arena.errors import Throttled, Unavailable
from arena.users.queries import network_of
from tests.cast import Arena, Person
from tests.integration.http.asgi import acting, ask, asked

PROMPT = {"prompt": "Why is the sky blue?"}
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = route._held.copy()
    yield
    assert route._held == before, "every place that was taken is given back"


def held(holder: Holder, places: int) -> None:
    for _ in range(places):
        route._take_place(holder)


def given_back(holder: Holder, places: int) -> None:
    for _ in range(places):
        route._give_back(holder)


def test_one_session_holds_some_places_and_one_network_its_share(settings: Settings) -> None:
    settings.BATTLES_PER_PROCESS, settings.BATTLES_PER_SESSION, settings.BATTLES_NETWORK_SHARE = 20, 2, 0.2
    one, two, away = Holder("one", "here"), Holder("two", "here"), Holder("three", "away")
    held(one, 2)
    with pytest.raises(Throttled) as refused:
        route.require_place(one)
    assert refused.value.retry_after == 2
    route.require_place(two)
    held(two, 2)
    with pytest.raises(Unavailable, match="your network"):
        route.require_place(Holder("another", "here"))
    route.require_place(away)
    given_back(one, 1)
    route.require_place(Holder("another", "here"))
    given_back(one, 1)
    given_back(two, 2)


@pytest.mark.parametrize("share", [0.0, 0.01])
def test_a_network_always_has_one_place_and_no_limit_of_a_session_is_none(share: float, settings: Settings) -> None:
    settings.BATTLES_PER_PROCESS, settings.BATTLES_PER_SESSION, settings.BATTLES_NETWORK_SHARE = 20, 0, share
    route.require_place(Holder("one", "here"))
    settings.BATTLES_NETWORK_SHARE = 1.0
    held(Holder("one", "here"), 15)
    route.require_place(Holder("one", "here"))
    given_back(Holder("one", "here"), 15)


@pytest.mark.parametrize(("session", "status", "kind"), [(True, 429, "throttled"), (False, 503, "busy")])
def test_who_has_too_many_answered_begins_no_other_and_stores_nothing(
    session: bool, status: int, kind: str, arena: Arena, ada: Person, settings: Settings
) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    holder = Holder(ada.client.cookies["sessionid"].value if session else "another", network_of(HERE))
    places = settings.BATTLES_PER_SESSION if session else int(settings.BATTLES_PER_PROCESS * settings.BATTLES_NETWORK_SHARE)
    held(holder, places)
    for path, body in (("battles", PROMPT), (f"battles/{battle}/turns", PROMPT)):
        reply = ada.post(path, body)
        assert (reply.status_code, reply.json()["type"], reply["Retry-After"]) == (status, f"/problems/{kind}", "2")
    assert Battle.objects.count() == 1
    given_back(holder, places)
    ada.open()


def test_a_stream_too_many_is_refused_and_its_prompt_kept_until_a_place_comes_free(transactional_db: None, settings: Settings) -> None:
    """Battles that wait hold no place; so they could be gathered, and be begun all at once."""
    settings.BATTLES_PER_SESSION = 2
    arena = Arena.seeded()
    ada = arena.person("ada")
    cookie = {"cookie": f"sessionid={ada.client.cookies['sessionid'].value}"}
    urls = [ada.open()["stream"]["url"] for _ in range(3)]

    async def visit() -> list[tuple[int, bool]]:
        seen: list[Any] = [asyncio.ensure_future(ask("GET", url, cookie)) for url in urls[:2]]
        while len(route._running) < 2:
            await asyncio.sleep(0.005)
        refused = await ask("GET", urls[2], cookie)
        first = await ask("GET", urls[0], cookie)  # another reader of what is written already takes no place
        replies = [refused, first, *await asyncio.gather(*seen)]
        while route._running:
            await asyncio.sleep(0.005)
        replies.append(await ask("GET", urls[2], cookie))
        return [(reply.status, b"event: end" in reply.body) for reply in replies]

    assert acting(visit) == [(429, False), *[(200, True)] * 4]


def test_a_claim_that_comes_to_nothing_holds_no_place(transactional_db: None) -> None:
    arena = Arena.seeded()
    ada = arena.person("ada")
    battle = ada.open()
    arena.answer(battle["id"])
    cookie = {"cookie": f"sessionid={ada.client.cookies['sessionid'].value}"}
    assert asked("GET", battle["stream"]["url"], cookie).status == 200
