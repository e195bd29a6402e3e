"""The way into the admin: everybody's sign-in, with its limits and second factors, and no way around it."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from arena.users.models import User
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, Account, guest, member, second_factor, totp_code, visitor, with_totp

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def staff(email: str = "ada@example.org", *, factor: bool = True) -> None:
    User.objects.filter(email=email).update(is_staff=True, is_superuser=True)
    if factor:
        second_factor(email)


def lets_in(who: Account) -> bool:
    return bool(who.client.get("/admin/").status_code == 200)


def test_the_admin_sends_whoever_is_not_signed_in_to_the_page() -> None:
    for somebody in (visitor(), guest()):
        reply = somebody.client.get("/admin/", follow=True)
        assert [place for place, _ in reply.redirect_chain] == [f"{LOGIN}?next=/admin/", "/account"]


def test_a_name_and_password_given_to_the_admin_itself_open_nothing() -> None:
    member().sign_out()
    staff()
    username = User.objects.get(email="ada@example.org").username
    for name in ("ada@example.org", username):
        client = Client()
        reply = client.post(LOGIN, {"username": name, "password": PASSWORD, "next": "/admin/"})
        assert (reply.status_code, reply["Location"]) == (302, "/account")
        assert client.get("/admin/").status_code == 302


def test_staff_who_signed_in_are_let_in_and_led_where_they_wanted_to_go() -> None:
    ada = member()
    staff()
    assert lets_in(ada)
    assert ada.client.get(f"{LOGIN}?next=/admin/battles/report/")["Location"] == "/admin/battles/report/"


def test_staff_without_a_second_factor_are_led_to_where_it_is_said_what_is_missing() -> None:
    ada = member()
    staff(factor=False)
    for path in ("/admin/", "/admin/battles/report/", "/admin/contenders/contender/add/"):
        reply = ada.client.get(path, follow=True)
        assert reply.redirect_chain[-1][0] == "/operator", path
    assert ada.get("operator/me").json()["type"] == "/problems/second-factor-missing"


def test_recovery_codes_alone_are_no_second_factor() -> None:
    ada = member()
    staff(factor=False)
    Authenticator.objects.create(user=User.objects.get(), type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    assert not lets_in(ada)
    Authenticator.objects.create(user=User.objects.get(), type=Authenticator.Type.WEBAUTHN, data={})
    assert lets_in(ada)


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example", ""]
)
def test_nobody_is_led_to_another_site(wanted: str) -> None:
    ada = member()
    staff()
    assert ada.client.get(LOGIN, {"next": wanted})["Location"] == "/admin/"


def test_an_account_that_is_no_staff_is_told_so_with_its_session_kept() -> None:
    ada = member()
    reply = ada.client.get(LOGIN)
    assert (reply.status_code, reply.json()["type"]) == (403, "/problems/forbidden")
    assert not lets_in(ada)
    assert ada.signed_in()


def test_the_second_factor_of_staff_holds_in_the_admin() -> None:
    ada, secret = with_totp()
    staff(factor=False)
    ada.sign_out()
    assert ada.sign_in().status_code == 401
    assert not lets_in(ada)
    assert ada.client.get(LOGIN)["Location"] == "/account"
    cache.clear()  # a code is taken once, and the one that set it up is of the same half minute
    assert ada.auth("POST", "auth/2fa/authenticate", {"code": totp_code(secret)}).status_code == 200
    assert lets_in(ada)


def test_wrong_passwords_of_staff_are_counted() -> None:
    ada = member()
    staff()
    ada.sign_out()
    for _ in range(5):
        assert ada.sign_in(password="not the passphrase").status_code == 400
    assert ada.sign_in().json()["errors"][0]["code"] == "too_many_login_attempts"
    assert not lets_in(ada)


def test_a_superuser_made_at_the_terminal_signs_in_like_everybody(settings: Any) -> None:
    User.objects.create_superuser("root", "root@example.org", PASSWORD)
    root = visitor()
    assert root.sign_in("root@example.org").status_code == 200
    assert not lets_in(root)
    second_factor("root@example.org")
    assert lets_in(root)


def test_passwords_are_not_changed_past_the_limits() -> None:
    ada = member()
    staff()
    assert ada.client.get("/admin/password_change/")["Location"] == "/account"
    assert ada.client.post("/admin/password_change/", {"old_password": PASSWORD}).status_code in (302, 403)
    assert User.objects.get(email="ada@example.org").check_password(PASSWORD)
