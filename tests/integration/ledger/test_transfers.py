"""Points: double entry, nothing below zero, every balance explained."""

import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from arena import clock
from arena.errors import InsufficientFunds, TransferConflict
from arena.ledger import actions as ledger
from arena.ledger import queries
from arena.ledger.models import Account, Hold, Kind, Transfer
from arena.users import actions as users
from arena.users.models import User
from tests.integration.http.threads import at_once, results
from tests.integration.ledger.issuance import issued

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def ada(db: None) -> User:
    return users.create_guest()


def give(user: User, amount: int, kind: Kind = Kind.AVAILABLE, key: str = "", **more: Any) -> Transfer:
    fields = {"kind": "award", "reason": "flat", **more}
    return ledger.post(
        key=key or str(uuid.uuid4()), source=ledger.account(Kind.ISSUANCE), target=ledger.account(kind, user.pk), amount=amount, **fields
    )


def spend(user: User, amount: int, key: str = "") -> Transfer:
    return ledger.post(
        key=key or str(uuid.uuid4()),
        source=ledger.account(Kind.AVAILABLE, user.pk),
        target=ledger.account(Kind.CONVERSIONS),
        amount=amount,
        kind="conversion",
        reason="asked",
    )


def held(user: User) -> tuple[int, int, int]:
    found = queries.balances(user.pk)
    return found.pending, found.available, found.converted


def test_a_transfer_moves_exactly_what_it_takes(ada: User) -> None:
    give(ada, 30)
    spend(ada, 12)
    assert held(ada) == (0, 18, 12)
    assert (queries.unsound(), issued()) == ([], 30)


def test_nobody_spends_what_they_do_not_have(ada: User) -> None:
    give(ada, 10)
    with pytest.raises(InsufficientFunds):
        spend(ada, 11)
    assert held(ada) == (0, 10, 0)
    spend(ada, 10)
    with pytest.raises(InsufficientFunds):
        spend(ada, 1)
    assert held(ada) == (0, 0, 10)


@pytest.mark.parametrize("amount", [0, -1, -(10**12)])
def test_a_transfer_moves_something(amount: int, ada: User) -> None:
    with pytest.raises(IntegrityError, match="transfer_moves_something"), transaction.atomic():
        give(ada, amount)
    assert not Transfer.objects.exists()


def test_a_transfer_has_two_accounts(ada: User) -> None:
    account = ledger.account(Kind.AVAILABLE, ada.pk)
    give(ada, 5)
    with pytest.raises(IntegrityError, match="transfer_between_two_accounts"), transaction.atomic():
        ledger.post(key="k", source=account, target=account, amount=1, kind="award", reason="x")
    assert held(ada) == (0, 5, 0)


def test_the_same_transfer_again_is_the_first_one(ada: User) -> None:
    first = give(ada, 10, key="once")
    assert give(ada, 10, key="once").pk == first.pk
    assert held(ada) == (0, 10, 0)


def test_a_key_is_not_used_for_another_transfer(ada: User) -> None:
    give(ada, 10, key="once")
    other = users.create_guest()
    for play in (
        partial(give, ada, 11, key="once"),
        partial(give, other, 10, key="once"),
        partial(give, ada, 10, Kind.PENDING, key="once"),
    ):
        with pytest.raises(TransferConflict):
            play()
    assert (held(ada), held(other)) == ((0, 10, 0), (0, 0, 0))


def test_an_account_belongs_to_a_person_or_to_the_arena(ada: User) -> None:
    for kind, owner in ((Kind.AVAILABLE, None), (Kind.PENDING, None), (Kind.ISSUANCE, ada.pk), (Kind.FORFEITED, ada.pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create(kind=kind, owner_id=owner)


def test_held_points_become_available_when_the_hold_is_over_and_once(ada: User) -> None:
    with clock.frozen(START):
        give(ada, 10, Kind.PENDING, hold_seconds=60)
    with clock.frozen(START + timedelta(seconds=59)):
        assert ledger.release_due() == 0
    assert held(ada) == (10, 0, 0)
    with clock.frozen(START + timedelta(seconds=60)):
        assert [ledger.release_due(), ledger.release_due()] == [1, 0]
    assert held(ada) == (0, 10, 0)
    assert not Hold.objects.exists()


def test_the_task_releases_all_in_batches(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from arena.ledger.tasks import release_due_points

    for _ in range(5):
        give(ada, 3, Kind.PENDING, hold_seconds=0)
    monkeypatch.setattr("arena.ledger.tasks.actions.release_due", partial(ledger.release_due, limit=2))
    release_due_points(0)
    assert held(ada) == (0, 15, 0)


def test_a_transfer_cannot_be_changed_or_deleted(ada: User) -> None:
    give(ada, 10)
    for sql in ("UPDATE ledger_transfer SET amount = 1000", "DELETE FROM ledger_transfer"):
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert held(ada) == (0, 10, 0)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_the_statement_explains_every_balance(seed: int, ada: User) -> None:
    rng, now = random.Random(seed), START
    wanted: Counter[str] = Counter()
    waiting: list[tuple[datetime, int]] = []
    for step in range(40):
        now += timedelta(seconds=rng.randrange(30))
        amount = rng.randrange(1, 20)
        with clock.frozen(now):
            match rng.choice(["award", "award", "release", "spend"]):
                case "award":
                    give(ada, amount, Kind.PENDING, key=f"award:{step}", hold_seconds=60)
                    waiting.append((now + timedelta(seconds=60), amount))
                    wanted["pending"] += amount
                case "release":
                    due = [entry for entry in waiting if entry[0] <= now]
                    assert ledger.release_due() == len(due)
                    waiting = [entry for entry in waiting if entry[0] > now]
                    wanted["pending"] -= sum(points for _, points in due)
                    wanted["available"] += sum(points for _, points in due)
                case "spend" if wanted["available"] >= amount:
                    spend(ada, amount)
                    wanted["available"] -= amount
                    wanted["converted"] += amount
                case "spend":
                    with pytest.raises(InsufficientFunds):
                        spend(ada, amount)
    assert held(ada) == (wanted["pending"], wanted["available"], wanted["converted"])
    assert not queries.unsound()
    assert issued() == sum(wanted.values())
    assert explained(ada) == {name: wanted[name] for name in ("pending", "available")}


def explained(user: User) -> dict[str, int]:
    """The balances as the statement's lines add up to them: a line moves points out of one account, into another."""
    sums = Counter({"pending": 0, "available": 0})
    for line in queries.statement(user.pk):
        for account, sign in ((line.source, -1), (line.target, 1)):
            if account.owner_id == user.pk:
                sums[account.kind] += sign * line.amount
    return dict(sums)


def test_eight_spend_at_once_what_is_enough_for_three(transactional_db: None) -> None:
    ada = users.create_guest()
    give(ada, 30)
    ledger.account(Kind.CONVERSIONS)
    found = at_once(partial(spend, ada, 10) for _ in range(8))
    assert sum(isinstance(result, Transfer) for result in found) == 3
    assert sum(isinstance(result, InsufficientFunds) for result in found) == 5
    assert held(ada) == (0, 0, 30)


def test_one_key_at_once_is_one_transfer_and_one_account(transactional_db: None) -> None:
    ada = users.create_guest()
    found = results(partial(give, ada, 10, Kind.PENDING, key="once", hold_seconds=0) for _ in range(8))
    assert len({row.pk for row in found}) == Transfer.objects.count() == Hold.objects.count() == 1
    assert Account.objects.filter(owner=ada).count() == 1


def test_many_workers_release_each_award_once(transactional_db: None) -> None:
    people = [users.create_guest() for _ in range(3)]
    for person in people:
        for _ in range(6):
            give(person, 10, Kind.PENDING, hold_seconds=0)
    counts = results(partial(ledger.release_due, limit=5) for _ in range(6))
    while left := ledger.release_due():
        counts.append(left)
    assert sum(counts) == 18
    assert [held(person) for person in people] == [(0, 60, 0)] * 3
    assert Transfer.objects.filter(kind="release").count() == 18
