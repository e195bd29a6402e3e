"""Linking a wallet: what is proved by a signature, what is refused, and that one address is one person's at a time."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection

from arena.accounts import actions, tasks
from arena.errors import NotSignedIn
from arena.users.models import User, WalletChallenge
from arena.users.models import Wallet as Row
from tests.cast import Arena
from tests.integration.http.threads import results
from tests.integration.users.account import PASSWORD, Account, guest, visitor
from tests.integration.users.wallet import Wallet, ask, link, linked, member, problem, rows, sign_in, signed

pytestmark = pytest.mark.django_db
GOLD, SILVER = Wallet.of("gold"), Wallet.of("silver")


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


# The text


def test_the_text_names_host_wallet_chain_purpose_and_when_it_expires(settings: Any) -> None:
    asked = ask(guest(), GOLD)
    lines = asked["text"].split("\n")
    assert lines[:3] == ["testserver wants you to sign in with your Ethereum account:", GOLD.address, ""]
    assert lines[3].startswith("Link this wallet to my account here")
    assert lines[5:9] == ["URI: http://testserver", "Version: 1", "Chain ID: 31337", f"Nonce: {asked['nonce']}"]
    stored = WalletChallenge.objects.get()
    assert (stored.expires_at - stored.issued_at).total_seconds() == settings.WALLET_CHALLENGE_SECONDS
    assert asked["text"] == stored.text


def test_a_lower_case_address_is_taken_and_spelt_with_its_checksum() -> None:
    who = guest()
    reply = who.post("me/wallet/challenge", {"address": GOLD.address.lower()})
    assert GOLD.address in reply.json()["text"]


@pytest.mark.parametrize("address", ["", "0x", "0x" + "g" * 40, GOLD.address[:-1], GOLD.address[2:], GOLD.address.swapcase()])
def test_what_is_no_address_is_refused_with_its_field_named(address: str) -> None:
    reply = guest().post("me/wallet/challenge", {"address": address})
    assert problem(reply) == (400, "invalid-input")
    assert reply.json()["errors"][0]["field"] == "address"


def test_a_slip_in_a_checksummed_address_is_noticed() -> None:
    at = next(place for place, letter in enumerate(GOLD.address) if letter.isalpha() and place > 2)
    slipped = GOLD.address[:at] + GOLD.address[at].swapcase() + GOLD.address[at + 1 :]
    assert problem(guest().post("me/wallet/challenge", {"address": slipped})) == (400, "invalid-input")


def test_a_text_is_for_the_public_address_and_hosts_that_are_named(settings: Any) -> None:
    who = guest()
    settings.PUBLIC_URL = "https://arena.example"
    settings.ALLOWED_HOSTS = ["*"]
    assert problem(who.post("me/wallet/challenge", {"address": GOLD.address})) == (403, "forbidden")
    settings.PUBLIC_URL = "https://testserver"
    assert "URI: https://testserver\n" in ask(who, GOLD)["text"]
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://arena.example", ["*", "testserver"]
    assert "URI: http://testserver\n" in ask(who, GOLD)["text"]


def test_asking_is_limited(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "wallets": settings.LIMITS["wallets"]._replace(person=2)}
    who = guest()
    ask(who, GOLD)
    ask(who, GOLD)
    assert problem(who.post("me/wallet/challenge", {"address": GOLD.address})) == (429, "throttled")


# Linking


@pytest.mark.parametrize("person", [guest, member])
def test_a_signature_links_the_wallet(person: Any) -> None:
    who = person()
    reply = link(who, GOLD)
    assert reply.status_code == 200, reply.content
    assert (reply.json()["address"], reply.json()["kind"]) == (GOLD.address, "eoa")
    assert linked(who) == GOLD.address
    assert rows() == [(who.id, GOLD.address, True)]


def test_the_same_again_gives_the_same_answer() -> None:
    who = member()
    sent = signed(who, GOLD)
    first = who.post("me/wallet", sent)
    assert who.post("me/wallet", sent).json() == first.json()
    assert Row.objects.count() == 1


def test_linking_what_is_linked_keeps_the_link() -> None:
    who = member()
    first = link(who, GOLD).json()
    assert link(who, GOLD).json() == first


def test_the_same_address_is_linked_anew_where_the_arena_has_moved_to_another_chain(settings: Any) -> None:
    who = member()
    link(who, GOLD)
    settings.CHAIN_ID = 1
    assert link(who, GOLD).status_code == 200
    assert rows() == [(who.id, GOLD.address, False), (who.id, GOLD.address, True)]
    assert list(Row.objects.filter(unlinked_at=None).values_list("chain_id", flat=True)) == [1]


def test_another_wallet_takes_the_place_of_the_first() -> None:
    who = member()
    link(who, GOLD)
    assert link(who, SILVER).json()["address"] == SILVER.address
    assert rows() == [(who.id, GOLD.address, False), (who.id, SILVER.address, True)]


def test_a_used_signature_does_not_bring_back_an_earlier_wallet() -> None:
    who = member()
    sent = signed(who, GOLD)
    who.post("me/wallet", sent)
    link(who, SILVER)
    assert problem(who.post("me/wallet", sent)) == (409, "conflict")
    assert linked(who) == SILVER.address


def test_a_wallet_is_one_persons_at_a_time() -> None:
    ada, ben = member(), member("ben@example.org")
    link(ada, GOLD)
    sent = signed(ben, GOLD)
    assert problem(ben.post("me/wallet", sent)) == (409, "wallet-taken")
    assert linked(ben) is None
    assert ada.delete("me/wallet").status_code == 204
    assert ben.post("me/wallet", sent).status_code == 200, "the refused signature was not used up"
    assert rows() == [(ada.id, GOLD.address, False), (ben.id, GOLD.address, True)]


def test_a_taken_wallet_leaves_the_present_one_linked() -> None:
    ada, ben = member(), member("ben@example.org")
    link(ada, GOLD)
    link(ben, SILVER)
    assert problem(link(ben, GOLD)) == (409, "wallet-taken")
    assert linked(ben) == SILVER.address


def test_unlinking_twice_changes_nothing() -> None:
    who = member()
    link(who, GOLD)
    assert [who.delete("me/wallet").status_code for _ in range(2)] == [204, 204]
    assert rows() == [(who.id, GOLD.address, False)]


# Proof: the wallet is where money goes


def proofless(who: Account) -> None:
    session = who.client.session
    session.pop("account_authentication_methods")
    session.save()


def test_a_session_alone_cannot_lead_the_money_elsewhere() -> None:
    who = member()
    link(who, GOLD)
    sent = signed(who, SILVER)
    proofless(who)
    assert problem(who.post("me/wallet", sent)) == (403, "proof-required")
    assert problem(who.delete("me/wallet")) == (403, "proof-required")
    assert problem(who.post("me/wallet", {**sent, "password": "not the passphrase"})) == (403, "proof-required")
    assert linked(who) == GOLD.address
    assert who.post("me/wallet", {**sent, "password": PASSWORD}).status_code == 200
    assert who.delete("me/wallet", {"password": PASSWORD}).status_code == 204


def test_a_signature_of_the_linked_wallet_is_a_proof() -> None:
    who = member()
    link(who, GOLD)
    proofless(who)
    assert sign_in(who, GOLD).json()["user"]["id"] == who.id
    assert link(who, SILVER).status_code == 200


def test_a_signature_of_another_wallet_proves_nothing() -> None:
    who = member()
    link(who, GOLD)
    proofless(who)
    assert problem(sign_in(who, SILVER)) == (409, "conflict")
    assert problem(who.delete("me/wallet")) == (403, "proof-required")


def test_a_mail_tells_the_person_that_their_wallet_changed_and_its_job_holds_no_address(settings: Any) -> None:
    settings.MAIL = replace(settings.MAIL, backend="django.core.mail.backends.locmem.EmailBackend")
    who = member()
    link(who, GOLD)
    link(who, GOLD)
    who.delete("me/wallet")
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name LIKE '%%tell_of_wallet' ORDER BY id")
        jobs = [json.loads(row[0]) for row in cursor.fetchall()]
    assert jobs == [{"person": who.id, "wallet": str(Row.objects.get().pk)}, {"person": who.id}]
    for job in jobs:
        tasks.tell_of_wallet(**job)
    told = mail.outbox[-2:]
    assert [message.to for message in told] == [["ada@example.org"]] * 2
    assert f"{GOLD.address[:6]}…{GOLD.address[-4:]}" in told[0].body
    assert "unlinked" in told[1].body


def test_a_job_that_an_earlier_build_has_left_is_still_done() -> None:
    who = member()
    for address in (GOLD.address, ""):
        tasks.tell_of_wallet(person=who.id, address=address)
    told = mail.outbox[-2:]
    assert f"{GOLD.address[:6]}…{GOLD.address[-4:]}" in told[0].body
    assert "unlinked" in told[1].body


# At the same time, and when something dies


@pytest.mark.django_db(transaction=True)
def test_two_people_who_link_one_wallet_at_once_are_one_and_a_refusal() -> None:
    for name in ("one", "two", "three"):
        wallet, people = Wallet.of(name), [guest(), guest()]
        plays = [partial(who.post, "me/wallet", signed(who, wallet)) for who in people]
        assert sorted(reply.status_code for reply in results(plays)) == [200, 409]
        assert Row.objects.filter(address=wallet.address, unlinked_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_who_links_two_wallets_at_once_has_one() -> None:
    who = guest()
    sent = [signed(who, wallet) for wallet in (GOLD, SILVER)]
    assert [reply.status_code for reply in results(partial(who.twin().post, "me/wallet", body) for body in sent)] == [200, 200]
    assert Row.objects.filter(unlinked_at=None).count() == 1
    assert Row.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_signature_sent_many_times_at_once_links_once() -> None:
    who = guest()
    sent = signed(who, GOLD)
    replies = results(partial(who.twin().post, "me/wallet", sent) for _ in range(6))
    assert len({reply.content for reply in replies}) == 1
    assert Row.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_dies_halfway_leaves_the_signature_good(monkeypatch: pytest.MonkeyPatch) -> None:
    who = guest()
    sent = signed(who, GOLD)
    with monkeypatch.context() as patch:
        patch.setattr(actions, "_tell_of_wallet", lambda *_: 1 / 0)
        who.client.raise_request_exception = False
        assert who.post("me/wallet", sent).status_code == 500
    assert not Row.objects.exists()
    assert WalletChallenge.objects.get().used_at is None
    assert who.post("me/wallet", sent).status_code == 200


# Guests, deletion, export


def test_a_guest_who_signs_up_leaves_the_wallet_behind() -> None:
    """Whoever lent them the browser may have linked it, and would sign in to the account with it."""
    who = guest()
    link(who, GOLD)
    id = who.id
    assert who.sign_up().status_code == 200
    assert (who.id, linked(who)) == (id, None)
    assert rows() == [(id, GOLD.address, False)], "what it was is theirs to see"
    other = visitor()
    assert sign_in(other, GOLD).status_code == 200
    assert other.id != id
    assert who.me["user"]["email"] == "ada@example.org"


def test_a_link_that_was_asked_for_as_a_guest_comes_too_late_after_signing_up() -> None:
    who = guest()
    asked = ask(who, GOLD)
    as_guest = User.objects.get(pk=who.id)
    assert who.sign_up().status_code == 200
    with pytest.raises(NotSignedIn):
        actions.link_wallet(user=as_guest, asked=WalletChallenge.objects.get(nonce=asked["nonce"]), kind="eoa")
    assert not Row.objects.exists()


@pytest.mark.parametrize("has_one", [True, False])
def test_a_guests_wallet_does_not_follow_them_into_an_account(has_one: bool) -> None:
    ada = member()
    if has_one:
        link(ada, SILVER)
    ada.sign_out()
    browser = guest()
    link(browser, GOLD)
    browser.sign_in()
    assert linked(browser) == (SILVER.address if has_one else None)
    assert (browser.id, GOLD.address, False) in rows(), "what it was is the person's to see"
    assert link(browser, GOLD).status_code == 200


def test_a_deleted_person_leaves_no_wallet_and_no_text() -> None:
    ada, ben = member(), guest()
    link(ada, GOLD)
    ask(ada, SILVER)
    assert ada.delete("me", {"password": PASSWORD}).status_code == 204
    assert not Row.objects.exists()
    assert not WalletChallenge.objects.exists()
    assert link(ben, GOLD).status_code == 200


def test_the_export_holds_every_wallet() -> None:
    who = member()
    link(who, GOLD)
    link(who, SILVER)
    told = who.get("me/export").json()["profile"]["wallets"]
    assert [(row["address"], row["unlinked_at"] is None) for row in told] == [(GOLD.address, False), (SILVER.address, True)]


def test_whoever_has_no_session_links_nothing() -> None:
    assert problem(visitor().post("me/wallet/challenge", {"address": GOLD.address})) == (401, "not-signed-in")
    assert problem(visitor().post("me/wallet", {"nonce": "a" * 32, "signature": "0x00"})) == (401, "not-signed-in")
