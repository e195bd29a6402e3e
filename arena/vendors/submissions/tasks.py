"""Background entry points of submissions."""

import uuid

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from arena import outbound, transactions
from arena.database.jobs import AGAIN, STRANGERS
from arena.vendors.submissions import actions
from arena.vendors.submissions.checks import Finding
from arena.vendors.submissions.models import State, Submission


@app.task(queue=STRANGERS, retry=AGAIN)
def check_submission(submission: str) -> None:
    """Once a contender is submitted or changed: it is asked twenty prompts, and the findings are kept."""
    found = Submission.objects.filter(pk=uuid.UUID(submission), state=State.CHECKING).select_related("organisation").first()
    if found is not None:
        transactions.let_go()  # the answers may take minutes
        actions.record_checks(found, async_to_sync(_ask, force_new_loop=True)(found))


async def _ask(submission: Submission) -> list[Finding]:
    try:
        return await actions.ask(submission)
    finally:
        await outbound.aclose()  # connections are kept by an event loop, and this one, which is this job's alone, is gone in a moment


@app.task(retry=AGAIN)
def tell_of_decision(submission: str) -> None:
    """Mail whoever submitted a contender what was decided."""
    found = Submission.objects.filter(pk=uuid.UUID(submission)).select_related("by").first()
    if found is None or found.by is None or not found.by.is_active or not found.by.email:
        return
    accepted = found.state == State.ACCEPTED
    what = (
        _("%(name)s was accepted. It is entered as a draft; you are told when it is released.") if accepted else _("%(name)s was declined.")
    )
    body = f"{what % {'name': found.name}}\n\n{found.reason}\n\n{settings.PUBLIC_URL}/vendor/submit\n\n-- \n{settings.ARENA_NAME}\n"
    send_mail(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + _("Your submission"), body, None, [found.by.email])
