"""Webhooks through the API: who may do what, and what is never told twice."""

import json
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.db import connection

from arena.users.models import User
from arena.vendors import actions as vendors
from arena.vendors.hooks import actions, delivery
from arena.vendors.hooks.changes import RANK, TIER
from arena.vendors.hooks.models import Hook, Message, State
from arena.vendors.models import Organisation, Role
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, Account, member
from tests.integration.vendors.hooks.stage import broken, receiving, well

pytestmark = pytest.mark.django_db
PATH = "organisations/amber-labs/webhooks"
NEW = {"url": "https://hooks.example.org/arena", "events": [RANK]}


@pytest.fixture
def ada(arena: Arena) -> Account:
    """The owner of Amber Labs, who has just proved who she is."""
    cache.clear()
    ada = proved(member("ada@example.org"))
    vendors.found_organisation(by=person(ada), slug="amber-labs", name="Amber Labs")
    return ada


@pytest.fixture
def ben(ada: Account) -> Account:
    """A member of Amber Labs."""
    ben = proved(member("ben@example.org"))
    vendors.join(organisation=Organisation.objects.get(), user=person(ben), role=Role.MEMBER)
    return ben


def person(account: Account) -> User:
    return User.objects.get(pk=account.id)


def proved(who: Account) -> Account:
    assert who.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    return who


def problem(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].removeprefix("/problems/")


def added(who: Account, **changed: Any) -> dict[str, Any]:
    reply = who.post(PATH, {**NEW, **changed})
    assert reply.status_code == 201, reply.content
    body: dict[str, Any] = reply.json()
    return body


def proofless(who: Account) -> None:
    session = who.client.session
    session.pop("account_authentication_methods")
    session.save()


def test_an_owner_adds_a_webhook_and_sees_its_secret_once(ada: Account) -> None:
    made = added(ada)
    assert made["secret"].startswith("whsec_")
    assert (made["state"], made["waiting"], made["dead"]) == ("active", 0, 0)
    for path in (PATH, f"{PATH}/{made['id']}"):
        assert made["secret"] not in ada.get(path).content.decode()


def test_no_table_holds_a_secret_in_the_clear(ada: Account) -> None:
    secret = ada.post(PATH, NEW, key="the-first-time").json()["secret"]
    id = Hook.objects.get().pk
    fresh = ada.post(f"{PATH}/{id}/secret", {}, key="the-second-time").json()["secret"]
    ada.post(f"{PATH}/{id}/test", {}, key="the-third-time")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY(%s)', [[f"%{secret}%", f"%{fresh}%", "%whsec!_%"]])
            assert cursor.fetchone() == (0,), table


def test_a_session_alone_makes_no_webhook_and_no_secret(ada: Account) -> None:
    id = added(ada)["id"]
    proofless(ada)
    assert problem(ada.post(PATH, {**NEW, "url": "https://two.example.org/"})) == (403, "proof-required")
    assert problem(ada.post(f"{PATH}/{id}/secret")) == (403, "proof-required")
    assert Hook.objects.count() == 1


def test_a_member_sees_tests_and_replays_but_changes_nothing(ada: Account, ben: Account) -> None:
    id = added(ada)["id"]
    assert ben.get(PATH).json()["results"][0]["id"] == id
    assert ben.post(f"{PATH}/{id}/test").status_code == 202
    assert ben.post(f"{PATH}/{id}/replay", {"since": "2026-01-01T00:00:00Z"}).status_code == 202
    assert problem(ben.post(PATH, NEW)) == (403, "forbidden")
    assert problem(ben.write("PATCH", f"{PATH}/{id}", {"active": False})) == (403, "forbidden")
    assert problem(ben.delete(f"{PATH}/{id}")) == (403, "forbidden")
    assert problem(ben.post(f"{PATH}/{id}/secret")) == (403, "forbidden")


def test_another_organisations_owner_finds_nothing(ada: Account) -> None:
    id = added(ada)["id"]
    message = ada.post(f"{PATH}/{id}/test").json()["id"]
    cleo = proved(member("cleo@example.org"))
    own = vendors.found_organisation(by=person(cleo), slug="cleo-labs", name="Cleo Labs")
    for place in (PATH, f"organisations/{own.slug}/webhooks"):
        for path in (f"{place}/{id}", f"{place}/{id}/messages", f"{place}/{id}/messages/{message}"):
            assert problem(cleo.get(path)) == (404, "not-found")
        for path in (f"{place}/{id}/test", f"{place}/{id}/secret", f"{place}/{id}/messages/{message}/replay"):
            assert problem(cleo.post(path)) == (404, "not-found")
        assert problem(cleo.delete(f"{place}/{id}")) == (404, "not-found")
    assert problem(cleo.get("organisations/nobody-labs/webhooks")) == problem(cleo.get(PATH)) == (404, "not-found")
    assert cleo.get("organisations/nobody-labs/webhooks").json() == cleo.get(PATH).json()


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "ftp://example.org/"},
        {"url": "https://"},
        {"url": "https://user:word@example.org/"},
        {"url": "https://example.org/ a"},
        {"url": "https://exämple.org/"},
        {"url": "https://example.org/#part"},
        {"url": "https://example.org:99999/"},
        {"url": "https://[::1/"},
        {"url": f"https://example.org/{'a' * 500}"},
        {"url": "javascript:alert(1)"},
        {"events": []},
        {"events": ["contender.sacked"]},
        {"boards": ["nowhere"]},
        {"colour": "amber"},
    ],
)
def test_what_makes_no_webhook_is_refused(ada: Account, changed: dict[str, Any]) -> None:
    assert problem(ada.post(PATH, {**NEW, **changed})) == (400, "invalid-input")
    assert not Hook.objects.exists()


def test_plain_http_is_for_development(ada: Account, settings: Any) -> None:
    settings.DEBUG = False
    assert problem(ada.post(PATH, {**NEW, "url": "http://hooks.example.org/"})) == (400, "invalid-input")
    settings.DEBUG = True
    added(ada, url="http://127.0.0.1:9/")


def test_a_webhook_is_not_added_twice_nor_without_end(ada: Account) -> None:
    added(ada)
    assert problem(ada.post(PATH, NEW)) == (409, "conflict")
    for n in range(actions.MOST_HOOKS - 1):
        added(ada, url=f"https://hooks.example.org/{n}")
    assert problem(ada.post(PATH, {**NEW, "url": "https://hooks.example.org/more"})) == (409, "conflict")


def test_it_is_changed_switched_off_and_on_and_deleted(ada: Account) -> None:
    id = added(ada)["id"]
    changed = {"url": "https://new.example.org/", "events": [TIER], "boards": ["overall"], "description": "Ours", "active": False}
    told = ada.write("PATCH", f"{PATH}/{id}", changed).json()
    assert {name: told[name] for name in ("url", "events", "boards", "description")} == {
        name: changed[name] for name in ("url", "events", "boards", "description")
    }
    assert told["state"] == "paused"
    assert problem(ada.post(f"{PATH}/{id}/test")) == (409, "conflict")
    assert ada.write("PATCH", f"{PATH}/{id}", {"active": True}).json()["state"] == "active"
    assert ada.delete(f"{PATH}/{id}").status_code == 204
    assert ada.get(PATH).json() == {"results": []}


def test_a_test_is_seen_on_its_way_with_every_try_and_sent_again(ada: Account) -> None:
    id = added(ada)["id"]
    message = ada.post(f"{PATH}/{id}/test").json()
    assert (message["state"], message["tries"], message["contender"]) == ("waiting", 0, None)
    with receiving(broken) as receiver:
        delivery.deliver()
        (seen,) = ada.get(f"{PATH}/{id}/messages?state=waiting").json()["results"]
        assert (seen["status"], seen["fault"], seen["tries"]) == (500, "The receiver answered 500.", 1)
        assert ada.get(PATH).json()["results"][0]["failing_since"] is not None
        receiver.answer = well
        assert ada.post(f"{PATH}/{id}/messages/{message['id']}/replay").json() == {"messages": 1}
        delivery.deliver()
    whole = ada.get(f"{PATH}/{id}/messages/{message['id']}").json()
    assert [one["status"] for one in whole["attempts"]] == [500, 204]
    assert json.loads(whole["body"])["type"] == "webhook.test"
    assert whole["state"] == "delivered"
    assert receiver.ids == [message["id"]] * 2
    assert ada.get(PATH).json()["results"][0]["failing_since"] is None


def test_a_test_asked_for_twice_under_one_key_is_one(ada: Account) -> None:
    id = added(ada)["id"]
    first, second = (ada.post(f"{PATH}/{id}/test", {}, key="only-one-of-it") for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Message.objects.count() == 1


def test_the_reply_of_a_receiver_is_shown_to_nobody(ada: Account) -> None:
    id = added(ada)["id"]
    message = ada.post(f"{PATH}/{id}/test").json()["id"]
    with receiving(lambda request: httpx.Response(403, text="instance-credentials")):
        delivery.deliver()
    assert "instance-credentials" not in ada.get(f"{PATH}/{id}/messages/{message}").content.decode()


def test_a_state_that_is_none_and_a_message_that_is_none_are_refused(ada: Account) -> None:
    id = added(ada)["id"]
    assert problem(ada.get(f"{PATH}/{id}/messages?state=lost")) == (400, "invalid-input")
    assert problem(ada.get(f"{PATH}/{id}/messages/msg_1")) == (404, "not-found")


def test_a_disabled_webhook_says_why(ada: Account) -> None:
    id = added(ada)["id"]
    Hook.objects.update(state=State.DISABLED, disabled_reason="Nothing has arrived for 5 days.")
    assert ada.get(f"{PATH}/{id}").json()["disabled_reason"] == "Nothing has arrived for 5 days."
    assert ada.write("PATCH", f"{PATH}/{id}", {"active": True}).json()["disabled_reason"] == ""
