"""Who is let in, through the API: by person, by network, and by all."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from arena import clock
from arena.battles.models import Battle
from arena.battles.streaming import route
from arena.settings import Limit
from arena.users.models import User
from tests.cast import Arena, Person
from tests.integration.http.contract import SENTENCE
from tests.integration.limits.conftest import Allow

HEADER = re.compile(r'("[a-z-]+";[qr]=\d+;[wt]=\d+)(, "[a-z-]+";[qr]=\d+;[wt]=\d+)*')
PROMPT = {"prompt": "Why is the sky blue?"}


def throttled(reply: Any) -> int:
    """A proper refusal; in how many seconds to come back."""
    body = reply.json()
    assert (reply.status_code, body["type"]) == (429, "/problems/throttled")
    assert SENTENCE.match(body["detail"])
    assert reply["Retry-After"] == str(body["retry_after"])
    assert 0 < body["retry_after"] <= 3600
    assert ";r=0;" in reply["RateLimit"]
    return int(body["retry_after"])


def test_a_person_is_stopped_and_another_is_not(allow: Allow, ada: Person, ben: Person) -> None:
    allow(battles=Limit(2, 0, 0))
    for _ in range(2):
        ada.open()
    throttled(ada.post("battles", PROMPT))
    assert Battle.objects.count() == 2
    ben.open()


def test_waiting_as_long_as_the_refusal_says_is_enough(allow: Allow, ada: Person) -> None:
    allow(battles=Limit(1, 0, 0))
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    with clock.frozen(now):
        ada.open()
    with clock.frozen(now + timedelta(minutes=7)):
        wait = throttled(ada.post("battles", PROMPT))
        assert wait == 53 * 60
    with clock.frozen(now + timedelta(minutes=7, seconds=wait - 1)):
        throttled(ada.post("battles", PROMPT))
    with clock.frozen(now + timedelta(minutes=7, seconds=wait)):
        ada.open()


def test_guests_of_one_network_share_its_limit_and_people_with_an_account_do_not(allow: Allow, ada: Person, ben: Person) -> None:
    allow(battles=Limit(0, 2, 0))
    ada.open()
    ben.open()
    throttled(ada.post("battles", PROMPT))
    ada.client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    ada.open()
    Arena.vouch(ben)
    ben.open()


def test_the_whole_arena_has_a_limit(allow: Allow, ada: Person, ben: Person) -> None:
    allow(battles=Limit(0, 0, 1))
    ada.open()
    ben.client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    throttled(ben.post("battles", PROMPT))


def test_everything_that_costs_is_limited(allow: Allow, arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    one = Limit(1, 0, 0)
    allow(turns=one, votes=one, reports=one)
    report = {"side": "a", "turn": 0, "reason": "other"}
    assert ada.post(f"battles/{battle}/reports", report).status_code == 201
    throttled(ada.post(f"battles/{battle}/reports", report))
    assert ada.post(f"battles/{battle}/turns", PROMPT).status_code == 201
    throttled(ada.post(f"battles/{battle}/attempts"))
    arena.answer(battle)
    assert ada.vote(battle, turn=1).status_code == 200
    throttled(ada.vote(battle, turn=1))


def test_the_making_of_guests_is_limited(allow: Allow, arena: Arena) -> None:
    allow(consents=Limit(0, 2, 0))
    for name in ("one", "two"):
        arena.person(name)
    late = Person(Client(enforce_csrf_checks=True))
    late.get("me")
    before = User.objects.count()
    throttled(late.consent())
    assert User.objects.count() == before


def test_every_reply_of_a_limited_route_tells_what_is_left(allow: Allow, ada: Person) -> None:
    allow(battles=Limit(5, 50, 500))
    opened = ada.post("battles", PROMPT)
    assert opened["RateLimit-Policy"] == '"battles-arena";q=500;w=3600, "battles-network";q=50;w=3600, "battles-person";q=5;w=3600'
    refused = ada.post("battles", {"prompt": ""})
    assert refused.status_code == 400
    for reply, left in ((opened, 4), (refused, 3)):
        assert HEADER.fullmatch(reply["RateLimit"])
        assert f'"battles-person";r={left};t=' in reply["RateLimit"]
    assert "RateLimit" not in ada.get("arena")


def test_a_full_process_takes_no_new_battle(arena: Arena, ada: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    settings.BATTLES_PER_PROCESS = 1
    monkeypatch.setattr(route, "_running", {(0, 0): None})
    for path in ("battles", f"battles/{battle}/turns"):
        reply = ada.post(path, PROMPT)
        assert (reply.status_code, reply.json()["type"], reply["Retry-After"]) == (503, "/problems/busy", "2")
    assert Battle.objects.count() == 1
    assert ada.vote(battle).status_code == 200, "who has read may vote all the same"


def test_a_reply_that_was_given_is_given_again_while_the_process_is_full(
    ada: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ada.post("battles", PROMPT, key="the-same-key")
    settings.BATTLES_PER_PROCESS = 1
    monkeypatch.setattr(route, "_running", {(0, 0): None})
    assert ada.post("battles", PROMPT, key="the-same-key").json() == first.json()


def test_stops_and_links_are_counted(allow: Allow, arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    assert ada.vote(battle).status_code == 200
    allow(stops=Limit(2, 0, 0))
    assert ada.post(f"battles/{battle}/stop", key="a-key-of-its-own").status_code == 202
    assert ada.post(f"battles/{battle}/share", key="another-one").status_code == 200
    for path in ("stop", "share"):
        throttled(ada.post(f"battles/{battle}/{path}", key=f"a-new-key-to-{path}"))


def test_exports_have_a_limit_of_their_own(allow: Allow, ada: Person) -> None:
    allow(exports=Limit(2, 0, 0))
    assert [ada.get("me/export").status_code for _ in range(2)] == [200, 200]
    throttled(ada.get("me/export"))


def test_whoever_looks_at_their_wallet_has_read(allow: Allow, ada: Person) -> None:
    allow(reads=Limit(1, 0, 0))
    assert ada.get("me/wallet").status_code == 200
    throttled(ada.get("me/wallet"))
