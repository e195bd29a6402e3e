"""Background entry points of the console."""

from procrastinate.contrib.django import app

from arena.console import jobs
from arena.database.jobs import AGAIN


@app.periodic(cron="43 * * * *")
@app.task(queueing_lock="forget_jobs", pass_context=False, retry=AGAIN, aliases=["arena.credits.tasks.forget_rounds"])
def forget_jobs(timestamp: int = 0) -> None:
    """Every hour: what the queue remembers of jobs that ended days ago is deleted; there are thousands a day."""
    jobs.forget_ended()
