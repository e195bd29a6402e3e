"""Signing in with a wallet and nothing else: whose session it gives, what still has to be passed, and what such an account can do."""

from functools import partial
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache

from arena.users.models import Merge, User, WalletChallenge
from arena.users.models import Wallet as Row
from tests.cast import Arena
from tests.integration.http.threads import results
from tests.integration.users.account import PASSWORD, Account, guest, member, totp_code, visitor, with_totp
from tests.integration.users.wallet import Wallet, ask, link, problem, sign_in, signed

pytestmark = pytest.mark.django_db
GOLD, SILVER = Wallet.of("gold"), Wallet.of("silver")
SHORT = f"{GOLD.address[:6]}…{GOLD.address[-4:]}"


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def owner(wallet: Wallet = GOLD) -> Account:
    """Somebody with an e-mail address, a password and this wallet, signed in."""
    ada = member()
    ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD})
    assert link(ada, wallet).status_code == 200
    return ada


def newcomer(wallet: Wallet = GOLD) -> Account:
    """Somebody with this wallet and nothing else, signed in."""
    who = visitor()
    reply = sign_in(who, wallet)
    assert reply.status_code == 200, reply.content
    return who


# Who it is


def test_a_wallet_that_is_known_signs_its_person_in() -> None:
    ada = owner()
    browser = visitor()
    reply = sign_in(browser, GOLD)
    assert (reply.status_code, reply.json()["user"]["id"]) == (200, ada.id)
    assert browser.me["user"]["email"] == "ada@example.org"
    assert browser.auth("GET", "auth/session").json()["data"]["methods"][0]["method"] == "wallet"
    assert UserSession.objects.filter(user=ada.id).count() == 2
    assert len(browser.auth("GET", "auth/sessions").json()["data"]) == 2


def test_a_wallet_that_nobody_has_makes_an_account() -> None:
    who = newcomer()
    me = who.me["user"]
    assert (me["is_guest"], me["email"], me["has_password"], me["wallet"], me["name"]) == (False, None, False, GOLD.address, SHORT)
    assert who.me["consent"] is None
    assert problem(who.post("battles", {"prompt": "Why?"})) == (403, "consent-required")
    assert who.consent().status_code == 200
    assert who.open()["id"]


def test_a_guest_becomes_the_account_with_all_that_is_theirs() -> None:
    who = guest()
    id, battle = who.id, who.open()["id"]
    assert sign_in(who, GOLD).status_code == 200
    assert (who.id, who.me["user"]["is_guest"]) == (id, False)
    assert who.me["consent"]["current"]
    assert who.get(f"battles/{battle}").status_code == 200
    assert not Merge.objects.exists()


def test_a_guest_who_signs_in_to_an_account_brings_along_what_is_theirs() -> None:
    ada = owner()
    browser = guest()
    battle = browser.open()["id"]
    assert sign_in(browser, GOLD).json()["user"]["id"] == ada.id
    assert browser.get(f"battles/{battle}").status_code == 200
    assert str(Merge.objects.get().into_id) == ada.id


def test_a_guest_who_linked_a_wallet_has_an_account_once_they_sign_in_with_it() -> None:
    first = guest()
    link(first, GOLD)
    id, battle = first.id, first.open()["id"]
    other = guest()
    reply = sign_in(other, GOLD)
    assert (reply.json()["user"]["id"], reply.json()["user"]["is_guest"]) == (id, False)
    assert other.get(f"battles/{battle}").status_code == 200
    assert sign_in(first, GOLD).json()["user"]["id"] == id


def test_a_guest_with_another_wallet_has_the_one_that_signed() -> None:
    who = guest()
    link(who, SILVER)
    assert sign_in(who, GOLD).json()["user"]["wallet"] == GOLD.address
    assert [(row.address, row.unlinked_at is None) for row in Row.objects.order_by("linked_at")] == [
        (SILVER.address, False),
        (GOLD.address, True),
    ]


def test_a_wallet_that_was_unlinked_opens_its_old_account_no_more() -> None:
    ada = owner()
    assert ada.delete("me/wallet").status_code == 204
    assert newcomer().id != ada.id


def test_who_is_signed_in_does_not_become_another() -> None:
    ada = owner()
    ben = newcomer(SILVER)
    assert problem(sign_in(ben, GOLD)) == (409, "conflict")
    assert ben.me["user"]["wallet"] == SILVER.address
    assert ada.id != ben.id


# Another chain


def test_a_key_pair_is_its_persons_on_every_chain(settings: Any) -> None:
    ada = owner()
    settings.CHAIN_ID = 1
    browser = visitor()
    assert sign_in(browser, GOLD).json()["user"]["id"] == ada.id
    assert sign_in(ada, GOLD).status_code == 200


@pytest.mark.parametrize("kinds", [("contract", "contract"), ("contract", "eoa"), ("eoa", "contract")])
def test_a_contract_of_another_chain_opens_no_account_and_proves_nothing(
    kinds: tuple[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the address of somebody's contract there may be anybody's on the chain that the arena has moved to."""
    ada = owner()
    Row.objects.update(kind=kinds[0])
    monkeypatch.setattr("arena.accounts.api.wallet.check_signature", lambda **_: kinds[1])
    assert sign_in(ada, GOLD).status_code == 200
    settings.CHAIN_ID = 1
    browser = visitor()
    reply = sign_in(browser, GOLD)
    assert problem(reply) == (409, "conflict")
    assert "chain 31337" in reply.json()["detail"]
    assert not browser.signed_in()
    assert problem(sign_in(ada.grown_old(), GOLD)) == (409, "conflict")
    assert problem(ada.delete("me/wallet")) == (403, "proof-required")
    ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD})
    assert link(ada, GOLD).status_code == 200, "linked anew, it is of this chain"
    assert sign_in(browser, GOLD).json()["user"]["id"] == ada.id


# What is refused


def test_a_text_is_good_once_and_in_its_own_session() -> None:
    who, thief = visitor(), visitor()
    sent = signed(who, GOLD, to="sign in")
    assert problem(thief.post("wallet/sign-in", sent)) == (403, "signature-invalid")
    assert who.post("wallet/sign-in", sent).status_code == 200
    who.sign_out()
    assert problem(who.post("wallet/sign-in", sent)) == (403, "signature-invalid")
    assert problem(thief.post("wallet/sign-in", sent)) == (403, "signature-invalid")
    assert not who.signed_in()
    assert not thief.signed_in()


def test_a_text_that_was_used_signs_nobody_in_again() -> None:
    who = visitor()
    asked = ask(who, GOLD, to="sign in")
    WalletChallenge.objects.update(used_at="2026-01-01T00:00Z")
    assert problem(who.post("wallet/sign-in", {"nonce": asked["nonce"], "signature": GOLD.sign(asked["text"])})) == (409, "conflict")
    assert not who.signed_in()


def test_a_forged_signature_costs_a_guest_nothing() -> None:
    who = guest()
    id = who.id
    asked = ask(who, GOLD, to="sign in")
    assert problem(who.post("wallet/sign-in", {"nonce": asked["nonce"], "signature": SILVER.sign(asked["text"])})) == (
        403,
        "signature-invalid",
    )
    assert (who.id, who.me["user"]["is_guest"]) == (id, True)


def test_an_account_that_was_closed_is_not_entered() -> None:
    ada = owner()
    User.objects.filter(pk=ada.id).update(is_active=False)
    browser = visitor()
    assert problem(sign_in(browser, GOLD)) == (401, "not-signed-in")
    assert not browser.signed_in()


def test_an_arena_of_one_domain_makes_no_account_of_a_wallet_alone(settings: Any) -> None:
    settings.ALLOWED_EMAIL_DOMAINS = ["example.org"]
    reply = sign_in(visitor(), GOLD)
    assert problem(reply) == (403, "forbidden")
    assert "example.org" in reply.json()["detail"]
    assert not User.objects.exists()


def test_an_arena_of_one_domain_lets_in_whose_address_is_of_it(settings: Any) -> None:
    settings.ALLOWED_EMAIL_DOMAINS = ["example.org"]
    ada = owner()
    assert sign_in(visitor(), GOLD).json()["user"]["id"] == ada.id


def test_a_wallet_is_no_way_around_an_address_that_has_to_be_verified(settings: Any) -> None:
    ada = owner()
    settings.ALLOWED_EMAIL_DOMAINS, settings.ACCOUNT_EMAIL_VERIFICATION = ["example.org"], "mandatory"
    browser = visitor()
    reply = sign_in(browser, GOLD)
    assert problem(reply) == (403, "forbidden")
    assert "mail" in reply.json()["detail"]
    assert not browser.signed_in()
    assert ada.signed_in()


def test_where_an_account_is_required_a_wallet_is_one(settings: Any) -> None:
    settings.SIGN_IN = "required"
    who = newcomer()
    assert who.consent().status_code == 200
    assert who.open()["id"]


# Second factors


def test_a_second_factor_is_asked_for_all_the_same() -> None:
    ada, secret = with_totp()
    ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD})
    link(ada, GOLD)
    browser = guest()
    battle = browser.open()["id"]
    assert problem(sign_in(browser, GOLD)) == (401, "second-factor-required")
    assert browser.me["user"]["is_guest"], "a guest keeps what they have until they are in"
    flows = browser.auth("GET", "auth/session").json()["data"]["flows"]
    assert [flow["id"] for flow in flows if flow.get("is_pending")] == ["mfa_authenticate"]
    cache.clear()  # a code is taken once, and the one that set it up is of the same half minute
    assert browser.auth("POST", "auth/2fa/authenticate", {"code": totp_code(secret)}).status_code == 200
    assert browser.id == ada.id
    assert browser.get(f"battles/{battle}").status_code == 200


# Without e-mail address and password


def test_it_is_signed_out_and_in_again() -> None:
    who = newcomer()
    id = who.id
    who.sign_out()
    assert not who.signed_in()
    assert sign_in(who, GOLD).json()["user"]["id"] == id


def test_it_gets_an_address_and_a_password_and_signs_in_with_them() -> None:
    who = newcomer()
    id = who.id
    assert who.auth("POST", "account/email", {"email": "ada@example.org"}).status_code == 200
    assert who.auth("POST", "account/password/change", {"new_password": PASSWORD}).status_code in (200, 401)
    who.sign_out()
    assert who.sign_in().status_code == 200
    assert who.id == id
    assert [row["email"] for row in who.auth("GET", "account/email").json()["data"]] == ["ada@example.org"]
    assert who.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    assert who.delete("me/wallet").status_code == 204, "there is another way in now"


def test_the_only_way_in_is_not_taken_away() -> None:
    who = newcomer()
    assert problem(who.delete("me/wallet")) == (409, "conflict")
    assert who.me["user"]["wallet"] == GOLD.address
    assert link(who, SILVER).json()["address"] == SILVER.address


def test_it_is_deleted_after_a_proof_by_the_wallet() -> None:
    who = newcomer()
    forget_proofs(who)
    assert problem(who.delete("me")) == (403, "proof-required")
    assert sign_in(who, GOLD).status_code == 200
    assert who.delete("me").status_code == 204
    assert not Row.objects.exists()
    assert not User.objects.filter(is_active=True).exists()


def test_a_session_alone_gives_it_no_password() -> None:
    """Whoever stole one could prove with it from then on who they are not."""
    who = newcomer()
    forget_proofs(who)
    for method, path, body in (
        ("POST", "account/password/change", {"new_password": PASSWORD}),
        ("POST", "account/email", {"email": "eve@example.org"}),
        ("POST", "account/authenticators/totp", {"code": "000000"}),
        ("POST", "account/authenticators/webauthn", {"name": "Eve's", "credential": {}}),
        ("POST", "auth/provider/redirect", {"provider": "sso", "process": "connect", "callback_url": "/account"}),
    ):
        reply = who.auth(method, path, body)
        assert (reply.status_code, reply.json()["data"]["flows"]) == (401, [{"id": "wallet_reauthenticate"}]), path
    assert not User.objects.get(pk=who.id).has_usable_password()
    assert sign_in(who, GOLD).status_code == 200
    assert who.auth("POST", "account/email", {"email": "ada@example.org"}).status_code == 200


def forget_proofs(who: Account) -> None:
    session = who.client.session
    session.pop("account_authentication_methods", None)
    session.save()


# At the same time


@pytest.mark.django_db(transaction=True)
def test_a_wallet_that_signs_in_twice_at_once_gets_one_account() -> None:
    for name in ("one", "two", "three"):
        wallet, people = Wallet.of(name), [visitor(), visitor()]
        plays = [partial(who.post, "wallet/sign-in", signed(who, wallet, to="sign in")) for who in people]
        assert {reply.status_code for reply in results(plays)} <= {200, 409}
        assert Row.objects.filter(address=wallet.address).count() == 1
        assert User.objects.filter(wallets__address=wallet.address).count() == 1
    assert User.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_signature_sent_many_times_at_once_makes_one_account() -> None:
    who = guest()
    sent = signed(who, GOLD, to="sign in")
    replies = results(partial(who.twin().post, "wallet/sign-in", sent) for _ in range(5))
    assert sorted(reply.status_code for reply in replies)[0] == 200
    assert User.objects.count() == 1
    assert Row.objects.count() == 1
