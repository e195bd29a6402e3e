"""Points move here and nowhere else."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from arena import clock
from arena.errors import InsufficientFunds, TransferConflict
from arena.ledger.models import Account, Hold, Kind, Transfer

RELEASE_BATCH = 500
OVERDRAWN = "account_never_below_zero"


def account(kind: Kind, owner: uuid.UUID | None = None) -> Account:
    """The account of this kind, made when it is first asked for; safe at any concurrency."""
    found = Account.objects.filter(kind=kind, owner_id=owner).first()
    return found or Account.objects.get_or_create(kind=kind, owner_id=owner)[0]


@transaction.atomic
def post(
    *,
    key: str,
    source: Account,
    target: Account,
    amount: int,
    kind: str,
    reason: str,
    policy: str = "",
    subject: uuid.UUID | None = None,
    hold_seconds: int | None = None,
) -> Transfer:
    """Move `amount` (> 0) points from `source` to `target`, once per `key`.

    The same transfer again gives the first one back. With `hold_seconds`, the points are released to the owner's available account
    after that time. Raises TransferConflict when the key was used for another transfer, InsufficientFunds when `source` would go
    below zero (the database's own trigger decides, under a lock on the account; issuance is exempt).
    """
    row = Transfer(
        key=key, source=source, target=target, amount=amount, kind=kind, reason=reason, policy=policy, subject=subject, at=clock.now()
    )
    if not _insert(row):
        seen = Transfer.objects.get(key=key)
        if (seen.source_id, seen.target_id, seen.amount) != (source.pk, target.pk, amount):
            raise TransferConflict(f"The transfer {key} was already made with another amount or other accounts.")
        return seen
    if hold_seconds is not None:
        Hold.objects.create(transfer=row, until=row.at + timedelta(seconds=hold_seconds))
    return row


def _insert(row: Transfer) -> bool:
    """Insert unless the key exists; a key that another transaction is about to commit is waited for."""
    values: list[Any] = [row.key, row.source_id, row.target_id, row.amount, row.kind, row.reason, row.policy, row.subject, row.at]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, subject, at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING id",
                values,
            )
            found = cursor.fetchone()
    except IntegrityError as error:
        if OVERDRAWN in str(error):
            raise InsufficientFunds("There are not enough points for that; nothing was moved.") from error
        raise
    if found is None:
        return False
    row.pk, row._state.adding = found[0], False
    return True


@transaction.atomic
def release_due(*, limit: int = RELEASE_BATCH) -> int:
    """Make held awards whose time has come available; gives how many. Any number of workers may run it at once."""
    due = list(
        Hold.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("transfer", "transfer__target")
        .filter(until__lte=clock.now())
        .order_by("until")[:limit]
    )
    for hold in due:
        award = hold.transfer
        post(
            key=f"release:{award.key}",
            source=award.target,
            target=account(Kind.AVAILABLE, award.target.owner_id),
            amount=award.amount,
            kind="release",
            reason="hold_over",
            policy=award.policy,
            subject=award.subject,
        )
    Hold.objects.filter(pk__in=[hold.pk for hold in due]).delete()
    return len(due)
