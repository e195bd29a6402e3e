"""Background entry points of accounts."""

from procrastinate.contrib.django import app

from arena.accounts import actions
from arena.battles import actions as battles
from arena.database.jobs import AGAIN


@app.periodic(cron="27 * * * *")
@app.task(queueing_lock="forget_traces", pass_context=False, retry=AGAIN)
def forget_traces(timestamp: int) -> None:
    """Every hour: what is known of sessions that have ended, and the networks of deleted battles of days gone by, are deleted."""
    actions.forget_ended_sessions()
    battles.forget_networks()
