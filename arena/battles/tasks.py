"""Background entry points of battles."""

from procrastinate.contrib.django import app

from arena.battles import budgets


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="forget_spending", pass_context=False)
def forget_spending(timestamp: int) -> None:
    """Every night: what people used up on days before yesterday is deleted."""
    budgets.forget_past_days()
