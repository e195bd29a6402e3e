"""API keys: shown once, hashed at rest, scoped, expiring, counted; they open what they are for and nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from arena import clock
from arena.http.models import IdempotencyKey
from arena.users.models import User
from arena.vendors.models import ApiKey
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, Account
from tests.integration.users.test_account_permissions import addresses
from tests.integration.vendors.stage import Vendor, program, vendor

ORGANISATION = "organisations/amber-labs"


@pytest.fixture
def amber(arena: Arena) -> Vendor:
    return vendor()


def kind(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].removeprefix("/problems/")


def everything_stored() -> str:
    """Every row of every table, as text."""
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told)


def test_a_key_is_told_once_and_only_its_hash_is_kept(amber: Vendor) -> None:
    key = amber.key()
    assert re.fullmatch(r"eh_[a-z2-7]{16}_[a-z2-7]{52}", key)
    (shown,) = amber.account.get(f"{ORGANISATION}/keys").json()["results"]
    assert "key" not in shown
    assert shown["id"] == key.split("_")[1]
    stored = everything_stored()
    assert shown["id"] in stored
    assert key.split("_")[2] not in stored


def test_a_request_sent_twice_makes_one_key_and_leaves_no_secret_behind(amber: Vendor) -> None:
    body = {"name": "nightly", "scopes": ["rankings"]}
    first, again = (amber.account.post(f"{ORGANISATION}/keys", body, key="one-and-the-same") for _ in range(2))
    assert (first.status_code, kind(again)) == (201, (409, "conflict"))
    assert ApiKey.objects.count() == 1
    assert not IdempotencyKey.objects.filter(key="one-and-the-same").exists()


def test_a_key_asks_for_a_proof_of_a_moment_ago(amber: Vendor) -> None:
    body = {"name": "nightly", "scopes": ["rankings"]}
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert kind(amber.account.post(f"{ORGANISATION}/keys", body)) == (403, "proof-required")
        assert kind(amber.account.post(f"{ORGANISATION}/invitations", {"role": "member"})) == (403, "proof-required")
    assert not ApiKey.objects.exists()


def test_a_key_opens_what_its_scopes_say(amber: Vendor) -> None:
    ranks, own = amber.key("ranks", "rankings"), amber.key("own", "organisation")
    assert program("boards", ranks).status_code == 200
    assert kind(program("boards", own)) == (403, "scope-missing")
    assert program(ORGANISATION, own).json()["role"] is None
    assert kind(program(ORGANISATION, ranks)) == (403, "scope-missing")


def test_a_key_of_another_organisation_sees_nothing_of_ours(amber: Vendor) -> None:
    theirs = vendor("birch-labs", "ben@example.org").key()
    there, nowhere = program(ORGANISATION, theirs), program("organisations/nowhere", theirs)
    assert kind(there) == (404, "not-found")
    assert there.content == nowhere.content


def test_no_key_does_what_is_for_people(amber: Vendor) -> None:
    """Every address that is not for keys refuses one, though it holds, and though the person's own cookie comes along."""
    key, taken = amber.key(), 0
    for method, path in addresses():
        place = path.format(**dict.fromkeys(re.findall(r"\{(\w+)\}", path), "1"))
        place = re.sub(r"(battles|members|conversions|invitations)/1", r"\1/01a20442-c377-7475-88f9-3a3ad80d9859", place)
        reply = program(place.removeprefix("/api/v1/"), key, method)
        assert reply.status_code < 500, (method, path)
        if reply.status_code == 403 and reply.json()["type"] == "/problems/scope-missing":
            taken += 1
        else:
            assert method == "GET" or reply.status_code == 404, (method, path, reply.status_code)
    assert taken > 40
    assert kind(amber.account.get("me", Authorization=f"Bearer {key}")) == (403, "scope-missing")


@pytest.mark.parametrize(
    "spoil", [lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"), lambda key: "eh_" + "a" * 16 + key[19:], str.upper]
)
def test_a_key_that_is_not_whole_opens_nothing(amber: Vendor, spoil: Any) -> None:
    reply = program("boards", spoil(amber.key()))
    assert kind(reply) == (401, "key-invalid")
    assert reply["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_stranger_cannot_tell_a_wrong_secret_from_an_unknown_key(amber: Vendor) -> None:
    key = amber.key()
    replies = [program("boards", text).content for text in (key[:-52] + "a" * 52, "eh_" + "a" * 16 + "_" + "a" * 52)]
    assert replies[0] == replies[1]


def test_an_expired_key_and_a_revoked_one_say_so(amber: Vendor) -> None:
    short, gone = amber.key("short", days=1), amber.key("gone")
    assert amber.account.delete(f"{ORGANISATION}/keys/{gone.split('_')[1]}").status_code == 204
    assert amber.account.delete(f"{ORGANISATION}/keys/{gone.split('_')[1]}").status_code == 204
    assert "revoked" in program("boards", gone).json()["detail"]
    assert program("boards", short).status_code == 200
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert "expired" in program("boards", short).json()["detail"]
    assert amber.key("gone") != gone


def test_a_key_ends_with_the_last_who_speaks_for_its_organisation(amber: Vendor) -> None:
    key = amber.key()
    assert amber.account.delete("me", {"password": PASSWORD}).status_code == 204
    assert kind(program("boards", key)) == (401, "key-invalid")


def test_a_key_is_counted_by_itself_and_told_what_is_left(amber: Vendor, settings: Settings) -> None:
    settings.LIMIT_KEY_PER_HOUR = 2
    one, other = amber.key("one"), amber.key("other")
    first, second, third = (program("boards/overall/history", one) for _ in range(3))
    assert first["RateLimit-Policy"] == '"key";q=2;w=3600'
    assert '"key";r=1;t=' in first["RateLimit"]
    assert (first.status_code, second.status_code, kind(third)) == (200, 200, (429, "throttled"))
    assert 0 < int(third["Retry-After"]) <= 3600
    assert '"key";r=0;t=' in third["RateLimit"]
    assert program("boards/overall/history", other).status_code == 200
    assert program("boards/overall/history").status_code == 200
    ApiKey.objects.filter(pk=one.split("_")[1]).update(quota=5)
    assert program("boards/overall/history", one).status_code == 200


def test_readers_without_a_key_share_their_networks_limit(arena: Arena, settings: Settings, allow_reads: None) -> None:
    replies = [program("boards/overall/history") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]


@pytest.fixture
def allow_reads(settings: Settings) -> None:
    from arena.settings import Limit

    settings.LIMITS = settings.LIMITS | {"reads": Limit(0, 2, 0)}


def test_what_a_key_did_last_is_noted_to_the_minute(amber: Vendor) -> None:
    key, now = amber.key(), clock.now()
    for seconds, noted in ((0, 0), (59, 0), (61, 61)):
        with clock.frozen(now + timedelta(seconds=seconds)):
            program("boards", key)
            assert ApiKey.objects.get().used_at == now + timedelta(seconds=noted)


def test_an_organisation_has_so_many_keys_at_most(amber: Vendor) -> None:
    for number in range(20):
        amber.key(f"key {number}")
    reply = amber.account.post(f"{ORGANISATION}/keys", {"name": "one more", "scopes": ["rankings"]})
    assert kind(reply) == (409, "conflict")


def test_another_scheme_of_authorization_is_no_key(arena: Arena, amber: Vendor) -> None:
    assert program("boards", Authorization="Basic YTpi").status_code == 200


def test_what_became_of_who_made_a_key_does_not_show(amber: Vendor) -> None:
    ben: Account = amber.colleague("ben@example.org", "owner")
    assert ben.post(f"{ORGANISATION}/keys", {"name": "bens", "scopes": ["rankings"]}).status_code == 201
    ben_id = ben.id
    assert ben.delete("me", {"password": PASSWORD}).status_code == 204
    assert not User.objects.get(pk=ben_id).is_active
    (shown,) = amber.account.get(f"{ORGANISATION}/keys").json()["results"]
    assert shown["by"] is None
