"""Points move here and nowhere else."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from arena import clock
from arena.errors import InsufficientFunds, TransferConflict
from arena.ledger import queries
from arena.ledger.models import Account, Debt, Hold, Kind, Transfer
from arena.users import queries as users

RELEASE_BATCH = 500
OVERDRAWN = "account_never_below_zero"
_FOR_AWARD = """
SELECT (SELECT id FROM ledger_account WHERE kind = 'issuance' AND owner_id IS NULL), id
FROM ledger_account WHERE kind = 'pending' AND owner_id = %s FOR UPDATE
"""
# A key that another transaction is about to commit is waited for.
_INSERT = """
WITH moved AS (
    INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, subject, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING id
), held AS (
    INSERT INTO ledger_hold (transfer_id, until) SELECT id, until FROM moved, (SELECT %s::timestamptz AS until) wait WHERE until IS NOT NULL
)
SELECT id FROM moved
"""


def account(kind: Kind, owner: uuid.UUID | None = None) -> Account:
    """The account of this kind, made when it is first asked for; safe at any concurrency."""
    found = Account.objects.filter(kind=kind, owner_id=owner).first()
    return found or Account.objects.get_or_create(kind=kind, owner_id=owner)[0]


def accounts_for_award(owner: uuid.UUID) -> tuple[Account, Account]:
    """The arena's source, and the person's pending account, held against others until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_FOR_AWARD, [owner])
        source, target = cursor.fetchone() or (None, None)
    if source is None or target is None:  # the first award of this person, or of all
        account(Kind.ISSUANCE), account(Kind.PENDING, owner)
        return accounts_for_award(owner)
    return Account(pk=source, kind=Kind.ISSUANCE), Account(pk=target, kind=Kind.PENDING, owner_id=owner)


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
    if not _insert(row, None if hold_seconds is None else row.at + timedelta(seconds=hold_seconds)):
        seen = Transfer.objects.get(key=key)
        if (seen.source_id, seen.target_id, seen.amount) != (source.pk, target.pk, amount):
            raise TransferConflict(f"The transfer {key} was already made with another amount or other accounts.")
        return seen
    return row


def _insert(row: Transfer, until: datetime | None) -> bool:
    """Insert the transfer, and a hold on it until then, by one statement; False when its key exists."""
    values: list[Any] = [row.key, row.source_id, row.target_id, row.amount, row.kind, row.reason, row.policy, row.subject, row.at, until]
    # What issuance sends is never refused for want of points: no savepoint is needed to go on from that.
    with transaction.atomic(savepoint=row.source.kind != Kind.ISSUANCE), connection.cursor() as cursor:
        try:
            cursor.execute(_INSERT, values)
        except IntegrityError as error:
            if OVERDRAWN in str(error):
                raise InsufficientFunds("There are not enough points for that; nothing was moved.") from error
            raise
        found = cursor.fetchone()
    if found is None:
        return False
    row.pk, row._state.adding = found[0], False
    return True


@transaction.atomic
def release_due(*, limit: int = RELEASE_BATCH) -> int:
    """Make held awards whose time has come available; gives how many. Any number of workers may run it at once."""
    waiting = Hold.objects.select_for_update(skip_locked=True).filter(until__lte=clock.now()).order_by("until")
    held = list(waiting.values_list("pk", flat=True)[:limit])
    # Read once they are held: a merge may have moved them a moment before.
    due = list(Hold.objects.select_related("transfer__target", "account").filter(pk__in=held))
    due.sort(key=lambda hold: str(hold.holder.owner_id))  # everybody goes in one order, lest two wait for each other
    owners = dict.fromkeys(hold.holder.owner_id for hold in due)
    targets = {owner: account(Kind.AVAILABLE, owner) for owner in owners}
    hold_accounts(*targets.values())
    for hold in due:
        award = hold.transfer
        post(
            key=f"release:{award.key}",
            source=hold.holder,
            target=targets[hold.holder.owner_id],
            amount=award.amount,
            kind="release",
            reason="hold_over",
            policy=award.policy,
            subject=award.subject,
        )
    _pay_debts(*targets.values())
    Hold.objects.filter(pk__in=held).delete()
    return len(due)


@transaction.atomic
def take_back(*, key: str, reason: str) -> None:
    """Take the points of an award back, once: those that wait, those that are available, and what was spent already as a debt.

    What its owner forfeited is gone already. A balance never goes below zero for it (P3). Raises Transfer.DoesNotExist when no
    award has this key.
    """
    award = Transfer.objects.select_for_update(no_key=True).get(key=key)
    if Debt.objects.filter(award=award).exists() or _reversals(award).exists():
        return
    # Without joins: what another transaction changed while this one waited for the row is read anew, what it was joined with is not.
    hold = Hold.objects.select_for_update().filter(transfer=award).first()
    if hold is not None:
        _reverse(award, hold.holder, award.amount, reason)
        hold.delete()
        return
    released = Transfer.objects.select_related("target").filter(key=f"release:{key}").first()
    if released is None:
        return
    source = _held_by_whom_it_is_now(released.target)
    left = award.amount - _collect(award, source, award.amount, reason)
    if left and not Transfer.objects.filter(source=source, kind="forfeit").exists():
        Debt.objects.create(award=award, account=source, amount=left)


@transaction.atomic
def give_back(*, key: str, conversion: Transfer, reason: str) -> Transfer:
    """Undo a conversion, once per `key`: its points are available again to whoever its owner turned out to be, who pays what they owe.

    The points of a closed account are forfeited.
    """
    if (seen := Transfer.objects.filter(key=key).first()) is not None:
        return seen
    owner = conversion.source.owner_id
    assert owner is not None
    person = users.hold_whoever_it_is_now(owner)
    target = account(Kind.FORFEITED) if person is None else account(Kind.AVAILABLE, person)
    if person is not None:
        hold_accounts(target)
    row = post(key=key, source=conversion.target, target=target, amount=conversion.amount, kind="void", reason=reason)
    if person is not None:
        _pay_debts(target)
    return row


def hold_accounts(*accounts: Account) -> None:
    """Keep the balances of these from falling, and new debts from them, until the transaction ends."""
    list(Account.objects.select_for_update(no_key=True).filter(pk__in=[row.pk for row in accounts]).order_by("pk"))


def _held_by_whom_it_is_now(available: Account) -> Account:
    """The available account of the person whom this account's owner turned out to be, held."""
    assert available.owner_id is not None
    hold_accounts(available)  # no merge is under way from here on
    person = users.merged_into(available.owner_id)
    if person is None:
        return available
    theirs = account(Kind.AVAILABLE, person)
    hold_accounts(theirs)
    return theirs


def _collect(award: Transfer, source: Account, amount: int, reason: str) -> int:
    """Take up to `amount` from an account that is held; gives how much there was."""
    found = min(queries.balance(source), amount)
    if found:
        _reverse(award, source, found, reason)
    return found


def _reversals(award: Transfer) -> QuerySet[Transfer]:
    return Transfer.objects.filter(key__startswith=f"reversal:{award.key}:")


def _reverse(award: Transfer, source: Account, amount: int, reason: str) -> None:
    post(
        key=f"reversal:{award.key}:{_reversals(award).count()}",
        source=source,
        target=account(Kind.FORFEITED),
        amount=amount,
        kind="reversal",
        reason=reason,
        policy=award.policy,
        subject=award.subject,
    )


def _pay_debts(*accounts: Account) -> None:
    """What people owe is paid first, the oldest award's first, from what has come to their accounts, which are held."""
    for debt in Debt.objects.select_related("award", "account").filter(account__in=accounts).order_by("pk"):
        debt.amount -= _collect(debt.award, debt.account, debt.amount, "debt_paid")
        if debt.amount:
            debt.save(update_fields=["amount"])
        else:
            debt.delete()


@transaction.atomic
def merge(*, guest: uuid.UUID, into: uuid.UUID) -> None:
    """Give all that a guest holds and owes to a person, once; awards that still wait go on waiting there, and are released once."""
    _hold_all(guest)
    theirs = account(Kind.AVAILABLE, into)
    hold_accounts(theirs)
    _move(guest, reason="signed_in", kind="merge", target=lambda which: account(which, into))
    Hold.objects.filter(_held_by(guest)).update(account=account(Kind.PENDING, into))
    Debt.objects.filter(account__owner_id=guest).update(account=theirs)
    _pay_debts(theirs)


@transaction.atomic
def forfeit(*, owner: uuid.UUID) -> None:
    """Take back all that a person holds, once; nothing is released to them any more. What they owe stays on record."""
    _hold_all(owner)
    _move(owner, reason="account_deleted", kind="forfeit", target=lambda which: account(Kind.FORFEITED))
    Hold.objects.filter(_held_by(owner)).delete()


def _hold_all(owner: uuid.UUID) -> None:
    """Hold a person's awards that wait, then their accounts: the order in which a release does it."""
    list(Hold.objects.select_for_update(of=("self",)).filter(_held_by(owner)).order_by("until", "pk"))
    for which in (Kind.PENDING, Kind.AVAILABLE):
        account(which, owner)
    list(Account.objects.select_for_update().filter(owner_id=owner).order_by("pk"))


def _move(owner: uuid.UUID, *, reason: str, kind: str, target: Callable[[Kind], Account]) -> None:
    """Empty a person's accounts, which are held."""
    for which in (Kind.PENDING, Kind.AVAILABLE):
        source = account(which, owner)
        if amount := queries.balance(source):
            key = f"{kind}:{owner}:{which}"
            post(key=key, source=source, target=target(which), amount=amount, kind=kind, reason=reason)


def _held_by(owner: uuid.UUID) -> Q:
    return Q(account__owner_id=owner) | Q(account=None, transfer__target__owner_id=owner)
