"""Points become a promise of credits to the wallet that is the person's now."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.module_loading import import_string

from arena import clock, metrics, transactions
from arena.credits import queries
from arena.credits.models import Conversion
from arena.errors import Conflict, InvalidInput, NotEligible, WalletRequired
from arena.ledger import actions as ledger
from arena.ledger.models import Kind
from arena.users import queries as users
from arena.users.models import User

Check = Callable[[uuid.UUID, str, int], str | None]


def check_eligible(*, person: User, points: int) -> str:
    """Ask the operator's own check (`CONVERSION_CHECK`) whether the person may convert; gives the wallet that it was asked about.

    It may ask others, so it is asked before the transaction. Raises WalletRequired, or NotEligible with the check's sentence.
    """
    wallet = _wallet_of(person)
    if settings.CONVERSION_CHECK:
        check: Check = import_string(settings.CONVERSION_CHECK)
        transactions.let_go()
        if sentence := check(person.pk, wallet, points):
            raise NotEligible(sentence)
    return wallet


@transaction.atomic
def convert(*, person: User, points: int, units_per_point: int, wallet: str) -> Conversion:
    """Turn `points` of what the person may spend into credits for `wallet`, theirs now, at the rate that they agreed to.

    Raises InvalidInput below the minimum; Conflict for another rate or wallet than the one in force, for more than is left of today's or
    this month's cap (UTC, over all that the person was) or than one epoch may add, and where the arena has no credits or its epochs are
    another contract's; InsufficientFunds; WalletRequired; SignInRequired and the errors of consent.
    """
    users.hold_present(person)
    users.require_consent(person)
    if not queries.enabled():
        raise Conflict("This arena gives out no credits; nothing was converted.")
    if units_per_point != settings.UNITS_PER_POINT:
        raise Conflict(f"A point is worth {settings.UNITS_PER_POINT} units now, not {units_per_point}. Look again; nothing was converted.")
    if left := queries.left_behind():
        raise Conflict(f"{left} Nothing can be converted until who runs the arena has put that right; nothing was.")
    if points * units_per_point > (cap := queries.epoch_cap()):
        raise Conflict(f"No more than {cap // units_per_point} points can be converted at a time; nothing was converted.")
    if points < settings.CONVERSION_MINIMUM:
        raise InvalidInput(f"Convert {settings.CONVERSION_MINIMUM} points or more at a time; nothing was converted.")
    if _wallet_of(person) != wallet:
        raise Conflict("Your wallet has changed meanwhile. Look again; nothing was converted.")
    source, target = ledger.account(Kind.AVAILABLE, person.pk), ledger.account(Kind.CONVERSIONS)
    ledger.hold_accounts(source)  # whoever spends the same points waits here, so the caps are exact
    _check_caps(users.selves(person), points)
    id = clock.new_id()
    transfer = ledger.post(
        key=f"conversion:{id}",
        source=source,
        target=target,
        amount=points,
        kind="conversion",
        reason="converted",
        policy=queries.rate_name(),
    )
    transaction.on_commit(lambda: metrics.POINTS_CONVERTED.inc(points))
    return Conversion.objects.create(
        id=id,
        owner=person,
        wallet=wallet,
        points=points,
        units_per_point=units_per_point,
        units=points * units_per_point,
        transfer=transfer,
        at=transfer.at,
    )


def _wallet_of(person: User) -> str:
    users.check_policy(person)
    found = users.wallet_of(person)
    if found is None:
        raise WalletRequired("Link a wallet first: that is where the credits go. Nothing was converted.")
    if found.chain_id != settings.CHAIN_ID:
        raise WalletRequired("Your wallet was linked for another chain than this arena's now. Link it anew first; nothing was converted.")
    return found.address


def left(selves: Sequence[uuid.UUID], since: datetime, cap: int) -> int:
    """Points that these may still convert of a cap that counts from `since` on; what was taken back counts no more."""
    mine = Conversion.objects.filter(owner__in=selves, at__gte=since, void=None)
    return max(0, cap - (mine.aggregate(total=Sum("points"))["total"] or 0))


def today() -> datetime:
    """When this day began, in UTC."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _check_caps(selves: Sequence[uuid.UUID], points: int) -> None:
    midnight = today()
    for since, cap, told in (
        (midnight, settings.CONVERSION_DAILY_CAP, "today"),
        (midnight.replace(day=1), settings.CONVERSION_MONTHLY_CAP, "this month"),
    ):
        if points > (most := left(selves, since, cap)):
            raise Conflict(f"You can convert {most} points more {told} (UTC); nothing was converted.")
