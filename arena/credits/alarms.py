"""What does not add up, or does not go on, about money: opened and closed by what is the case, never by hand."""

import logging
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Count

from arena import clock, metrics
from arena.credits.models import Alarm

log = logging.getLogger("arena.credits")


@transaction.atomic
def keep(code: str, now: Mapping[str, str]) -> None:
    """Have exactly the subjects in `now` (with a sentence each) alarmed under this code: opens what is new, closes what is no longer so.

    Safe to repeat and at any concurrency: one open alarm a code and subject.
    """
    for alarm in Alarm.objects.select_for_update().filter(code=code, closed_at=None):
        if alarm.subject not in now:
            alarm.closed_at = clock.now()
            alarm.save(update_fields=["closed_at"])
            log.info("money alarm closed", extra={"code": code, "subject": alarm.subject})
        elif alarm.detail != now[alarm.subject]:
            alarm.detail = now[alarm.subject]
            alarm.save(update_fields=["detail"])
    for subject, detail in now.items():
        _open(code, subject, detail)


def sound(code: str, subject: str, detail: str) -> None:
    """Open one alarm, or bring the sentence of the open one up to date; others of its code are left as they are."""
    if not _open(code, subject, detail):
        Alarm.objects.filter(code=code, subject=subject, closed_at=None).exclude(detail=detail).update(detail=detail)


def rest(code: str, subject: str = "") -> None:
    """Close the alarm of this code and subject, if one is open."""
    Alarm.objects.filter(code=code, subject=subject, closed_at=None).update(closed_at=clock.now())


def _open(code: str, subject: str, detail: str) -> bool:
    """Whether it was this call that opened it."""
    if Alarm.objects.filter(code=code, subject=subject, closed_at=None).exists():
        return False
    try:
        with transaction.atomic():
            Alarm.objects.create(code=code, subject=subject, detail=detail)
    except IntegrityError:  # somebody else did a moment ago
        return False
    log.error("money alarm: %s", detail, extra={"code": code, "subject": subject})
    return True


def show() -> None:
    """Bring this process's gauge up to date; a code without an open alarm reads 0."""
    counts = dict(Alarm.objects.filter(closed_at=None).values_list("code").annotate(Count("pk")))
    for code in CODES:
        metrics.MONEY_ALARMS.labels(code).set(counts.get(code, 0))


# Every code, and what it says. docs/OPERATIONS.md tells what to do about each.
CODES = {
    "fault": "A part of the settlement ended in an error",
    "chain_unavailable": "The chain cannot be asked, or is another one",
    "unsound": "The books do not add up: no epoch was sealed",
    "vetoed": "The guardian cannot derive an epoch again from its data: it is vetoed",
    "uncovered": "The treasury does not cover an epoch: nothing was signed",
    "refused": "The contract would refuse a transaction: nothing was signed",
    "foreign_epoch": "The contract holds an epoch that was not sealed here",
    "overtaken": "Something else has used a nonce of ours",
    "stuck": "A transaction has not been mined for long",
    "lost": "A transaction that was mined for good is gone",
    "signer_empty": "An account that signs cannot pay for gas",
    "ledger": "Points that left the ledger are not the units that were converted",
    "committed": "The contract has committed another total than our last good epoch",
    "leaves": "An epoch's leaves do not come to its total",
    "supply": "Credits that exist or were redeemed are not those that were claimed",
    "paid_out": "More was paid out than was redeemed",
    "liabilities": "The treasury holds less than it owes",
    "nonce": "The chain has seen other transactions of a signer than ours",
}
