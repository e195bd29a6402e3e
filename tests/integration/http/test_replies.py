"""A whole visit: every operation of the API answers as its schema promises."""

import re
from typing import Any

import pytest
from django.test import Client

from arena.battles import projector
from arena.battles.models import Answer, Status
from arena.ledger import actions as ledger
from tests.cast import Arena, Person
from tests.integration.http import contract

LEAN = {"board", "battle_stream"}  # see test_lean_edge
# Those of other people's packages are held against the schema in their own tests.
MINE = {
    "arena", "terms", "me", "accept_terms", "my_points", "my_battles", "open_battle", "battle", "add_turn", "ask_again",
    "stop_battle", "cast_vote", "prompt_suggestions", "boards",
}  # fmt: skip


def test_every_operation_answers_as_promised(arena: Arena, stranger: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    check = contract.check

    def noting(method: str, path: str, status: int, content_type: str, body: bytes) -> None:
        if status < 400 and (known := contract.operation(method, path)):
            seen.add(known["operationId"])
        check(method, path, status, content_type, body)

    monkeypatch.setattr(contract, "check", noting)
    person = Person(stranger)
    assert person.get("me").json()["user"] is None
    assert person.consent().status_code == 200
    for path in ("arena", "terms", "boards", "me", "prompts/suggestions?n=1"):
        assert person.get(path).status_code == 200
    prompt = person.get("prompts/suggestions").json()["results"][0]["id"]
    battle = person.post("battles", {"prompt_id": prompt}).json()["id"]
    assert person.post(f"battles/{battle}/stop", {"side": "a"}).status_code == 202
    Answer.objects.update(status=Status.FAILED, error="timed_out", reasoning="Let me see.")
    assert person.post(f"battles/{battle}/attempts").status_code == 201
    arena.answer(battle, input_tokens=7, output_tokens=11, truncated=True)
    assert person.post(f"battles/{battle}/turns", {"prompt": "And at night?"}).status_code == 201
    arena.answer(battle, input_tokens=7, output_tokens=11)
    more: dict[str, Any] = {
        "reasons": {"a": ["correct"]},
        "comment": "Good.",
        "measures": {"vote_ms": 9000, "scroll": {"a": 1}, "input": "key"},
    }
    assert person.vote(battle, "tie", turn=1, **more).json()["vote"]["seq"] is None
    projector.project()
    ledger.release_due()
    shown = person.get(f"battles/{battle}").json()["vote"]
    assert shown["seq"] is not None
    assert all(side["after"] for side in shown["sides"])
    assert person.get("me/battles").json()["results"][0]["outcome"] == "tie"
    assert {row["kind"] for row in person.get("me/points").json()["results"]} == {"award", "release"}
    assert seen == MINE


def test_the_cast_above_names_operations_that_there_are() -> None:
    known = {operation["operationId"] for item in contract.schema()["paths"].values() for operation in item.values()}
    assert known >= (MINE | LEAN)


def test_pages_lead_through_everything_once_and_back(arena: Arena, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.http.paging.Pages.page_size", 3)
    made = [ada.open(f"Prompt {number}")["id"] for number in range(8)]
    seen, page = [], ada.get("me/battles").json()
    while True:
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        assert re.match(r"^/api/v1/me/battles\?", page["next"])
        ada.open("One that came meanwhile")
        page = ada.get(page["next"].removeprefix("/api/v1/")).json()
    assert seen == made[::-1]
    back = ada.get(page["previous"].removeprefix("/api/v1/")).json()
    assert [row["id"] for row in back["results"]] == made[::-1][3:6]


def test_a_long_prompt_is_shortened_in_the_history(ada: Person) -> None:
    ada.open("ü" * 300)
    assert ada.get("me/battles").json()["results"][0]["prompt"] == "ü" * 200


def test_the_arena_at_a_glance_counts(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    ada.vote(battle)
    projector.project()
    glance = ada.get("arena").json()
    assert (glance["votes"], glance["battles"], glance["contenders_ready"], glance["toys"]) == (1, 1, 4, False)
