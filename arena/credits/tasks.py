"""Background entry points of the credits."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from procrastinate.contrib.django import app

from arena.credits import actions, alarms, rounds
from arena.database.jobs import AGAIN, FIRST
from arena.errors import Unsound


def _every(seconds: float) -> str:
    """A cron line (procrastinate's sixth field is seconds) that comes round about so often, between a second and an hour."""
    whole = min(3600, max(1, round(seconds)))
    return f"* * * * * */{whole}" if whole < 60 else f"*/{min(59, whole // 60)} * * * *"


def _periodic(cron: str) -> Callable[[Any], Any]:
    """Of a machine without a chain nothing is asked, so its queue is spared jobs that do nothing."""
    return app.periodic(cron=cron) if settings.CHAIN_RPC_URL else lambda task: task


@_periodic(_every(settings.SETTLE_SECONDS))
@app.task(priority=FIRST, queueing_lock="settle_epochs", lock="settle_epochs", pass_context=False)
def settle_epochs(timestamp: int = 0) -> None:
    """Every SETTLE_SECONDS: the chain's events are read, epochs go on, the guardian looks, the treasury's figures are kept, claims are sponsored."""
    rounds.go_round()


@_periodic("* * * * *")
@app.task(priority=FIRST, queueing_lock="seal_epochs", lock="seal_epochs", pass_context=False, retry=AGAIN)
def seal_epochs(timestamp: int = 0) -> None:
    """Every minute: what was converted is sealed, once EPOCH_SECONDS have passed."""
    try:
        actions.seal_due()
    except Unsound as error:
        alarms.sound("unsound", "", error.detail)
    else:
        alarms.rest("unsound")


@_periodic("* * * * *")
@app.task(priority=FIRST, queueing_lock="reconcile_money", lock="reconcile_money", pass_context=False, retry=AGAIN)
def reconcile_money(timestamp: int = 0) -> None:
    """Every minute: ledger, epochs and contracts are compared; a difference of one unit is an alarm."""
    rounds.compare()
