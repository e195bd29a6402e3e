"""Signatures that link no wallet: of another wallet, another text, session, person, purpose, chain or host, or too late."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from arena import clock
from arena.users import actions as users
from arena.users.models import User, WalletChallenge
from arena.users.models import Wallet as Row
from tests.cast import Arena
from tests.integration.users.account import Account, guest
from tests.integration.users.wallet import Wallet, ask, problem, signed

pytestmark = pytest.mark.django_db
GOLD, SILVER = Wallet.of("gold"), Wallet.of("silver")


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


def refused(who: Account, sent: dict[str, str]) -> tuple[str, str]:
    """The problem's code and its sentence; and that nothing was linked."""
    reply = who.post("me/wallet", sent)
    assert reply.status_code == 403, reply.content
    assert not Row.objects.exists()
    return problem(reply)[1], reply.json()["detail"]


def test_a_signature_of_another_wallet_is_refused() -> None:
    who = guest()
    asked = ask(who, GOLD)
    code, why = refused(who, {"nonce": asked["nonce"], "signature": SILVER.sign(asked["text"])})
    assert (code, "not of the text" in why) == ("signature-invalid", True)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("testserver wants", "evil.example wants"),
        ("URI: http://testserver", "URI: http://evil.example"),
        ("Chain ID: 31337", "Chain ID: 1"),
        ("Nonce: ", "Nonce: 0"),
        ("Link this wallet", "Sign in"),
        ("Version: 1", "Version: 2"),
        ("Expiration Time: 20", "Expiration Time: 30"),
        ("\n\nURI", "\nURI"),
        (GOLD.address, SILVER.address),
        (GOLD.address, GOLD.address.lower()),
    ],
)
def test_any_other_text_is_refused_however_alike(was: str, becomes: str) -> None:
    who = guest()
    asked = ask(who, GOLD)
    assert was in asked["text"]
    code, _ = refused(who, {"nonce": asked["nonce"], "signature": GOLD.sign(asked["text"].replace(was, becomes))})
    assert code == "signature-invalid"


def test_a_text_given_to_another_session_is_refused() -> None:
    ada, ben = guest(), guest()
    code, why = refused(ben, signed(ada, GOLD))
    assert (code, "another session" in why) == ("signature-invalid", True)


def test_a_text_given_to_another_person_in_this_session_is_refused() -> None:
    ada, ben = guest(), guest()
    sent = signed(ada, GOLD)
    WalletChallenge.objects.update(user=User.objects.get(pk=ben.id))
    code, why = refused(ada, sent)
    assert (code, "another person" in why) == ("signature-invalid", True)


def test_a_text_to_sign_in_does_not_link_nor_the_other_way_round() -> None:
    who = guest()
    code, _ = refused(who, signed(who, GOLD, to="sign in"))
    assert code == "signature-invalid"
    assert problem(who.post("wallet/sign-in", signed(who, GOLD))) == (403, "signature-invalid")
    WalletChallenge.objects.filter(purpose="sign_in").update(user=who.id)
    nonce = WalletChallenge.objects.get(purpose="sign_in").nonce
    _, why = refused(who, {"nonce": nonce, "signature": "0x00"})
    assert "another purpose" in why


def test_a_text_for_another_chain_is_refused(settings: Any) -> None:
    who = guest()
    sent = signed(who, GOLD)
    settings.CHAIN_ID = 1
    code, why = refused(who, sent)
    assert (code, "another chain" in why) == ("signature-invalid", True)


def test_a_text_for_another_of_our_hosts_is_refused(settings: Any) -> None:
    who = guest()
    sent = signed(who, GOLD)
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    who.client.defaults["HTTP_HOST"] = "other.example"
    code, why = refused(who, sent)
    assert (code, "another address" in why) == ("signature-invalid", True)


def test_a_text_that_nobody_was_given_is_refused() -> None:
    who = guest()
    code, why = refused(who, {"nonce": "a" * 32, "signature": GOLD.sign("x")})
    assert (code, "not asked" in why) == ("signature-invalid", True)


def test_who_takes_too_long_is_told_so(settings: Any) -> None:
    who = guest()
    sent = signed(who, GOLD)
    later = clock.now() + timedelta(seconds=settings.WALLET_CHALLENGE_SECONDS)
    with clock.frozen(later - timedelta(seconds=1)):
        assert problem(who.post("me/wallet", {**sent, "signature": SILVER.sign("x")})) == (403, "signature-invalid")
    with clock.frozen(later):
        assert problem(who.post("me/wallet", sent)) == (403, "signature-expired")
    assert not Row.objects.exists()


@pytest.mark.parametrize("signature", ["", "0x", "0xabc", "zz", "0x" + "ab" * 4097, 7, None])
def test_what_is_no_signature_at_all_is_refused(signature: Any) -> None:
    who = guest()
    sent = {"nonce": ask(who, GOLD)["nonce"], "signature": signature}
    assert problem(who.post("me/wallet", sent)) == (400, "invalid-input")


def test_texts_that_can_be_signed_no_more_are_swept() -> None:
    who = guest()
    ask(who, GOLD)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        fresh = ask(who, GOLD)["nonce"]
        assert users.forget_challenges() == 1
    assert [row.nonce for row in WalletChallenge.objects.all()] == [fresh]
