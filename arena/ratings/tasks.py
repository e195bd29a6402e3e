"""Background entry points of the rankings."""

from procrastinate.contrib.django import app

from arena.database.jobs import AGAIN
from arena.ratings import editions


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="keep_edition", lock="keep_edition", pass_context=False, retry=AGAIN)
def keep_edition(timestamp: int) -> None:
    """Every five minutes: the rankings of a day are kept for ever at the first look of that day (UTC)."""
    editions.keep_edition()
