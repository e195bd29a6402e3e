"""Signing up, in and out, and proving who one is."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from arena.errors import Conflict
from arena.users import actions as users
from arena.users.models import User
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, guest, mailed_key, member, totp_code, visitor, with_totp

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def test_signing_up_asks_for_an_address_and_a_password_and_signs_in() -> None:
    ada = visitor()
    assert ada.sign_up().status_code == 200
    user = ada.me["user"]
    assert (user["is_guest"], user["email"], user["has_password"]) == (False, "ada@example.org", True)


def test_the_name_of_the_row_says_nothing_of_the_person() -> None:
    member("ada.lovelace@example.org")
    assert "lovelace" not in User.objects.get(email="ada.lovelace@example.org").username


def test_a_weak_password_is_refused_with_a_sentence() -> None:
    reply = visitor().sign_up(password="12345")
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["param"] == "password"


def test_an_address_that_is_taken_is_refused() -> None:
    member()
    reply = visitor().sign_up("ADA@example.org")
    assert reply.status_code in (400, 409)
    assert User.objects.filter(email__iexact="ada@example.org").count() == 1


def test_signing_out_and_in_again() -> None:
    ada = member()
    assert ada.sign_out().status_code == 401
    assert not ada.signed_in()
    assert ada.sign_in(password="not the passphrase").status_code == 400
    assert ada.sign_in().status_code == 200
    assert ada.me["user"]["email"] == "ada@example.org"


def test_five_wrong_passwords_are_the_last_for_a_while() -> None:
    ada = member()
    ada.sign_out()
    for _ in range(5):
        ada.sign_in(password="not the passphrase")
    reply = ada.sign_in()
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["code"] == "too_many_login_attempts"


def test_what_is_counted_names_neither_address_nor_network() -> None:
    visitor().sign_in("ada@example.org", "not the passphrase")
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM arena_cache")
        keys = [row[0] for row in cursor.fetchall()]
    assert keys
    assert not [key for key in keys if "127.0.0" in key or "ada" in key or len(key) != 64]


def test_the_mail_after_signing_up_verifies_the_address() -> None:
    ada = member()
    key = mailed_key("ada@example.org", "/account/verify")
    assert ada.auth("POST", "auth/email/verify", {"key": key}).status_code == 200
    assert ada.auth("GET", "account/email").json()["data"][0]["verified"] is True


def test_where_proof_is_mandatory_the_guest_keeps_everything_once_it_is_given(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    ada = guest()
    id, battle = ada.id, ada.open()["id"]
    assert ada.sign_up().status_code == 401
    assert not ada.signed_in()
    assert ada.auth("POST", "auth/email/verify", {"key": mailed_key("ada@example.org", "/account/verify")}).status_code == 401
    assert ada.sign_in().status_code == 200
    assert ada.id == id
    assert ada.get(f"battles/{battle}").status_code == 200


def test_a_forgotten_password_is_reset_by_mail_once() -> None:
    ada = member()
    ada.sign_out()
    assert ada.auth("POST", "auth/password/request", {"email": "ada@example.org"}).status_code == 200
    key = mailed_key("ada@example.org", "/account/reset")
    fresh = "another long passphrase"
    assert ada.auth("POST", "auth/password/reset", {"key": key, "password": fresh}).status_code in (200, 401)
    assert ada.auth("POST", "auth/password/reset", {"key": key, "password": "a third long passphrase"}).status_code == 400
    assert ada.sign_in(password=fresh).status_code == 200


def test_asking_to_reset_an_unknown_address_tells_nothing() -> None:
    assert visitor().auth("POST", "auth/password/request", {"email": "nobody@example.org"}).status_code == 200


def test_an_operator_hands_out_a_link_that_resets_once() -> None:
    ada = member()
    ada.sign_out()
    out = StringIO()
    call_command("reset_link", "Ada@example.org", stdout=out)
    address, _, key = out.getvalue().strip().partition("#")
    assert address.endswith("/account/reset")
    fresh = "another long passphrase"
    assert ada.auth("POST", "auth/password/reset", {"key": key, "password": fresh}).status_code in (200, 401)
    assert ada.auth("POST", "auth/password/reset", {"key": key, "password": fresh}).status_code == 400
    assert ada.sign_in(password=fresh).status_code == 200


def test_there_is_no_link_for_nobody() -> None:
    with pytest.raises(CommandError, match="Nobody"):
        call_command("reset_link", "nobody@example.org")


def test_changing_the_password_ends_the_other_sessions() -> None:
    ada = member()
    other = visitor()
    other.sign_in()
    body = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    assert ada.auth("POST", "account/password/change", body).status_code == 200
    assert ada.signed_in()
    assert not other.signed_in()


def test_sessions_are_listed_and_ended() -> None:
    ada, other = member(), visitor()
    other.sign_in()
    rows = ada.auth("GET", "auth/sessions").json()["data"]
    assert [row["is_current"] for row in rows].count(True) == 1
    assert len(rows) == 2
    elsewhere = next(row["id"] for row in rows if not row["is_current"])
    assert ada.auth("DELETE", "auth/sessions", {"sessions": [elsewhere]}).status_code == 200
    assert not other.signed_in()
    assert ada.signed_in()


def test_a_second_factor_is_asked_for_when_signing_in() -> None:
    ada, secret = with_totp()
    ada.sign_out()
    reply = ada.sign_in()
    assert reply.status_code == 401
    assert any(flow["id"] == "mfa_authenticate" and flow.get("is_pending") for flow in reply.json()["data"]["flows"])
    assert not ada.signed_in()
    cache.clear()  # a code is taken once, and the one that set it up is of the same half minute
    assert ada.auth("POST", "auth/2fa/authenticate", {"code": totp_code(secret)}).status_code == 200
    assert ada.me["user"]["email"] == "ada@example.org"


@pytest.mark.django_db(transaction=True)
def test_sessions_opened_before_there_was_a_second_factor_end_when_it_comes() -> None:
    ada, other = member(), visitor()
    assert other.sign_in().status_code == 200
    ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD})
    secret = ada.auth("GET", "account/authenticators/totp").json()["meta"]["secret"]
    assert other.signed_in()
    assert ada.auth("POST", "account/authenticators/totp", {"code": totp_code(secret)}).status_code == 200
    assert not other.signed_in()
    assert ada.signed_in()


def test_recovery_codes_open_the_door_once_each() -> None:
    ada, _ = with_totp()
    codes = ada.auth("GET", "account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    assert len(codes) == 10
    for expected in (200, 400):
        ada.sign_out()
        ada.sign_in()
        assert ada.auth("POST", "auth/2fa/authenticate", {"code": codes[0]}).status_code == expected


def test_a_second_factor_that_cannot_be_read_any_more_lets_nobody_in_and_is_no_fault() -> None:
    ada, secret = with_totp()
    Authenticator.objects.update(data={"secret": "stored with another SECRET_KEY"})
    ada.sign_out()
    assert ada.sign_in().status_code == 401
    for code in (totp_code(secret), "\u00a77\u00917"):
        assert ada.auth("POST", "auth/2fa/authenticate", {"code": code}).status_code == 400


def test_a_new_secret_key_signs_nobody_out_and_takes_no_second_factor_while_the_old_one_is_a_fallback(settings: Any) -> None:
    ada, secret = with_totp()
    codes = ada.auth("GET", "account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert ada.signed_in()
    told = StringIO()
    call_command("rotate_secrets", stdout=told)
    assert told.getvalue().splitlines()[1] == "2 second factors are encrypted by SECRET_KEY"
    settings.SECRET_KEY_FALLBACKS = []
    assert ada.signed_in(), "seen since, a session is of the new key"
    assert ada.auth("GET", "account/authenticators/recovery-codes").json()["data"]["unused_codes"] == codes
    ada.sign_out()
    ada.sign_in()
    assert ada.auth("POST", "auth/2fa/authenticate", {"code": totp_code(secret)}).status_code == 200


def test_rotation_leaves_a_second_factor_that_nothing_opens_as_it_is_and_says_so() -> None:
    with_totp()
    was = {"secret": "stored with another SECRET_KEY"}
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).update(data=was)
    told = StringIO()
    call_command("rotate_secrets", stdout=told)
    assert told.getvalue().splitlines()[1] == "1 second factors are encrypted by SECRET_KEY; 1 cannot be opened, and are as they were"
    assert Authenticator.objects.get(type=Authenticator.Type.TOTP).data == was


def test_recovery_codes_that_cannot_be_read_any_more_are_said_to_be_so_and_made_anew() -> None:
    ada, _ = with_totp()
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    codes.data["seed"] = "stored with another SECRET_KEY"
    codes.save()
    for path in ("account/authenticators", "account/authenticators/recovery-codes"):
        reply = ada.auth("GET", path)
        assert (reply.status_code, reply["Content-Type"]) == (409, "application/problem+json")
    assert ada.auth("POST", "account/authenticators/recovery-codes", {}).status_code == 200
    assert ada.auth("GET", "account/authenticators").status_code == 200


def test_secrets_of_authenticators_are_not_stored_in_the_clear() -> None:
    _, secret = with_totp()
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_a_passkey_can_be_asked_for_and_set_up() -> None:
    ada = member()
    ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD})
    made = ada.auth("GET", "account/authenticators/webauthn?passwordless").json()
    assert made["data"]["creation_options"]["publicKey"]["challenge"]
    asked = visitor().auth("GET", "auth/webauthn/login").json()
    assert asked["data"]["request_options"]["publicKey"]["challenge"]


def test_a_body_that_is_no_text_is_refused_and_not_a_fault() -> None:
    ada = visitor()
    headers = {"X-CSRFToken": ada.client.cookies["csrftoken"].value}
    for raw in (b'{"email": "\\ud800@example.org", "password": "\\ud800"}', b"{", b'{"email": 1e999}', b"\xff", b"[]", b"[" * 100):
        reply = ada.client.post("/_allauth/browser/v1/auth/login", raw, content_type="application/json", headers=headers)
        assert reply.status_code == 400, raw


def test_writes_without_the_token_of_the_page_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    body = {"email": "ada@example.org", "password": PASSWORD}
    assert client.post("/_allauth/browser/v1/auth/signup", body, content_type="application/json").status_code == 403


def test_a_null_character_anywhere_in_a_body_is_refused_and_not_a_fault() -> None:
    who = visitor()
    token = {"client_id": "a\0b", "id_token": "x"}
    for path, body in (
        ("auth/provider/token", {"provider": "sso", "process": "login", "token": token}),
        ("auth/provider/token", {"provider": "sso", "process": "login", "token": {"a": [{"\0": 1}]}}),
        ("auth/login", {"email": "ada@example.org", "password": "a\0b"}),
        ("auth/password/reset", {"key": "a\0b", "password": PASSWORD}),
    ):
        reply = who.auth("POST", path, body)
        assert (reply.status_code, reply.json()["type"]) == (400, "/problems/invalid-input"), path


@pytest.mark.parametrize("path", ["account/phone", "auth/phone/verify", "auth/phone/verify/resend"])
def test_nobody_has_a_telephone_number_here(path: str) -> None:
    for who in (visitor(), guest(), member()):
        for method, body in (("GET", None), ("POST", {"phone": "+31612345678"}), ("POST", {})):
            reply = who.auth(method, path, body)
            assert (reply.status_code, reply.json()["type"]) == (404, "/problems/not-found")


def test_the_app_client_is_closed() -> None:
    assert Client().get("/_allauth/app/v1/config").status_code == 404


def test_two_rows_never_share_an_address() -> None:
    users.register(guest_id=None, email="ada@example.org", password="!")
    with pytest.raises(Conflict):
        users.register(guest_id=None, email="Ada@example.org", password="!")
