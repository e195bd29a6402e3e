"""Background entry points of webhooks."""

import uuid

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from arena.database.jobs import AGAIN, FIRST, STRANGERS
from arena.vendors.hooks import actions, delivery, outbox
from arena.vendors.hooks.models import Hook, State
from arena.vendors.models import Role


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="notice_changes", lock="notice_changes", pass_context=False, retry=AGAIN)
def notice_changes(timestamp: int = 0) -> None:
    """Every minute: what has changed for organisations' contenders is written into the outbox of their webhooks."""
    outbox.notice()


@app.periodic(cron="* * * * *")
@app.task(queue=STRANGERS, priority=FIRST, queueing_lock="deliver_webhooks", lock="deliver_webhooks", pass_context=False, retry=AGAIN)
def deliver_webhooks(timestamp: int = 0) -> None:
    """As soon as there is a message, and every minute for those to be tried again: webhooks are delivered."""
    delivery.deliver()


@app.periodic(cron="47 3 * * *")
@app.task(queueing_lock="forget_messages", pass_context=False, retry=AGAIN)
def forget_messages(timestamp: int = 0) -> None:
    """Every night: messages that ended a month ago are deleted."""
    actions.forget_messages()


@app.task(retry=AGAIN)
def tell_of_disabled_webhook(hook: str) -> None:
    """Mail an organisation's owners that a webhook of theirs was switched off, and why."""
    found = Hook.objects.filter(pk=uuid.UUID(hook), state=State.DISABLED).select_related("organisation").first()
    if found is None:
        return
    owners = found.organisation.memberships.filter(role=Role.OWNER, user__is_active=True).exclude(user__email="")
    what = _("The webhook %(url)s of %(organisation)s was switched off.") % {"url": found.url, "organisation": found.organisation.name}
    how = _("Mend the receiver, then switch it on again; what waits for it is then sent:")
    body = f"{what}\n\n{found.disabled_reason}\n\n{how}\n\n{settings.PUBLIC_URL}/vendor/webhooks\n\n-- \n{settings.ARENA_NAME}\n"
    subject = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + _("A webhook was switched off")
    for email in owners.values_list("user__email", flat=True):
        send_mail(subject, body, None, [email])
