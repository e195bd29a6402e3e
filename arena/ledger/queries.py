"""Balances and statements, all derived from transfers."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from arena.ledger.models import Kind, Transfer


@dataclass(frozen=True, slots=True)
class Balances:
    """Points of one person, in whole points."""

    pending: int
    available: int
    converted: int


def balances(owner: uuid.UUID) -> Balances:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.kind, coalesce((SELECT sum(amount) FROM ledger_transfer WHERE target_id = a.id), 0)"
            " - coalesce((SELECT sum(amount) FROM ledger_transfer WHERE source_id = a.id), 0)"
            " FROM ledger_account a WHERE a.owner_id = %s",
            [owner],
        )
        found = {kind: int(total) for kind, total in cursor.fetchall()}
    converted = Transfer.objects.filter(source__owner_id=owner, target__kind=Kind.CONVERSIONS).aggregate(total=Sum("amount"))["total"]
    return Balances(pending=found.get(Kind.PENDING, 0), available=found.get(Kind.AVAILABLE, 0), converted=converted or 0)


def earned_since(account_id: int, since: datetime) -> int:
    """Points awarded to an account from `since` on."""
    total = Transfer.objects.filter(target_id=account_id, kind="award", at__gte=since).aggregate(total=Sum("amount"))["total"]
    return total or 0


def statement(owner: uuid.UUID) -> QuerySet[Transfer]:
    """Every transfer that touches an account of this person."""
    mine = Q(target__owner_id=owner) | Q(source__owner_id=owner)
    return Transfer.objects.filter(mine).select_related("source", "target", "hold")


def total() -> int:
    """The sum over all accounts: zero, always (P2)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(delta), 0) FROM (SELECT amount AS delta FROM ledger_transfer UNION ALL SELECT -amount FROM ledger_transfer) t"
        )
        return int(cursor.fetchone()[0])


def issued() -> int:
    """Points that exist: what issuance has sent, less what it took back."""
    sent = Transfer.objects.filter(source__kind=Kind.ISSUANCE).aggregate(total=Sum(F("amount")))["total"] or 0
    back = Transfer.objects.filter(target__kind=Kind.ISSUANCE).aggregate(total=Sum(F("amount")))["total"] or 0
    return int(sent - back)
