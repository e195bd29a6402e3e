"""Guests of a busy network prove good will by a little work, once for each battle."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from arena import clock
from arena.battles.models import Battle
from arena.http import altcha
from arena.settings import Limit
from arena.users import terms
from arena.users.models import User
from tests.cast import Arena, Person
from tests.integration.limits.conftest import Allow
from tests.integration.limits.proofs import offering, solution, solve

PROMPT = {"prompt": "Why is the sky blue?"}
REFUSED = (403, "/problems/proof-of-work-required")


@pytest.fixture
def eve(ada: Person, settings: Settings) -> Person:
    """A guest who is asked for work from now on."""
    settings.POW_AFTER, settings.POW_WORK = 0, 50
    return ada


def told(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json().get("type", "")


def test_work_is_asked_for_above_the_threshold_only(ada: Person, settings: Settings) -> None:
    settings.POW_AFTER, settings.POW_WORK = 2, 50
    for _ in range(2):
        ada.open()
    assert told(ada.post("battles", PROMPT)) == REFUSED
    assert ada.post("battles", PROMPT, **offering(solution(ada))).status_code == 201
    ada.client.defaults["REMOTE_ADDR"] = "198.51.100.7"
    ada.open()


def test_a_solution_opens_one_battle_and_no_second(eve: Person) -> None:
    proof = solution(eve)
    assert eve.post("battles", PROMPT, **offering(proof)).status_code == 201
    assert told(eve.post("battles", PROMPT, **offering(proof))) == REFUSED
    assert Battle.objects.count() == 1
    assert eve.post("battles", PROMPT, **offering(solution(eve))).status_code == 201


def test_becoming_a_guest_takes_work_and_choosing_again_does_not(arena: Any, easy: None) -> None:
    person = Person(Client(enforce_csrf_checks=True))
    person.get("me")
    assert told(person.consent()) == REFUSED
    assert not User.objects.exists()
    now = terms.current()
    body = {"terms_version": now.version, "terms_hash": now.hash, "of_age": True, "publish": False}
    assert person.post("me/consent", body, **offering(solution(person))).status_code == 200
    assert person.consent(publish=True).status_code == 200


def test_people_with_an_account_are_not_asked(eve: Person) -> None:
    Arena.vouch(eve)
    eve.open()


def test_an_old_challenge_is_refused(eve: Person) -> None:
    proof = solution(eve)
    with clock.frozen(clock.now() + timedelta(seconds=altcha.SECONDS + 1)):
        assert told(eve.post("battles", PROMPT, **offering(proof))) == REFUSED


def test_a_used_challenge_stays_used_until_it_is_too_old(eve: Person) -> None:
    proof = solution(eve)
    eve.post("battles", PROMPT, **offering(proof))
    for wait in range(0, altcha.SECONDS + 60, 20):
        with clock.frozen(clock.now() + timedelta(seconds=wait)):
            assert told(eve.post("battles", PROMPT, **offering(proof))) == REFUSED


def test_what_another_limit_refuses_does_not_use_the_solution_up(eve: Person, allow: Allow) -> None:
    proof = solution(eve)
    allow(battles=Limit(0, 0, 1))
    assert eve.post("battles", PROMPT, **offering(solution(eve))).status_code == 201
    assert eve.post("battles", PROMPT, **offering(proof)).status_code == 429
    allow()
    assert eve.post("battles", PROMPT, **offering(proof)).status_code == 201


def packed(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


FORGERIES: dict[str, Any] = {
    "nothing": lambda challenge: "",
    "no base64": lambda challenge: "}{",
    "no JSON": lambda challenge: base64.b64encode(b"hello").decode(),
    "a list": lambda challenge: packed([1]),
    "an empty object": lambda challenge: packed({}),
    "deep nesting": lambda challenge: base64.b64encode(b"[" * 1000 + b"]" * 1000).decode(),
    "far too long": lambda challenge: packed({"salt": "x" * 10_000}),
    "another number": lambda challenge: solve(challenge, number=51),
    "a number as text": lambda challenge: solve(challenge, number="7"),
    "true for a number": lambda challenge: solve(challenge, number=True),
    "a number below zero": lambda challenge: solve(challenge, number=-1),
    "another algorithm": lambda challenge: solve(challenge, algorithm="SHA-1"),
    "another signature": lambda challenge: solve(challenge, signature="0" * 64),
    "a signature that is no ASCII": lambda challenge: solve(challenge, signature="é" * 32),
    "a later end": lambda challenge: solve(challenge, salt=challenge["salt"].replace("expires=", "expires=9")),
    "an own challenge": lambda challenge: solve(
        altcha.challenge(salt=b"x" * 12, number=7, expires=clock.now() + timedelta(hours=1)) | {"signature": challenge["signature"]}
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forgeries_are_refused(eve: Person, forgery: str) -> None:
    sent = FORGERIES[forgery](eve.get("challenge").json())
    assert told(eve.post("battles", PROMPT, **offering(sent))) == REFUSED
    assert not Battle.objects.exists()


def test_digits_moved_from_the_number_into_the_salt_are_no_second_solution(eve: Person) -> None:
    challenge = altcha.challenge(salt=b"y" * 12, number=42, expires=clock.now() + timedelta(minutes=1))
    assert eve.post("battles", PROMPT, **offering(solve(challenge))).status_code == 201
    moved = solve(challenge, salt=challenge["salt"] + "4", number=2)
    assert told(eve.post("battles", PROMPT, **offering(moved))) == REFUSED


def test_a_challenge_says_nothing_of_whom_it_was_given_to_and_is_never_the_same(eve: Person) -> None:
    challenges = [eve.get("challenge").json() for _ in range(5)]
    assert len({challenge["challenge"] for challenge in challenges}) == 5
    assert set(challenges[0]) == {"algorithm", "challenge", "maxnumber", "salt", "signature"}
    stranger = Person(Client())
    assert eve.post("battles", PROMPT, **offering(solution(stranger))).status_code == 201


def test_the_challenge_is_kept_by_no_cache(eve: Person) -> None:
    assert eve.get("challenge")["Cache-Control"] == "no-store"
