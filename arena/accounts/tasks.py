"""Background entry points of accounts."""

import uuid

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from arena.accounts import actions
from arena.battles import actions as battles
from arena.chain.wallets import short
from arena.database.jobs import AGAIN
from arena.users import actions as users
from arena.users.models import User, Wallet


@app.periodic(cron="27 * * * *")
@app.task(queueing_lock="forget_traces", pass_context=False, retry=AGAIN)
def forget_traces(timestamp: int) -> None:
    """Every hour: what is known of ended sessions, texts to sign whose time is over, and the networks of battles deleted days ago go."""
    actions.forget_ended_sessions()
    users.forget_challenges()
    battles.forget_networks()


@app.task(retry=AGAIN)
def tell_of_wallet(person: str, wallet: str = "", address: str = "") -> None:
    """Mail a person that another wallet (its row) is linked to their account, or none (empty): it is where their credits go.

    address: instead of the row, in jobs that an earlier build has left.
    """
    user = User.objects.filter(pk=uuid.UUID(person), is_active=True).exclude(email="").first()
    if user is None:
        return
    if wallet:
        address = Wallet.objects.values_list("address", flat=True).get(pk=uuid.UUID(wallet))
    what = _("The wallet %(wallet)s was linked to your account.") % {"wallet": short(address)}
    what = what if address else _("The wallet was unlinked from your account.")
    warning = _("If that was not you, set a new password at once, end the other sessions, and link your own wallet again:")
    subject = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + _("Your wallet was changed")
    send_mail(subject, f"{what}\n\n{warning}\n\n{settings.PUBLIC_URL}/account\n\n-- \n{settings.ARENA_NAME}\n", None, [user.email])
