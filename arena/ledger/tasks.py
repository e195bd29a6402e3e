"""Background entry points of the ledger."""

from procrastinate.contrib.django import app

from arena.database.jobs import AGAIN, FIRST
from arena.ledger import actions


@app.periodic(cron="* * * * *")
@app.task(priority=FIRST, queueing_lock="release_due_points", pass_context=False, retry=AGAIN)
def release_due_points(timestamp: int) -> None:
    """Every minute: held awards whose time has come become available."""
    while actions.release_due():
        pass
