"""A guest who gets an account keeps what is theirs; one who signs in to an account brings it along, once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, connections, transaction

from arena import clock
from arena.accounts import actions
from arena.battles.models import Battle
from arena.errors import Conflict, NotSignedIn
from arena.ledger import actions as ledger
from arena.ledger import queries as points
from arena.ledger.models import Hold, Transfer
from arena.users import actions as users
from arena.users.models import Consent, Merge, User
from tests.cast import Arena
from tests.integration.users.account import Account, guest, member, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted_yet(arena: Arena) -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _awards_wait_a_day(settings: Any) -> None:
    settings.HOLD_SECONDS = 86_400


def earn(person: Account, times: int = 1) -> list[str]:
    """Vote this often; gives the battles."""
    battles = [str(person.open()["id"]) for _ in range(times)]
    for battle in battles:
        Arena.answer(battle)
        assert person.vote(battle).status_code == 200
    return battles


def release_all() -> None:
    with clock.frozen(clock.now() + timedelta(days=2)):
        while ledger.release_due():
            pass


# Signing up


def test_a_guest_who_signs_up_keeps_row_battles_points_and_consent() -> None:
    ada = guest()
    before = ada.me
    battle = earn(ada)[0]
    assert ada.sign_up().status_code == 200
    after = ada.me
    assert after["user"]["id"] == before["user"]["id"]
    assert after["user"]["is_guest"] is False
    assert after["points"]["pending"] == 10
    assert after["consent"] == before["consent"]
    assert ada.get(f"battles/{battle}").json()["vote"]["outcome"] == "a"
    assert not Merge.objects.exists()


def test_a_refused_sign_up_leaves_the_guest_as_they_were() -> None:
    member("ben@example.org")
    ada = guest()
    id, battle = ada.id, ada.open()["id"]
    assert ada.sign_up("ben@example.org").status_code in (400, 409)
    assert ada.sign_up(password="short").status_code == 400
    assert ada.id == id
    assert ada.me["user"]["is_guest"] is True
    assert ada.get(f"battles/{battle}").status_code == 200


def test_the_guest_of_a_session_registers_once() -> None:
    row = users.create_guest()
    users.register(guest_id=row.pk, email="ada@example.org", password="!")
    with pytest.raises(Conflict):
        users.register(guest_id=row.pk, email="other@example.org", password="!")


def test_what_was_earned_as_a_guest_still_counts_for_the_network(settings: Any) -> None:
    settings.REWARD_NETWORK_CAP = 10
    ada = guest()
    earn(ada)
    ada.sign_up()
    other = guest()
    earn(other)
    assert other.me["points"]["pending"] == 0


# Signing in


def test_signing_in_brings_battles_and_points_along() -> None:
    ada = member()
    mine = earn(ada)[0]
    ada.sign_out()
    browser = guest()
    guest_id, brought = browser.id, earn(browser, 2)
    assert browser.sign_in().status_code == 200
    assert browser.me["user"]["email"] == "ada@example.org"
    assert browser.me["points"]["pending"] == 30
    assert {row["id"] for row in browser.get("me/battles").json()["results"]} == {mine, *brought}
    assert browser.get(f"battles/{brought[0]}").status_code == 200
    assert Battle.objects.filter(voter=User.objects.get(pk=guest_id)).count() == 2
    merge = Merge.objects.get()
    assert (str(merge.guest_id), str(merge.into_id)) == (guest_id, browser.id)
    assert not points.unsound()


def test_the_statement_shows_what_a_guest_earned_as_ones_own() -> None:
    member().sign_out()
    browser = guest()
    brought = earn(browser)
    browser.sign_in()
    lines = browser.get("me/points").json()
    assert [(line["kind"], line["amount"], line["battle"]) for line in lines["results"]] == [("award", 10, brought[0])]
    assert lines["balances"] == {"pending": 10, "available": 0, "converted": 0}


def test_a_battle_that_a_guest_began_is_voted_on_by_the_person() -> None:
    member().sign_out()
    browser = guest()
    battle = browser.open()["id"]
    Arena.answer(battle)
    browser.sign_in()
    assert browser.vote(battle).status_code == 200
    assert browser.me["points"]["pending"] == 10
    assert points.balances(Merge.objects.get().guest_id).pending == 0


def test_awards_that_wait_are_released_once_to_the_person() -> None:
    member().sign_out()
    browser = guest()
    earn(browser, 2)
    browser.sign_in()
    assert Hold.objects.count() == 2
    release_all()
    release_all()
    held = points.balances(User.objects.get(email="ada@example.org").pk)
    assert (held.pending, held.available) == (0, 20)
    assert points.balances(Merge.objects.get().guest_id) == points.Balances(0, 0, 0)
    assert not Hold.objects.exists()
    assert not points.unsound()


def test_points_that_are_available_already_come_along_too() -> None:
    member().sign_out()
    browser = guest()
    earn(browser)
    release_all()
    earn(browser)
    browser.sign_in()
    assert browser.me["points"] | {"today": 0} == browser.me["points"] | {"pending": 10, "available": 10, "today": 0}
    assert set(Transfer.objects.filter(kind="merge").values_list("key", flat=True)) == {
        f"merge:{Merge.objects.get().guest_id}:{kind}" for kind in ("pending", "available")
    }


def test_several_guests_end_in_one_person_and_under_one_cap(settings: Any) -> None:
    settings.REWARD_DAILY_CAP = 20
    member().sign_out()
    for _ in range(2):
        browser = guest()
        earn(browser)
        browser.sign_in()
    assert browser.me["points"]["today"] == 20
    earn(browser)
    assert browser.me["points"]["pending"] == 20


def test_a_wrong_password_costs_a_guest_nothing() -> None:
    member().sign_out()
    browser = guest()
    id, battle = browser.id, browser.open()["id"]
    assert browser.sign_in(password="not the passphrase").status_code == 400
    assert browser.id == id
    assert browser.get(f"battles/{battle}").status_code == 200
    assert not Merge.objects.exists()


def test_the_guest_ends_with_the_sign_in() -> None:
    member().sign_out()
    browser = guest()
    old = browser.twin()
    earn(browser)
    browser.sign_in()
    assert not old.signed_in()
    assert not User.objects.get(pk=Merge.objects.get().guest_id).is_active


def test_merging_twice_changes_nothing() -> None:
    ada, ben = member(), member("ben@example.org")
    row = users.create_guest()
    for into in (ada, ada, ben):
        actions.merge_guest(guest_id=row.pk, into=User.objects.get(pk=into.id))
    assert str(Merge.objects.get().into_id) == ada.id


def test_nobody_merges_into_a_guest_or_into_somebody_who_is_gone() -> None:
    row, other = users.create_guest(), users.create_guest()
    with pytest.raises(NotSignedIn):
        actions.merge_guest(guest_id=row.pk, into=other)
    gone = User.objects.get(pk=member().id)
    actions.delete_person(user=gone)
    with pytest.raises(NotSignedIn):
        actions.merge_guest(guest_id=row.pk, into=gone)
    assert User.objects.get(pk=row.pk).is_active


def test_a_merge_is_a_fact() -> None:
    row, ada = users.create_guest(), User.objects.get(pk=member().id)
    actions.merge_guest(guest_id=row.pk, into=ada)
    for change in ("UPDATE users_merge SET at = now()", "DELETE FROM users_merge"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


# At the same time


def at_once(*plays: Any) -> list[Any]:
    """Run these in threads of their own that begin together."""
    gate = threading.Barrier(len(plays))

    def run(play: Any) -> Any:
        gate.wait()
        try:
            return play()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(plays)) as pool:
        return [future.result() for future in [pool.submit(run, play) for play in plays]]


@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_of_one_guest_at_once_merge_once(settings: Any) -> None:
    member().sign_out()
    for _ in range(5):
        browser = guest()
        earn(browser)
        twin = browser.twin()
        at_once(browser.sign_in, twin.sign_in)
        assert browser.me["user"]["email"] == "ada@example.org"
    ada = User.objects.get(email="ada@example.org")
    assert Merge.objects.filter(into=ada).count() == 5
    assert points.balances(ada.pk).pending == 50
    release_all()
    assert points.balances(ada.pk) == points.Balances(0, 50, 0)
    assert not points.unsound()


@pytest.mark.django_db(transaction=True)
def test_votes_and_releases_during_the_sign_in_lose_no_point() -> None:
    ada = member()
    ada.sign_out()
    person = User.objects.get(email="ada@example.org")
    earned = 0
    for _ in range(6):
        browser = guest()
        earn(browser)
        battle = browser.open()["id"]
        Arena.answer(battle)
        twin = browser.twin()
        row = User.objects.get(pk=browser.id)
        replies = at_once(partial(actions.merge_guest, guest_id=row.pk, into=person), partial(twin.vote, battle), release_all)
        assert replies[1].status_code in (200, 401)
        earned += 10 + (10 if replies[1].status_code == 200 else 0)
        assert points.balances(row.pk) == points.Balances(0, 0, 0)
    release_all()
    assert points.balances(person.pk) == points.Balances(0, earned, 0)
    assert not points.unsound()


@pytest.mark.django_db(transaction=True)
def test_one_guest_signing_up_twice_at_once_is_one_account() -> None:
    browser = guest()
    twin = browser.twin()
    replies = at_once(lambda: browser.sign_up("ada@example.org"), lambda: twin.sign_up("other@example.org"))
    assert sorted(reply.status_code for reply in replies) == [200, 409]
    assert User.objects.filter(is_guest=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_address_signed_up_twice_at_once_is_one_account() -> None:
    replies = at_once(visitor().sign_up, visitor().sign_up)
    assert sorted(reply.status_code for reply in replies) in ([200, 400], [200, 409])
    assert User.objects.filter(email="ada@example.org").count() == 1
    assert Consent.objects.count() == 0
