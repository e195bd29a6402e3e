"""A write that is sent again with its key is done once and answered alike."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from arena import clock
from arena.battles.models import Battle, Vote
from arena.http.models import IdempotencyKey
from arena.http.tasks import forget_old_replies
from tests.cast import CAST, Arena, Person
from tests.integration.http.rows import rows
from tests.integration.http.threads import results

KEY = "8c7e1c5a-3b0e-4a52-9d5b-2f6a0a4f1d11"
CONFLICT = "/problems/idempotency-conflict"


def said(reply: Any) -> Any:
    """A reply but for its ticket, which is a fresh one each time."""
    return {name: value for name, value in reply.json().items() if name != "stream"}


def twin(person: Person) -> Person:
    """The same session in another browser window."""
    client = Client(enforce_csrf_checks=True)
    client.cookies.update(person.client.cookies)
    return Person(client)


def test_the_same_request_again_gives_the_same_reply_and_one_row(ada: Person) -> None:
    first = ada.post("battles", {"prompt": "x"}, key=KEY)
    stored = rows()
    again = ada.post("battles", {"prompt": "x"}, key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert said(first) == said(again)
    assert again.json()["stream"]["url"]
    assert rows() == stored
    assert Battle.objects.count() == 1


def test_the_order_of_names_in_the_body_does_not_matter(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    first = ada.post(f"battles/{battle}/vote", raw=b'{"outcome": "a", "turn": 0, "attempt": 0}', key=KEY)
    again = ada.post(f"battles/{battle}/vote", raw=b'{"attempt":0,"turn":0,"outcome":"a"}', key=KEY)
    assert first.json() == again.json()


def test_what_is_kept_of_a_battles_reply_is_its_id_and_whoever_repeats_it_is_told_how_it_stands(arena: Arena, ada: Person) -> None:
    battle = ada.post("battles", {"prompt": "Why is the sky blue?"}, key="to-open-it").json()["id"]
    arena.answer(battle, a="sky " * 20_000, b="blue " * 20_000)
    ballot = {"outcome": "a", "turn": 0, "attempt": 0}
    voted = ada.post(f"battles/{battle}/vote", ballot, key="to-vote-once")
    for key in ("stop-one", "stop-two"):
        assert ada.post(f"battles/{battle}/stop", {}, key=key).status_code == 202
    kept = {row.key: row.body for row in IdempotencyKey.objects.all()}
    assert kept == {key: {"id": battle} for key in ("to-open-it", "to-vote-once", "stop-one", "stop-two")}
    before = rows()
    again = ada.post(f"battles/{battle}/vote", ballot, key="to-vote-once")
    assert (again.status_code, again.json()) == (200, voted.json())
    opened = ada.post("battles", {"prompt": "Why is the sky blue?"}, key="to-open-it")
    assert (opened.status_code, opened.json()["state"], opened.json()["stream"]) == (201, "voted", None)
    assert opened.json()["turns"][0]["answers"][0]["parts"][0]["text"] == "sky " * 20_000
    assert rows() == before


def test_a_repetition_before_the_vote_names_nobody(arena: Arena, ada: Person) -> None:
    opened = ada.post("battles", {"prompt": "x"}, key=KEY).json()["id"]
    arena.answer(opened)
    told = ada.post("battles", {"prompt": "x"}, key=KEY).content.decode().lower()
    assert opened in told
    assert not [name for name in CAST if name in told]


def test_another_body_or_address_with_the_same_key_is_refused(ada: Person) -> None:
    battle = ada.post("battles", {"prompt": "x"}, key=KEY).json()["id"]
    before = rows()
    for path, body in (("battles", {"prompt": "y"}), (f"battles/{battle}/stop", {}), (f"battles/{battle}/turns", {"prompt": "x"})):
        reply = ada.post(path, body, key=KEY)
        assert (reply.status_code, reply.json()["type"]) == (422, CONFLICT)
    assert rows() == before


def test_a_key_of_another_person_is_another_key(ada: Person, ben: Person) -> None:
    hers, his = (person.post("battles", {"prompt": "x"}, key=KEY).json()["id"] for person in (ada, ben))
    assert hers != his
    assert IdempotencyKey.objects.filter(key=KEY).count() == 2


def test_a_refusal_is_not_remembered(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    ballot = {"outcome": "a", "turn": 0, "attempt": 0}
    assert ada.post(f"battles/{battle}/vote", ballot, key=KEY).status_code == 409
    assert not IdempotencyKey.objects.exists()
    arena.answer(battle)
    assert ada.post(f"battles/{battle}/vote", ballot, key=KEY).status_code == 200


def test_without_a_key_the_same_request_is_done_twice(ada: Person) -> None:
    assert ada.open("x")["id"] != ada.open("x")["id"]


@pytest.mark.parametrize("key", ["short", "x" * 81, "with space", "umlaut-äöü-12345", "tab\tin-the-key", "\x7fdelete-key"])
def test_a_key_that_is_none_is_refused(key: str, ada: Person) -> None:
    before = rows()
    reply = ada.post("battles", {"prompt": "x"}, key=key)
    assert (reply.status_code, reply.json()["type"]) == (400, "/problems/invalid-input")
    assert rows() == before


def test_a_key_is_forgotten_after_a_day(ada: Person) -> None:
    now = clock.now()
    with clock.frozen(now - timedelta(hours=25)):
        ada.post("battles", {"prompt": "x"}, key="yesterdays-key")
    with clock.frozen(now - timedelta(hours=23)):
        ada.post("battles", {"prompt": "x"}, key="todays-key")
    forget_old_replies(0)
    assert [row.key for row in IdempotencyKey.objects.all()] == ["todays-key"]
    assert ada.get("me").json()["user"] is not None


def test_eight_requests_at_once_with_one_key_open_one_battle(transactional_db: None) -> None:
    ada = Arena.seeded().person("ada")
    windows = [twin(ada) for _ in range(8)]
    replies = results(partial(window.post, "battles", {"prompt": "x"}, key=KEY) for window in windows)
    assert {reply.status_code for reply in replies} == {201}
    assert all(said(reply) == said(replies[0]) for reply in replies)
    assert Battle.objects.count() == IdempotencyKey.objects.count() == 1


def test_of_two_bodies_at_once_with_one_key_one_is_refused(transactional_db: None) -> None:
    ada = Arena.seeded().person("ada")
    one, two = twin(ada), twin(ada)
    replies = results(partial(window.post, "battles", {"prompt": prompt}, key=KEY) for window, prompt in ((one, "x"), (two, "y")))
    assert sorted(reply.status_code for reply in replies) == [201, 422]
    assert Battle.objects.count() == 1


def test_votes_at_once_with_different_keys_are_one_vote(transactional_db: None) -> None:
    arena = Arena.seeded()
    ada = arena.person("ada")
    battle = ada.open()["id"]
    arena.answer(battle)
    windows = [twin(ada) for _ in range(6)]
    ballot = {"outcome": "a", "turn": 0, "attempt": 0}
    plays = [partial(window.post, f"battles/{battle}/vote", ballot, key=f"key-number-{n}") for n, window in enumerate(windows)]
    replies = results(plays)
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.json()["vote"]["receipt"]["commit"] for reply in replies}) == 1
    assert Vote.objects.count() == 1
    assert ada.get("me").json()["points"]["pending"] == 10
