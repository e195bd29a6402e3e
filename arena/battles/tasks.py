"""Background entry points of battles."""

from procrastinate.contrib.django import app

from arena.battles import budgets
from arena.database.jobs import AGAIN


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="forget_spending", pass_context=False, retry=AGAIN)
def forget_spending(timestamp: int) -> None:
    """Every night: what people used up on days before yesterday is deleted."""
    budgets.forget_past_days()
