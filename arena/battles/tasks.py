"""Background entry points of battles."""

from procrastinate.contrib.django import app

from arena.battles import actions, budgets, projector
from arena.database.jobs import AGAIN
from arena.ratings import actions as ratings


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="forget_spending", pass_context=False, retry=AGAIN)
def forget_spending(timestamp: int) -> None:
    """Every night: what people used up on days before yesterday is deleted."""
    budgets.forget_past_days()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="build_boards", lock="build_boards", pass_context=False, retry=AGAIN)
def build_boards(timestamp: int = 0) -> None:
    """As soon as one is wanted, and every minute: boards are folded from the beginning, in the shadow of the live ones."""
    projector.build_all()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="analyse_boards", lock="analyse_boards", pass_context=False, retry=AGAIN)
def analyse_boards(timestamp: int) -> None:
    """Every minute: the statistics of boards that have grown are made anew, and states of boards are kept for ever when it is time."""
    from arena.battles import statistics  # and scipy, a sixth of what any process takes to start; only workers need it

    ratings.archive_due()
    statistics.analyse_due()


@app.periodic(cron="3 0 * * *")
@app.task(queueing_lock="move_windows", pass_context=False, retry=AGAIN)
def move_windows(timestamp: int) -> None:
    """Every night: boards over the last so many days are folded anew from a day later."""
    ratings.want_windows()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="measure_styles", lock="measure_styles", pass_context=False, retry=AGAIN)
def measure_styles(timestamp: int) -> None:
    """Every minute: what the answers of new votes look like is kept as numbers, which outlive the texts."""
    actions.measure_styles()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="scan_texts", lock="scan_texts", pass_context=False, retry=AGAIN)
def scan_texts(timestamp: int) -> None:
    """Every minute: what was judged is looked through for personal data, so that it may be published one day."""
    actions.scan_texts()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ask_about_answers", lock="ask_about_answers", pass_context=False, retry=AGAIN)
def ask_about_answers(timestamp: int) -> None:
    """Every minute, where a checker outside is set: it is asked about the answers that have ended."""
    actions.ask_about_answers()
