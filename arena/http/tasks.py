"""Background entry points of the HTTP edge."""

from datetime import timedelta

from django.core.management import call_command
from procrastinate.contrib.django import app

from arena import clock
from arena.database.jobs import AGAIN
from arena.http.models import Counter, IdempotencyKey

KEPT = timedelta(days=1)


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="forget_old_replies", pass_context=False, retry=AGAIN)
def forget_old_replies(timestamp: int) -> None:
    """Every hour: remembered replies of a day ago, windows and sessions that have ended, are deleted."""
    IdempotencyKey.objects.filter(at__lt=clock.now() - KEPT).delete()
    Counter.objects.filter(until__lt=clock.now()).delete()
    call_command("clearsessions")
