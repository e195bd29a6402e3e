"""The promises about money, each by its name. (P5 by a stranger is in test_on_chain.)"""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from pytest_django import Settings

from arena.credits import actions, merkle
from arena.credits.models import Conversion, Epoch, Leaf, Sealed
from arena.errors import InsufficientFunds
from arena.ledger import actions as ledger
from arena.ledger import queries as books
from arena.ledger.models import Account, Kind, Transfer
from arena.users.models import User
from tests.architecture.source import ROOT
from tests.integration.credits.stage import convert, deployed, give, member, sealed
from tests.processes import database_url

PEOPLE, CAP = 50, 25
RICH, POOR = 40, 13


def in_order() -> None:
    """P2 and P3, over all accounts; and every conversion has its transfer."""
    assert not books.unsound()
    assert not [row for row in Account.objects.exclude(kind=Kind.ISSUANCE) if books.balance(row) < 0]
    left = books.balance(ledger.account(Kind.CONVERSIONS))
    assert left == (Conversion.objects.filter(void=None).aggregate(total=Sum("points"))["total"] or 0)


@pytest.mark.usefixtures("credited")
def test_P2_a_conversion_and_its_void_move_exactly_their_points() -> None:
    ada = member("ada", 100)
    made = convert(ada, 40)
    assert (made.transfer.amount, made.units) == (40, 40_000)
    assert books.balances(ada.pk) == books.Balances(pending=0, available=60, converted=40)
    in_order()
    for _ in range(2):
        actions.void_conversion(id=made.pk, reason="wished", by=None)
    assert books.balances(ada.pk) == books.Balances(pending=0, available=100, converted=0)
    assert Transfer.objects.filter(kind="void").count() == 1
    in_order()


@pytest.mark.usefixtures("credited")
@pytest.mark.parametrize("change", ["units = units + 1", "points = points + 1", "units_per_point = 0, units = 0"])
def test_P2_the_database_itself_refuses_a_conversion_that_is_not_at_its_rate(change: str) -> None:
    made = convert(member("ada", 100), 40)
    other = convert(member("ben", 100), 1)
    fields = {name: name for name in ("points", "units_per_point", "units")} | dict(part.split(" = ") for part in change.split(", "))
    values = ", ".join(fields.values())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM credits_conversion WHERE id = %s", [other.pk])
    with pytest.raises(IntegrityError, match=r"conversion_\w+"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO credits_conversion (id, owner_id, wallet, points, units_per_point, units, transfer_id, at)"
            f" SELECT gen_random_uuid(), owner_id, wallet, {values}, transfer_id, at FROM credits_conversion WHERE id = %s",
            [made.pk],
        )


@pytest.mark.usefixtures("credited")
def test_P3_nobody_converts_what_they_do_not_have() -> None:
    ada = member("ada", 10)
    with pytest.raises(InsufficientFunds):
        convert(ada, 11)
    assert not Conversion.objects.exists()
    in_order()


def _spender(seed: int) -> subprocess.Popen[str]:
    told = {
        "DATABASE_URL": database_url(),
        "CHAIN_RPC_URL": "http://127.0.0.1:9",
        "CONVERSION_MINIMUM": "1",
        "CONVERSION_DAILY_CAP": str(CAP),
        "PGOPTIONS": "",
    }
    command = [sys.executable, "-m", "tests.integration.credits.spender", str(seed)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_P3_fifty_people_spent_from_four_processes_at_once_one_of_them_killed_are_never_overdrawn(
    transactional_db: None, settings: Settings
) -> None:
    deployed()
    people = [member(f"person {number:02}", RICH if number % 2 else POOR) for number in range(PEOPLE)]
    spenders = [_spender(10 * number) for number in range(4)]
    assert spenders[0].stdout is not None
    assert spenders[0].stdout.readline() == "ready\n"
    while not Conversion.objects.filter(owner=people[-1]).exists() and spenders[0].poll() is None:
        pass
    spenders[0].kill()
    spenders.append(_spender(50))
    for spender in spenders:
        _, errors = spender.communicate(timeout=100)
        assert spender.returncode == (-9 if spender is spenders[0] else 0), errors
    actions.seal_epoch()
    converted = dict(User.objects.filter(conversions__isnull=False).values_list("pk").annotate(Sum("conversions__points")))
    assert converted == {person.pk: CAP if number % 2 else POOR for number, person in enumerate(people)}
    in_order()
    _sealed_once_and_to_the_unit()


def _sealed_once_and_to_the_unit() -> None:
    numbers = list(Epoch.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert Sealed.objects.count() == Conversion.objects.count()
    last = Epoch.objects.latest("number")
    units = Conversion.objects.aggregate(total=Sum("units"))["total"]
    assert Leaf.objects.filter(epoch=last).aggregate(total=Sum("cumulative"))["total"] == last.cum_total == units
    assert Epoch.objects.aggregate(total=Sum("new_units"))["total"] == units


@pytest.mark.usefixtures("credited")
def test_P5_the_leaves_of_an_epoch_sum_to_what_left_the_ledger_and_give_its_root() -> None:
    for number in range(5):
        convert(member(f"person {number}", 100), 10 + number)
    epoch = sealed()
    owed: list[tuple[str, int]] = list(epoch.leaves.values_list("account", "cumulative"))
    assert sum(units for _, units in owed) == 1_000 * books.balance(ledger.account(Kind.CONVERSIONS)) == epoch.cum_total
    assert merkle.build(chain_id=epoch.chain_id, contract=epoch.contract, owed=owed).root == bytes(epoch.root)


@pytest.mark.usefixtures("credited")
@pytest.mark.parametrize("table", ["conversion", "void", "epoch", "sealed", "leaf", "tree", "file"])
def test_P8_what_was_converted_and_sealed_cannot_be_changed(table: str) -> None:
    ada = member("ada", 100)
    convert(ada, 10)
    sealed()
    actions.void_conversion(id=convert(ada, 1).pk, reason="wished", by=None)
    give(ada, 1)
    for change in (f"DELETE FROM credits_{table}", f"UPDATE credits_{table} SET {_key(table)} = {_key(table)}"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def _key(table: str) -> Any:
    return {"conversion": "id", "void": "reason", "epoch": "number", "sealed": "epoch_id", "leaf": "cumulative"}.get(table, "epoch_id")
