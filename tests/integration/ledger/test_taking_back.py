"""Awards that are taken back: what waits, what is available, and what was spent, which is owed."""

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from arena.accounts.actions import delete_person, merge_guest
from arena.ledger import actions as ledger
from arena.ledger import queries
from arena.ledger.models import Account, Debt, Hold, Kind, Transfer
from arena.users import actions as users
from arena.users.models import User
from tests.integration.http.threads import at_once, results
from tests.integration.ledger.test_transfers import give, held, spend

AWARD = "award:1"
take_back = partial(ledger.take_back, reason="vote_retracted")


@pytest.fixture
def ada(db: None) -> User:
    return users.create_guest()


def member(name: str) -> User:
    return User.objects.create(username=name, email=f"{name}@example.org")


def award(user: User, amount: int = 10, key: str = AWARD, *, hold: int = 0) -> Transfer:
    return give(user, amount, Kind.PENDING, key=key, hold_seconds=hold)


def released(user: User, amount: int = 10, key: str = AWARD) -> Transfer:
    row = award(user, amount, key)
    assert ledger.release_due() == 1
    return row


def forfeited() -> int:
    return queries.balance(ledger.account(Kind.FORFEITED))


def owed() -> dict[str, int]:
    """By award, what is still owed for it."""
    return {row.award.key: row.amount for row in Debt.objects.select_related("award")}


def in_order() -> None:
    """P2 and P3, over all accounts."""
    assert not queries.unsound()
    assert not [row for row in Account.objects.exclude(kind=Kind.ISSUANCE) if queries.balance(row) < 0]


def test_points_that_wait_are_taken_and_never_released(ada: User) -> None:
    award(ada)
    award(ada, 7, "award:2")
    take_back(key=AWARD)
    assert held(ada) == (7, 0, 0)
    assert ledger.release_due() == 1
    assert (held(ada), forfeited(), owed()) == ((0, 7, 0), 10, {})
    in_order()


def test_an_award_that_was_taken_while_it_waited_will_never_be_available(ada: User) -> None:
    award(ada)
    (row,) = queries.statement(ada.pk)
    assert queries.available_at(row) == queries.award_available_at(AWARD) is not None
    take_back(key=AWARD)
    taken = next(row for row in queries.statement(ada.pk) if row.kind == "award")
    assert queries.available_at(taken) is queries.award_available_at(AWARD) is None


def test_points_that_are_available_are_taken(ada: User) -> None:
    released(ada)
    take_back(key=AWARD)
    assert (held(ada), forfeited(), owed()) == ((0, 0, 0), 10, {})
    in_order()


def test_what_was_spent_is_owed_and_what_is_left_is_taken(ada: User) -> None:
    released(ada)
    spend(ada, 6)
    take_back(key=AWARD)
    assert (held(ada), forfeited(), owed()) == ((0, 0, 6), 4, {AWARD: 6})
    in_order()


@pytest.mark.parametrize("before", ["waits", "available", "half spent", "spent", "paid"])
def test_an_award_is_taken_back_once(before: str, ada: User) -> None:
    award(ada, hold=0)
    if before != "waits":
        ledger.release_due()
    if before in ("half spent", "spent"):
        spend(ada, 5 if before == "half spent" else 10)
    if before == "paid":
        spend(ada, 10)
        take_back(key=AWARD)
        released(ada, 30, "award:2")
    take_back(key=AWARD)
    state = held(ada), forfeited(), owed(), Transfer.objects.count()
    for _ in range(3):
        take_back(key=AWARD)
    assert (held(ada), forfeited(), owed(), Transfer.objects.count()) == state
    in_order()


def test_an_award_that_was_never_made_is_not_taken_back(ada: User) -> None:
    with pytest.raises(Transfer.DoesNotExist):
        take_back(key=AWARD)


def test_taking_one_award_leaves_those_of_a_like_key_alone(ada: User) -> None:
    released(ada, 10, "award:1")
    released(ada, 20, "award:11")
    take_back(key="award:11")
    take_back(key="award:1")
    assert (held(ada), forfeited()) == ((0, 0, 0), 30)


def test_debts_are_paid_from_later_releases_the_oldest_first(ada: User) -> None:
    for number in (1, 2):
        released(ada, 10, f"award:{number}")
    spend(ada, 20)
    for number in (2, 1):
        take_back(key=f"award:{number}")
    assert owed() == {"award:1": 10, "award:2": 10}
    released(ada, 4, "award:3")
    assert (held(ada), owed()) == ((0, 0, 20), {"award:1": 6, "award:2": 10})
    released(ada, 8, "award:4")
    assert (held(ada), owed()) == ((0, 0, 20), {"award:2": 8})
    released(ada, 11, "award:5")
    assert (held(ada), owed(), forfeited()) == ((0, 3, 20), {}, 20)
    in_order()


def test_several_awards_due_at_once_pay_what_is_owed(ada: User) -> None:
    other = users.create_guest()
    released(ada)
    spend(ada, 10)
    take_back(key=AWARD)
    for number in range(4):
        award(ada, 3, f"mine:{number}")
        award(other, 3, f"theirs:{number}")
    assert ledger.release_due() == 8
    assert (held(ada), held(other), owed()) == ((0, 2, 10), (0, 12, 0), {})
    in_order()


def test_every_line_of_the_statement_is_there_when_a_debt_is_paid(ada: User) -> None:
    released(ada)
    spend(ada, 6)
    take_back(key=AWARD)
    released(ada, 9, "award:2")
    lines = [(row.kind, row.reason, row.amount) for row in queries.statement(ada.pk).order_by("pk")]
    assert lines[-4:] == [
        ("reversal", "vote_retracted", 4),
        ("award", "flat", 9),
        ("release", "hold_over", 9),
        ("reversal", "debt_paid", 6),
    ]
    subjects = set(Transfer.objects.filter(kind="reversal").values_list("key", flat=True))
    assert subjects == {f"reversal:{AWARD}:0", f"reversal:{AWARD}:1"}


def test_a_debt_owes_something(ada: User) -> None:
    row = released(ada)
    for amount in (0, -1):
        with pytest.raises(IntegrityError, match="debt_owes_something"), transaction.atomic():
            Debt.objects.create(award=row, account=row.target, amount=amount)


# Guests who sign in, and people who leave


@pytest.mark.parametrize("merged", ["while it waits", "when it is available"])
def test_the_person_whom_a_guest_became_gives_the_points_back(merged: str, ada: User) -> None:
    person = member("ada")
    award(ada)
    if merged == "while it waits":
        merge_guest(guest_id=ada.pk, into=person)
    ledger.release_due()
    if merged == "when it is available":
        merge_guest(guest_id=ada.pk, into=person)
    assert held(person) == (0, 10, 0)
    take_back(key=AWARD)
    assert (held(person), owed(), forfeited()) == ((0, 0, 0), {}, 10)
    in_order()


def test_an_award_that_waits_for_the_person_whom_a_guest_became_is_taken_there(ada: User) -> None:
    person = member("ada")
    award(ada)
    merge_guest(guest_id=ada.pk, into=person)
    take_back(key=AWARD)
    assert ledger.release_due() == 0
    assert (held(person), held(ada), forfeited()) == ((0, 0, 0), (0, 0, 0), 10)
    in_order()


def test_what_a_guest_spent_is_owed_by_the_person_they_became(ada: User) -> None:
    person = member("ada")
    released(ada)
    spend(ada, 10)
    merge_guest(guest_id=ada.pk, into=person)
    take_back(key=AWARD)
    assert Debt.objects.get().account == ledger.account(Kind.AVAILABLE, person.pk)
    released(person, 12, "award:2")
    assert (held(person), owed()) == ((0, 2, 0), {})


def test_signing_in_brings_the_guests_debts_along_and_pays_them(ada: User) -> None:
    person = member("ada")
    released(ada)
    spend(ada, 10)
    take_back(key=AWARD)
    released(person, 4, "award:2")
    merge_guest(guest_id=ada.pk, into=person)
    assert (held(person), owed()) == ((0, 0, 0), {AWARD: 6})
    released(person, 7, "award:3")
    assert (held(person), owed(), forfeited()) == ((0, 1, 0), {}, 10)
    in_order()


def test_what_a_guest_brings_pays_what_the_person_owes(ada: User) -> None:
    person = member("ada")
    released(person)
    spend(person, 10)
    take_back(key=AWARD)
    released(ada, 15, "award:2")
    merge_guest(guest_id=ada.pk, into=person)
    assert (held(person), owed()) == ((0, 5, 10), {})
    in_order()


@pytest.mark.parametrize("state", ["waits", "available"])
def test_what_a_person_forfeited_is_not_taken_a_second_time_nor_owed(state: str, db: None) -> None:
    person = member("ada")
    award(person)
    if state == "available":
        ledger.release_due()
    delete_person(user=person)
    take_back(key=AWARD)
    assert (held(person), forfeited(), owed()) == ((0, 0, 0), 10, {})
    in_order()


def test_what_a_person_owed_stays_on_record_when_they_leave(db: None) -> None:
    person = member("ada")
    released(person)
    spend(person, 10)
    take_back(key=AWARD)
    delete_person(user=person)
    assert owed() == {AWARD: 10}


# At the same moment


def test_at_once_an_award_is_taken_back_once(transactional_db: None) -> None:
    ada = users.create_guest()
    released(ada)
    spend(ada, 4)
    results(partial(take_back, key=AWARD) for _ in range(6))
    assert (held(ada), forfeited(), owed()) == ((0, 0, 4), 6, {AWARD: 4})
    in_order()


@pytest.mark.parametrize("seed", range(4))
def test_releasing_spending_and_taking_back_at_once_lose_no_point(seed: int, transactional_db: None) -> None:
    rng = random.Random(seed)
    people = [users.create_guest() for _ in range(3)]
    for kind in (Kind.FORFEITED, Kind.CONVERSIONS):
        ledger.account(kind)
    keys = []
    for number, person in enumerate(people * 4):
        award(person, 10, f"award:{number}")
        keys.append(f"award:{number}")
    ledger.release_due(limit=5)
    struck = rng.sample(keys, 8)
    plays: list[Callable[[], Any]] = [partial(take_back, key=key) for key in struck]
    plays += [partial(ledger.release_due, limit=4) for _ in range(4)] + [partial(spend, rng.choice(people), 7) for _ in range(4)]
    rng.shuffle(plays)
    failed = [result for result in at_once(plays) if isinstance(result, Exception)]
    assert all(type(error).__name__ == "InsufficientFunds" for error in failed), failed
    while ledger.release_due():
        pass
    in_order()
    assert forfeited() + sum(owed().values()) == 80
    for person in people:
        pending, available, _ = held(person)
        assert pending == 0
        assert not (available and Debt.objects.filter(account__owner=person).exists())
    assert not Hold.objects.exists()


def test_points_released_while_they_are_taken_back_pay_for_it(transactional_db: None) -> None:
    """The release finds no debt while it is being recorded: it has to wait for it."""
    ada = users.create_guest()
    released(ada)
    spend(ada, 10)
    award(ada, 15, "award:2")
    assert _while_open(partial(take_back, key=AWARD), ledger.release_due) == 1
    assert (held(ada), owed()) == ((0, 5, 10), {})
    in_order()


def test_a_merge_that_came_first_is_seen_by_what_waited_for_it(transactional_db: None) -> None:
    ada, person = users.create_guest(), member("ada")
    award(ada)
    _while_open(partial(merge_guest, guest_id=ada.pk, into=person), partial(take_back, key=AWARD))
    assert (held(person), held(ada), forfeited(), owed()) == ((0, 0, 0), (0, 0, 0), 10, {})


def test_a_merge_that_came_first_tells_where_what_was_released_lies_now(transactional_db: None) -> None:
    ada, person = users.create_guest(), member("ada")
    released(ada)
    _while_open(partial(merge_guest, guest_id=ada.pk, into=person), partial(take_back, key=AWARD))
    assert (held(person), forfeited(), owed()) == ((0, 0, 0), 10, {})


def test_a_merge_and_releases_at_once_do_not_wait_for_each_other_in_a_ring(transactional_db: None) -> None:
    person = member("ada")
    guests = [users.create_guest() for _ in range(4)]
    ledger.account(Kind.FORFEITED)
    for number, owner in enumerate([person, *guests] * 3):
        award(owner, 10, f"award:{number}")
    plays: list[Callable[[], Any]] = [partial(merge_guest, guest_id=guest.pk, into=person) for guest in guests]
    plays += [partial(ledger.release_due, limit=4) for _ in range(4)] + [partial(take_back, key=f"award:{number}") for number in range(4)]
    results(plays)
    while ledger.release_due():
        pass
    assert (held(person), forfeited(), owed()) == ((0, 110, 0), 40, {})
    in_order()


def _while_open(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Do the first in a transaction that commits only when the second, in another connection, has had time to run into it."""
    begun, found = threading.Event(), []

    def later() -> None:
        try:
            begun.wait(20)
            found.append(second())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=later)
    thread.start()
    with transaction.atomic():
        first()
        begun.set()
        thread.join(0.5)
    thread.join(20)
    assert found
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]
