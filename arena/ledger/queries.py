"""Balances and statements, all derived from transfers."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Concat

from arena.ledger.models import Account, Hold, Kind, Transfer


@dataclass(frozen=True, slots=True)
class Balances:
    """Points of one person, in whole points."""

    pending: int
    available: int
    converted: int


def balances(*owners: uuid.UUID) -> Balances:
    """What these owners (one person, and the guests that they were) hold together."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.kind, sum(coalesce((SELECT sum(amount) FROM ledger_transfer WHERE target_id = a.id), 0)"
            " - coalesce((SELECT sum(amount) FROM ledger_transfer WHERE source_id = a.id), 0))"
            " FROM ledger_account a WHERE a.owner_id = ANY(%s) GROUP BY a.kind",
            [list(owners)],
        )
        found = {kind: int(total) for kind, total in cursor.fetchall()}
    sent = Transfer.objects.filter(source__owner_id__in=owners, target__kind=Kind.CONVERSIONS).aggregate(total=Sum("amount"))["total"] or 0
    back = Transfer.objects.filter(target__owner_id__in=owners, source__kind=Kind.CONVERSIONS).aggregate(total=Sum("amount"))["total"] or 0
    return Balances(pending=found.get(Kind.PENDING, 0), available=found.get(Kind.AVAILABLE, 0), converted=int(sent - back))


def balance(account: Account) -> int:
    """What one account holds."""
    received = Transfer.objects.filter(target=account).aggregate(total=Sum("amount"))["total"] or 0
    sent = Transfer.objects.filter(source=account).aggregate(total=Sum("amount"))["total"] or 0
    return int(received - sent)


def earned_since(since: datetime, *owners: uuid.UUID) -> int:
    """Points awarded to these owners together from `since` on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(t.amount), 0) FROM ledger_account a JOIN ledger_transfer t ON t.target_id = a.id"
            " WHERE a.kind = 'pending' AND a.owner_id = ANY(%s) AND t.kind = 'award' AND t.at >= %s",
            [list(owners), since],
        )
        return int(cursor.fetchone()[0])


_RELEASED = Exists(Transfer.objects.filter(key=Concat(Value("release:"), OuterRef("key"))))


def statement(*owners: uuid.UUID) -> QuerySet[Transfer]:
    """Every transfer that touches an account of these owners; those between a guest and the person they became are none."""
    mine = Q(target__owner_id__in=owners) | Q(source__owner_id__in=owners)
    return Transfer.objects.filter(mine).exclude(kind="merge").select_related("source", "target", "hold").annotate(released=_RELEASED)


def changes(row: Transfer, *owners: uuid.UUID) -> list[tuple[str, int]]:
    """What a transfer did to the balances of these owners: the balance (`converted` among them) and by how much, what left first."""
    found: list[tuple[str, int]] = []
    if row.source.owner_id in owners:
        found.append((row.source.kind, -row.amount))
        if row.target.kind == Kind.CONVERSIONS:
            found.append(("converted", row.amount))
    if row.target.owner_id in owners:
        if row.source.kind == Kind.CONVERSIONS:
            found.append(("converted", -row.amount))
        found.append((row.target.kind, row.amount))
    return found


def available_at(row: Transfer) -> datetime | None:
    """When an award of a `statement` may be spent: while it waits, when its hold ends; None for what never was to be, or no more."""
    if row.kind != "award":
        return None
    hold: Hold | None = getattr(row, "hold", None)
    if hold:
        return hold.until
    return row.at + timedelta(seconds=settings.HOLD_SECONDS) if getattr(row, "released", False) else None


def award_available_at(key: str) -> datetime | None:
    """The same for the award with this key; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(h.until, t.at + %s * interval '1 second') FROM ledger_transfer t LEFT JOIN ledger_hold h ON h.transfer_id = t.id"
            " WHERE t.key = %s AND t.kind = 'award'"
            " AND (h.until IS NOT NULL OR EXISTS (SELECT FROM ledger_transfer r WHERE r.key = 'release:' || t.key))",
            [settings.HOLD_SECONDS, key],
        )
        row = cursor.fetchone()
    return row[0] if row else None


# One statement, one moment. What was received and sent is summed account by account: over all of them together it cancels out whatever is wrong.
_UNSOUND = """
WITH moved AS (
    SELECT id, sum(amount)::bigint AS held
    FROM (SELECT target_id, amount FROM ledger_transfer UNION ALL SELECT source_id, -amount FROM ledger_transfer) both_ends (id, amount) GROUP BY id
), waiting AS (
    SELECT coalesce(h.account_id, t.target_id) AS id, sum(t.amount)::bigint AS promised
    FROM ledger_hold h JOIN ledger_transfer t ON t.id = h.transfer_id GROUP BY 1
)
SELECT a.kind, a.id, coalesce(m.held, 0), coalesce(w.promised, 0)
FROM ledger_account a LEFT JOIN moved m USING (id) LEFT JOIN waiting w USING (id)
WHERE (a.kind <> 'issuance' AND m.held < 0) OR coalesce(w.promised, 0) <> CASE WHEN a.kind = 'pending' THEN coalesce(m.held, 0) ELSE 0 END
ORDER BY a.id
"""


def unsound() -> list[str]:
    """A sentence for each account that breaks the books: below zero (P3; issuance may), or pending points that are not the awards that wait (P2)."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSOUND)
        found = cursor.fetchall()
    return [f"the {kind} account {id} holds {held} points, and awards of {promised} wait there" for kind, id, held, promised in found]
