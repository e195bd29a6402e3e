"""Verbs about webhooks."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from arena import clock
from arena.errors import Conflict, InvalidInput
from arena.outbound import Secret
from arena.providers import vault
from arena.vendors.hooks import outbox, signing
from arena.vendors.hooks.changes import TEST
from arena.vendors.hooks.models import Hook, Message, State
from arena.vendors.models import Organisation

MOST_HOOKS = 10
FORMER_HOURS = 24
KEPT = timedelta(days=30)
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@transaction.atomic
def add_hook(
    *, organisation: Organisation, url: str, events: Sequence[str], boards: Sequence[str] = (), description: str = ""
) -> tuple[Hook, Secret]:
    """A hook at this address, and its secret, which nobody is shown again. Raises InvalidInput for an address, Conflict for one that is there
    already, or for too many."""
    held = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if held.hooks.count() >= MOST_HOOKS:
        raise Conflict(f"There are {MOST_HOOKS} webhooks already, which is as many as an organisation may have. Delete one first.")
    address = checked(url)
    _refuse_twice(held, address)
    secret = _new_secret()
    hook = Hook.objects.create(
        organisation=held,
        url=address,
        events=sorted(set(events)),
        boards=sorted(set(boards)),
        description=description,
        secret=vault.seal(secret),
        created_at=clock.now(),
    )
    return hook, secret


@transaction.atomic
def change_hook(hook: Hook, *, active: bool | None = None, url: str | None = None, **fields: object) -> Hook:
    """Change what is given. Switched on, it is tried at once with all that waits for it. Raises InvalidInput, Conflict for an address."""
    Organisation.objects.select_for_update(no_key=True).get(pk=hook.organisation_id)
    held = Hook.objects.select_for_update().get(pk=hook.pk)
    if url is not None:
        held.url = checked(url)
        _refuse_twice(held.organisation, held.url, but=held)
    for name, value in fields.items():
        setattr(held, name, value)
    if active is False and held.state == State.ACTIVE:
        held.state = State.PAUSED
    if active and held.state != State.ACTIVE:
        held.state, held.disabled_reason, held.failing_since, held.failed_at = State.ACTIVE, "", None, None
        held.messages.filter(state=Message.State.WAITING).update(due_at=clock.now(), wanted_at=clock.now(), tries=0)
        outbox.send_for_courier()
    held.save()
    return held


@transaction.atomic
def renew_secret(hook: Hook) -> tuple[Hook, Secret]:
    """Another secret. The one before signs as well for FORMER_HOURS, so that the receiver can change in peace."""
    held, secret = Hook.objects.select_for_update().get(pk=hook.pk), _new_secret()
    held.former_secret, held.former_until = held.secret, clock.now() + timedelta(hours=FORMER_HOURS)
    held.secret = vault.seal(secret)
    held.save(update_fields=["secret", "former_secret", "former_until"])
    return held, secret


@transaction.atomic
def send_test(hook: Hook) -> Message:
    """Write a message that says nothing but that it arrives. Raises Conflict while another waits, or the hook is off."""
    held = Hook.objects.select_for_update().get(pk=hook.pk)
    if held.state != State.ACTIVE:
        raise Conflict("This webhook is switched off. Switch it on first.")
    if held.messages.filter(type=TEST, state=Message.State.WAITING).exists():
        raise Conflict("A test is on its way already.")
    data = {"webhook": str(held.pk), "organisation": held.organisation.slug}
    message = outbox.write(held, type=TEST, data=data, at=clock.now())
    outbox.send_for_courier()
    return message


@transaction.atomic
def replay(messages: Sequence[Message]) -> int:
    """Have messages sent again under the ids that they have, at once and with all their tries before them; gives how many.

    One that waits is tried at once. They take the place that they had: before whatever is newer about the same contender and waits.
    """
    now = clock.now()
    fields = {"state": Message.State.WAITING, "wanted_at": now, "due_at": now, "tries": 0, "ended_at": None}
    changed = Message.objects.filter(pk__in=[message.pk for message in messages]).update(**fields)
    outbox.send_for_courier()
    return changed


@transaction.atomic
def replay_since(hook: Hook, *, since: datetime, dead_only: bool = True) -> int:
    """The same for all messages of a hook that were written from then on and have ended; only the dead ones unless told otherwise."""
    ended = [Message.State.DEAD] if dead_only else [Message.State.DEAD, Message.State.DELIVERED]
    return replay(list(hook.messages.filter(created_at__gte=since, state__in=ended).order_by("pk")))


def forget_messages() -> int:
    """Delete what ended KEPT ago, with its tries; gives how many rows went."""
    return Message.objects.filter(ended_at__lt=clock.now() - KEPT).delete()[0]


def checked(url: str) -> str:
    """An address that can be posted to. Raises InvalidInput. Whether it leads to a private network is seen when it is connected to."""
    try:
        parts = urlsplit(url)
        well = bool(parts.hostname) and not parts.username and not parts.password and (parts.port is None or parts.port > 0)
    except ValueError:
        well = False
    if not well or not _VISIBLE.fullmatch(url) or parts.fragment:
        raise _not_so("This is not an address that can be posted to. It looks like https://example.org/hooks.")
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.DEBUG):
        raise _not_so("A webhook's address begins with https://.")
    return url


def _not_so(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, errors=[{"field": "url", "message": sentence}])


def _refuse_twice(organisation: Organisation, url: str, but: Hook | None = None) -> None:
    """Whoever adds a webhook twice, because the first reply was lost, is told so. The organisation's row is held."""
    others = organisation.hooks.filter(url=url)
    if (others if but is None else others.exclude(pk=but.pk)).exists():
        raise Conflict("There is a webhook at this address already. If you have lost its secret, ask for a new one.")


def _new_secret() -> Secret:
    return Secret(signing.secret(clock.new_salt()))
