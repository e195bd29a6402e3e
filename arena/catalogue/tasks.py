"""Background entry points of the catalogue."""

from procrastinate.contrib.django import app

from arena.battles import budgets
from arena.catalogue import actions, notices
from arena.contenders.models import Contender, Event
from arena.database.jobs import AGAIN, STRANGERS


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="watch_contenders", lock="watch_contenders", pass_context=False, retry=AGAIN)
def watch_contenders(timestamp: int) -> None:
    """Every minute: contenders that fail too often are paused, and who runs the arena is told."""
    actions.pause_failing()


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="send_canaries", pass_context=False, retry=AGAIN)
def send_canaries(timestamp: int) -> None:
    """Every hour: who was not looked at for CANARY_SECONDS is asked the canary's prompts."""
    for contender in actions.due_for_canary():
        actions.send_canary(contender)
    actions.forget_old_runs()


@app.task(queue=STRANGERS, pass_context=False, retry=AGAIN)
def ask_canary(contender: int) -> None:
    """One contender is asked the canary's prompts, and quarantined if it is no more what it was; not once the day's budget is spent."""
    found = Contender.objects.select_related("route__provider").filter(pk=contender, route__isnull=False).first()
    if found and not budgets.day_is_spent():
        actions.look(found)


@app.task(pass_context=False, retry=AGAIN)
def tell_operators(event: int) -> None:
    """A mail to who runs the arena: a contender was paused, or quarantined."""
    notices.tell_operators(Event.objects.select_related("contender").get(pk=event))
