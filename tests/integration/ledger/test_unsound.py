"""Books that do not hold together, by whatever hand, are found; those that do are not."""

import pytest
from django.db import connection

from arena.ledger import actions as ledger
from arena.ledger import queries
from arena.ledger.models import Account, Hold, Kind, Transfer
from arena.users import actions as users
from arena.users.models import User
from tests.integration.ledger.test_transfers import give, spend


@pytest.fixture
def ada(db: None) -> User:
    """Somebody with 10 points that wait, 20 available, and 10 converted."""
    ada = users.create_guest()
    give(ada, 20, Kind.PENDING, key="award:1", hold_seconds=0)
    give(ada, 10)
    ledger.release_due()
    give(ada, 10, Kind.PENDING, key="award:2", hold_seconds=60)
    spend(ada, 10)
    return ada


def by_hand(table: str, statement: str) -> None:
    """What the table's owner may do: no trigger of ours is asked."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)


def account(kind: Kind, owner: User | None = None) -> int:
    return Account.objects.get(kind=kind, owner=owner).pk


def pays(source: int, target: int, amount: int) -> str:
    return (
        "INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, at)"
        f" VALUES ('sly', {source}, {target}, {amount}, 'release', 'sly', '', now())"
    )


def faults(account: int) -> list[str]:
    """What is found, which must be of this account."""
    found = queries.unsound()
    assert all(f"account {account} holds" in line for line in found)
    return [line.replace(f" {account} ", " ") for line in found]


def test_sound_books_have_no_fault(ada: User) -> None:
    assert queries.unsound() == []


@pytest.mark.parametrize("kind", [Kind.AVAILABLE, Kind.CONVERSIONS])
def test_an_account_below_zero_is_found(kind: Kind, ada: User) -> None:
    source = account(kind, ada if kind == Kind.AVAILABLE else None)
    by_hand("ledger_transfer", pays(source, account(Kind.ISSUANCE), 25))
    held = -5 if kind == Kind.AVAILABLE else -15
    assert faults(source) == [f"the {kind} account holds {held} points, and awards of 0 wait there"]


def test_pending_points_that_nothing_releases_are_found(ada: User) -> None:
    Hold.objects.all().delete()
    assert faults(account(Kind.PENDING, ada)) == ["the pending account holds 10 points, and awards of 0 wait there"]


def test_an_award_that_waits_once_more_is_found(ada: User) -> None:
    award = Transfer.objects.get(key="award:1")
    Hold.objects.create(transfer=award, until=award.at)
    assert faults(account(Kind.PENDING, ada)) == ["the pending account holds 10 points, and awards of 30 wait there"]


def test_an_award_that_waits_where_its_points_are_not_is_found(ada: User) -> None:
    other = ledger.account(Kind.AVAILABLE, users.create_guest().pk)
    Hold.objects.update(account=other)
    assert len(queries.unsound()) == 2


def test_a_transfer_that_is_gone_is_found(ada: User) -> None:
    by_hand("ledger_transfer", "DELETE FROM ledger_transfer WHERE key = 'release:award:1'")
    assert faults(account(Kind.PENDING, ada)) == ["the pending account holds 30 points, and awards of 10 wait there"]
