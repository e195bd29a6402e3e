"""A session alone changes nobody's way in, whatever the person has to prove with who they are."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from arena.users.models import User
from tests.cast import Arena
from tests.integration.users.account import PASSWORD, Account, member, totp_code, visitor, with_totp
from tests.integration.users.wallet import Wallet, problem, sign_in

pytestmark = pytest.mark.django_db
MAIL = "ada@example.org"
THIEFS = "eve@example.org"
WAYS = [
    ("POST", "account/email", {"email": THIEFS}),
    ("PATCH", "account/email", {"email": MAIL, "primary": True}),
    ("DELETE", "account/email", {"email": MAIL}),
    ("POST", "account/authenticators/totp", {"code": "000000"}),
    ("DELETE", "account/authenticators/totp", None),
    ("POST", "account/authenticators/recovery-codes", {}),
    ("POST", "account/authenticators/webauthn", {"name": "Eve's", "credential": {}}),
    ("PUT", "account/authenticators/webauthn", {"id": 1, "name": "Eve's"}),
    ("DELETE", "account/authenticators/webauthn", {"authenticators": [1]}),
    ("DELETE", "account/providers", {"provider": "sso", "account": "x"}),
    ("POST", "auth/provider/redirect", {"provider": "sso", "process": "connect", "callback_url": "/account"}),
    ("POST", "auth/provider/token", {"provider": "sso", "process": "connect", "token": {"client_id": "x", "id_token": "x"}}),
]


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def flows(reply: Any) -> list[str]:
    """The ways to prove who it is that a refusal names."""
    told = reply.json()
    assert (reply.status_code, told["status"], told["meta"]["is_authenticated"]) == (401, 401, True), told
    return [flow["id"] for flow in told["data"]["flows"]]


def prove(who: Account) -> None:
    assert who.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), WAYS)
def test_a_session_alone_changes_no_way_in(method: str, path: str, body: Any) -> None:
    ada = member().grown_old()
    assert flows(ada.auth(method, path, body)) == ["reauthenticate"]
    assert list(EmailAddress.objects.values_list("email", flat=True)) == [MAIL]
    assert not Authenticator.objects.exists()
    assert ada.signed_in()


def test_an_address_of_a_thief_is_not_added_and_so_resets_no_password() -> None:
    ada, eve = member(), visitor()
    ada.grown_old().auth("POST", "account/email", {"email": THIEFS})
    assert eve.auth("POST", "auth/password/request", {"email": THIEFS}).status_code == 200
    assert not EmailAddress.objects.filter(email=THIEFS).exists()
    prove(ada)
    assert ada.auth("POST", "account/email", {"email": "ada@example.com"}).status_code == 200


def test_the_mail_that_proves_an_address_is_sent_again_without_a_proof(mailoutbox: list[Any]) -> None:
    ada = member().grown_old()
    EmailAddress.objects.update(verified=False)
    mailoutbox.clear()
    cache.clear()  # one went out a moment ago
    assert ada.auth("PUT", "account/email", {"email": MAIL}).status_code == 200
    assert [mail.to for mail in mailoutbox] == [[MAIL]]
    assert ada.auth("PUT", "account/email", {"email": THIEFS}).status_code == 400


def test_who_has_just_signed_in_has_proved_it() -> None:
    ada = member()
    ada.sign_out()
    ada.sign_in()
    assert ada.auth("POST", "account/email", {"email": "ada@example.com"}).status_code == 200
    assert ada.auth("GET", "account/authenticators/webauthn").status_code == 200


def test_whoever_has_a_second_factor_and_no_password_gets_none_by_the_session() -> None:
    ada, secret = with_totp()
    User.objects.filter(email=MAIL).update(password="!none")
    session = ada.client.session
    session["_auth_user_hash"] = User.objects.get(email=MAIL).get_session_auth_hash()
    session.save()
    ada.grown_old()
    assert flows(ada.auth("POST", "account/password/change", {"new_password": PASSWORD})) == ["mfa_reauthenticate"]
    assert not User.objects.get(email=MAIL).has_usable_password()
    cache.clear()  # a code is taken once, and the one that set it up is of the same half minute
    assert ada.auth("POST", "auth/2fa/reauthenticate", {"code": totp_code(secret)}).status_code == 200
    assert ada.auth("POST", "account/password/change", {"new_password": PASSWORD}).status_code == 200
    assert User.objects.get(email=MAIL).has_usable_password()


def test_whoever_has_a_password_changes_it_by_giving_it() -> None:
    ada = member().grown_old()
    assert ada.auth("POST", "account/password/change", {"new_password": "another long passphrase"}).status_code == 400
    wrong = {"current_password": "not the passphrase", "new_password": "another long passphrase"}
    assert ada.auth("POST", "account/password/change", wrong).status_code == 400
    assert ada.auth("POST", "account/password/change", {**wrong, "current_password": PASSWORD}).status_code == 200
    assert User.objects.get(email=MAIL).check_password("another long passphrase")


def test_a_first_address_and_password_take_a_fresh_sign_in() -> None:
    gold = Wallet.of("gold")
    ada = visitor()
    assert sign_in(ada, gold).status_code == 200
    id = ada.id
    ada.grown_old()
    for path, body in (("account/email", {"email": MAIL}), ("account/password/change", {"new_password": PASSWORD})):
        assert flows(ada.auth("POST", path, body)) == ["wallet_reauthenticate"]
    ada.sign_out()
    assert sign_in(ada, gold).status_code == 200
    assert ada.auth("POST", "account/email", {"email": MAIL}).status_code == 200
    assert ada.auth("POST", "account/password/change", {"new_password": PASSWORD}).status_code in (200, 401)
    ada.sign_out()
    assert ada.sign_in().status_code == 200
    assert ada.id == id


def test_money_stays_where_it_is_whatever_a_thief_gives_the_account() -> None:
    """What a session can be given is no proof for what asks for one."""
    ada = visitor()
    assert sign_in(ada, Wallet.of("gold")).status_code == 200
    ada.grown_old()
    ada.auth("POST", "account/password/change", {"new_password": PASSWORD})
    assert ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 400
    assert problem(ada.delete("me/wallet")) == (403, "proof-required")


def test_without_the_token_of_the_page_nothing_is_told_of_the_ways_to_prove_it() -> None:
    ada = member().grown_old()
    reply = ada.client.post("/_allauth/browser/v1/account/email", {"email": THIEFS}, content_type="application/json")
    assert reply.status_code == 403


@pytest.mark.parametrize("path", ["auth/webauthn/signup", "auth/code/request"])
def test_nobody_signs_up_by_a_passkey_or_in_by_a_mail(path: str) -> None:
    """Ways in that are closed; whoever opens one looks at what a guest brings along."""
    assert visitor().auth("POST", path, {"email": MAIL}).status_code == 404
