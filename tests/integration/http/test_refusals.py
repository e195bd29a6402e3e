"""What a person may not do, and the problem that says so."""

import base64
import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import Settings

from arena.battles.models import Answer, Status
from arena.users import terms
from tests.cast import Arena, Person
from tests.integration.http.rows import rows

NOWHERE = uuid.UUID("01a20451-db8b-73f8-b25a-2ef1362132c4")
NOT_FOUND, CSRF = "/problems/not-found", "/problems/csrf-failed"


def told(reply: object) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"]  # type: ignore[attr-defined]


def test_a_strangers_battle_is_as_if_it_were_not(arena: Arena, ada: Person, ben: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    before = rows()
    refusals = [
        ben.get(f"battles/{battle}"),
        ben.vote(battle),
        ben.post(f"battles/{battle}/turns", {"prompt": "x"}),
        ben.post(f"battles/{battle}/attempts"),
        ben.post(f"battles/{battle}/stop"),
    ]
    none = [ben.get(f"battles/{NOWHERE}"), ben.vote(str(NOWHERE))]
    assert {told(reply) for reply in refusals + none} == {(404, NOT_FOUND)}
    assert refusals[0].content == none[0].content
    assert refusals[1].content == none[1].content
    assert rows() == before


def test_what_was_not_seen_cannot_be_judged_but_skipped(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    before = rows()
    assert told(ada.vote(battle)) == (409, "/problems/nothing-to-judge")
    arena.answer(battle, b=" \n")
    assert told(ada.vote(battle, "tie")) == (409, "/problems/nothing-to-judge")
    assert rows() == before
    assert ada.vote(battle, "skip").status_code == 200


def test_a_failed_side_cannot_be_judged_but_skipped(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    Answer.objects.filter(side__position=1).update(status=Status.FAILED, error="failed")
    assert told(ada.vote(battle)) == (409, "/problems/battle-failed")
    assert ada.vote(battle, "skip").status_code == 200


def test_the_same_vote_again_gives_the_same_reply_and_another_is_refused(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    first = ada.vote(battle, "tie")
    stored = rows()
    again = ada.vote(battle, "tie")
    assert (again.status_code, again.content) == (200, first.content)
    for other in ("a", "b", "both_bad", "skip"):
        assert told(ada.vote(battle, other)) == (409, "/problems/already-voted")
    assert rows() == stored
    assert ada.get(f"battles/{battle}").json()["vote"]["outcome"] == "tie"


def test_after_the_reveal_a_later_turn_is_not_voted_on(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    first = ada.vote(battle).json()["vote"]
    assert ada.post(f"battles/{battle}/turns", {"prompt": "And at night?"}).status_code == 201
    arena.answer(battle)
    stored = rows()
    assert told(ada.vote(battle, "b", turn=1)) == (409, "/problems/already-voted")
    assert ada.vote(battle, "a", turn=1).json()["vote"] == first
    assert rows() == stored


def test_a_vote_on_an_earlier_turn_or_attempt_is_refused(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    assert ada.post(f"battles/{battle}/turns", {"prompt": "And at night?"}).status_code == 201
    arena.answer(battle)
    for turn, attempt in ((0, 0), (1, 1), (2, 0)):
        assert told(ada.vote(battle, turn=turn, attempt=attempt)) == (409, "/problems/stale-attempt")
    assert ada.vote(battle, turn=1).status_code == 200


def test_a_follow_up_waits_for_both_answers_and_ends_at_the_limit(arena: Arena, ada: Person, settings: Settings) -> None:
    settings.TURNS = 2
    battle = ada.open()["id"]
    before = rows()
    assert told(ada.post(f"battles/{battle}/turns", {"prompt": "x"})) == (409, "/problems/still-streaming")
    assert rows() == before
    arena.answer(battle)
    assert ada.post(f"battles/{battle}/turns", {"prompt": "x"}).status_code == 201
    arena.answer(battle)
    assert told(ada.post(f"battles/{battle}/turns", {"prompt": "x"})) == (409, "/problems/turn-limit")


def test_good_answers_are_not_asked_for_again(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    assert told(ada.post(f"battles/{battle}/attempts")) == (409, "/problems/still-streaming")
    arena.answer(battle)
    assert told(ada.post(f"battles/{battle}/attempts")) == (409, "/problems/turn-limit")
    assert told(ada.post(f"battles/{battle}/stop", {"side": "c"})) == (400, "/problems/invalid-input")


def test_too_few_contenders_are_told_with_when_to_come_back(ada: Person, settings: Settings) -> None:
    from arena.providers import actions as providers

    providers.switch_off(slugs=["stage"])
    before = rows()
    reply = ada.post("battles", {"prompt": "x"})
    assert told(reply) == (503, "/problems/no-contenders")
    assert int(reply["Retry-After"]) == reply.json()["retry_after"] > 0
    assert rows() == before


NEEDING_A_SESSION = [
    ("GET", f"battles/{NOWHERE}"),
    ("GET", "me/points"),
    ("GET", "me/battles"),
    ("POST", "battles"),
    ("POST", f"battles/{NOWHERE}/turns"),
    ("POST", f"battles/{NOWHERE}/attempts"),
    ("POST", f"battles/{NOWHERE}/stop"),
    ("POST", f"battles/{NOWHERE}/vote"),
]


@pytest.mark.parametrize("key", [None, "a-key-of-mine"])
def test_without_a_session_there_is_nothing(key: str | None, stranger: Client, db: None) -> None:
    stranger.get("/api/v1/me")
    nobody, before = Person(stranger), rows()
    for method, path in NEEDING_A_SESSION:
        body = (
            {"prompt": "x"} if path.endswith(("battles", "turns")) else {"outcome": "a", "turn": 0, "attempt": 0} if "vote" in path else {}
        )
        reply = nobody.get(path) if method == "GET" else nobody.post(path, body, key=key)
        assert told(reply) == (401, "/problems/not-signed-in"), path
    assert rows() == before


def test_a_made_up_session_is_no_session(stranger: Client) -> None:
    stranger.cookies["sessionid"] = "a" * 32
    assert told(stranger.get("/api/v1/me/points")) == (401, "/problems/not-signed-in")


@pytest.mark.parametrize("token", [None, "", "x" * 32, "é" * 16])
def test_a_write_without_the_pages_token_is_refused(token: str | None, ada: Person) -> None:
    before = rows()
    for path in ("battles", "me/consent"):
        sent = {} if token is None else {"X-CSRFToken": token}
        reply = ada.client.post(f"/api/v1/{path}", data="{}", content_type="application/json", headers=sent)
        assert told(reply) == (403, CSRF)
    assert rows() == before


def test_a_token_of_somebody_else_is_forged(ada: Person, ben: Person) -> None:
    forged = {"X-CSRFToken": ben.client.cookies["csrftoken"].value}
    reply = ada.client.post("/api/v1/battles", data='{"prompt": "x"}', content_type="application/json", headers=forged)
    assert told(reply) == (403, CSRF)


def test_a_write_from_another_site_is_refused(ada: Person) -> None:
    assert told(ada.post("battles", {"prompt": "x"}, Origin="https://evil.example")) == (403, CSRF)


def test_even_the_first_consent_needs_the_token(arena: Arena, stranger: Client) -> None:
    now, before = terms.current(), rows()
    body = {"terms_version": now.version, "terms_hash": now.hash, "of_age": True, "publish": True}
    assert told(stranger.post("/api/v1/me/consent", data=body, content_type="application/json")) == (403, CSRF)
    assert rows() == before


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"terms_hash": "0" * 64}, 403, "consent-outdated"),
        ({"terms_version": "2020-01-01"}, 403, "consent-outdated"),
        ({"of_age": False}, 400, "invalid-input"),
        ({"of_age": None}, 400, "invalid-input"),
        ({"publish": None}, 400, "invalid-input"),
        ({"terms_hash": "x" * 65}, 400, "invalid-input"),
        ({"terms_version": "a\0b"}, 400, "invalid-input"),
    ],
)
def test_a_wrong_consent_makes_nobody(change: dict[str, object], status: int, kind: str, arena: Arena, stranger: Client) -> None:
    stranger.get("/api/v1/me")
    now, before = terms.current(), rows()
    body = {"terms_version": now.version, "terms_hash": now.hash, "of_age": True, "publish": False} | change
    assert told(Person(stranger).post("me/consent", body)) == (status, f"/problems/{kind}")
    assert rows() == before
    assert "sessionid" not in stranger.cookies


@pytest.mark.parametrize("left_out", ["terms_version", "terms_hash", "of_age", "publish"])
def test_every_part_of_the_consent_is_asked_for(left_out: str, stranger: Client, arena: Arena) -> None:
    stranger.get("/api/v1/me")
    now = terms.current()
    body = {"terms_version": now.version, "terms_hash": now.hash, "of_age": True, "publish": False}
    del body[left_out]
    reply = Person(stranger).post("me/consent", body)
    assert told(reply) == (400, "/problems/invalid-input")
    assert [row["field"] for row in reply.json()["errors"]] == [left_out]


def test_new_terms_stop_the_next_prompt_until_they_are_accepted(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    later = terms.Terms(version="2027-01-01", hash="f" * 64, text="New.")
    monkeypatch.setattr(terms, "current", lambda: later)
    before = rows()
    assert told(ada.post("battles", {"prompt": "x"})) == (403, "/problems/consent-outdated")
    assert rows() == before
    assert ada.get("me").json()["consent"]["current"] is False
    assert ada.consent().status_code == 200
    assert ada.post("battles", {"prompt": "x"}).status_code == 201


def cursor(place: str) -> str:
    return quote(base64.b64encode(place.encode()).decode())


PLACES = ["p=abc", "p=%00", "p=" + "9" * 40, "o=1&p=5", "p=-1", "p=é", "p=inf", "r=1&p=x", "p=2026-01-01"]


@pytest.mark.parametrize("page", ["me/points", "me/battles"])
def test_a_made_up_cursor_is_refused_or_harmless(page: str, ada: Person) -> None:
    ada.open()
    for made_up in ("garbage", "%00", "%F0%9F", *map(cursor, PLACES)):
        reply = ada.get(f"{page}?cursor={made_up}")
        assert reply.status_code in (200, 400), made_up
        assert reply.status_code == 200 or reply.json()["type"] == "/problems/invalid-input"


def test_a_cursor_that_names_no_row_of_the_kind_is_refused(ada: Person) -> None:
    assert told(ada.get(f"me/battles?cursor={cursor('p=5')}")) == (400, "/problems/invalid-input")
    assert told(ada.get(f"me/points?cursor={cursor('p=abc')}")) == (400, "/problems/invalid-input")


def test_a_bad_number_of_suggestions_is_refused(ada: Person) -> None:
    for query in ("n=0", "n=999", "n=-1", "n=abc", "n=1.5", "n=" + "9" * 5000, "language=%00", "language=" + "x" * 13):
        assert told(ada.get(f"prompts/suggestions?{query}")) == (400, "/problems/invalid-input"), query[:20]


@pytest.mark.parametrize("debug", [False, True])
def test_an_unknown_address_is_a_problem_too(debug: bool, stranger: Client, settings: Settings, db: None) -> None:
    settings.DEBUG = debug
    for path in ("nothing", "battles/not-a-uuid", "battles/1", "battles/", f"battles/{NOWHERE}/nothing", "%00", "..%2f.."):
        for method in ("GET", "POST", "DELETE"):
            assert told(stranger.generic(method, f"/api/v1/{path}")) == (404, NOT_FOUND), path


def test_a_wrong_method_is_refused_with_those_that_are_allowed(ada: Person) -> None:
    token = ada.client.cookies["csrftoken"].value
    for path in ("battles", "me", "me/consent", "boards", "terms", "arena", f"battles/{NOWHERE}/vote"):
        for method in ("PUT", "PATCH", "TRACE"):
            reply = ada.client.generic(method, f"/api/v1/{path}", headers={"X-CSRFToken": token})
            assert told(reply) == (405, "/problems/method-not-allowed"), path
            assert {"GET", "POST"} & set(reply["Allow"].split(", "))


def test_another_format_than_json_is_not_had(ada: Person) -> None:
    assert told(ada.get("arena", Accept="text/html")) == (406, "/problems/not-acceptable")
    assert ada.get("arena", Accept="text/html, */*;q=0.1").status_code == 200


def test_a_fault_of_ours_is_told_without_what_it_was(
    ada: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("the key is sk-secret")

    monkeypatch.setattr("arena.battles.api.arena.ready_contenders", broken)
    reply = ada.get("arena")
    assert told(reply) == (500, "/problems/internal")
    assert b"sk-secret" not in reply.content
    assert "sk-secret" in caplog.text


def test_an_answer_whose_writer_died_is_told_as_interrupted(arena: Arena, ada: Person) -> None:
    from arena import clock

    battle = ada.open()["id"]
    Answer.objects.update(status=Status.STREAMING, lease_until=clock.now() - timedelta(seconds=1))
    shown = ada.get(f"battles/{battle}").json()
    assert {answer["error"]["code"] for answer in shown["turns"][0]["answers"]} == {"interrupted"}
    assert shown["can"] == {"vote": ["skip"], "follow_up": False, "ask_again": True, "stop": False}
