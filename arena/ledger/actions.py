"""Points move here and nowhere else."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from arena import clock
from arena.errors import InsufficientFunds, TransferConflict
from arena.ledger import queries
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
    at: datetime | None = None,
) -> Transfer:
    """Move `amount` (> 0) points from `source` to `target`, once per `key`; `at` is when that came about, now unless it is told.

    The same transfer again gives the first one back. With `hold_seconds`, the points are released to the owner's available account
    after that time. Raises TransferConflict when the key was used for another transfer, InsufficientFunds when `source` would go
    below zero (the database's own trigger decides, under a lock on the account; issuance is exempt).
    """
    row = Transfer(
        key=key, source=source, target=target, amount=amount, kind=kind, reason=reason, policy=policy, subject=subject, at=at or clock.now()
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
        .select_related("transfer__target", "account")
        .filter(until__lte=clock.now())
        .order_by("until")[:limit]
    )
    for hold in due:
        award = hold.transfer
        post(
            key=f"release:{award.key}",
            source=hold.holder,
            target=account(Kind.AVAILABLE, hold.holder.owner_id),
            amount=award.amount,
            kind="release",
            reason="hold_over",
            policy=award.policy,
            subject=award.subject,
        )
    Hold.objects.filter(pk__in=[hold.pk for hold in due]).delete()
    return len(due)


@transaction.atomic
def merge(*, guest: uuid.UUID, into: uuid.UUID) -> None:
    """Give all that a guest holds to a person, once; awards that still wait go on waiting there, and are released once."""
    _move(guest, reason="signed_in", kind="merge", target=lambda which: account(which, into))
    Hold.objects.filter(_held_by(guest)).update(account=account(Kind.PENDING, into))


@transaction.atomic
def forfeit(*, owner: uuid.UUID) -> None:
    """Take back all that a person holds, once; nothing is released to them any more."""
    _move(owner, reason="account_deleted", kind="forfeit", target=lambda which: account(Kind.FORFEITED))
    Hold.objects.filter(_held_by(owner)).delete()


def _move(owner: uuid.UUID, *, reason: str, kind: str, target: Callable[[Kind], Account]) -> None:
    """Empty a person's accounts. Waiting awards are locked first, then the accounts: the order in which a release does it."""
    list(Hold.objects.select_for_update(of=("self",)).filter(_held_by(owner)).order_by("until", "pk"))
    accounts = {which: account(which, owner) for which in (Kind.PENDING, Kind.AVAILABLE)}
    list(Account.objects.select_for_update().filter(owner_id=owner).order_by("pk"))
    for which, source in accounts.items():
        if amount := queries.balance(source):
            key = f"{kind}:{owner}:{which}"
            post(key=key, source=source, target=target(which), amount=amount, kind=kind, reason=reason)


def _held_by(owner: uuid.UUID) -> Q:
    return Q(account__owner_id=owner) | Q(account=None, transfer__target__owner_id=owner)
