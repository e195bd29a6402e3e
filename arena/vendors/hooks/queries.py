"""Reading about webhooks."""

import re
import uuid
from typing import Any

from django.db.models import Count, Q, QuerySet

from arena import clock
from arena.errors import NotFound
from arena.vendors.hooks.models import Hook, Message
from arena.vendors.models import Organisation

_ID = re.compile(r"msg_([0-9a-f]{32})")


def hooks_of(organisation: Organisation) -> QuerySet[Hook]:
    """An organisation's webhooks, the oldest first, with how many messages wait and are dead."""
    counted = {state: Count("messages", filter=Q(messages__state=state)) for state in (Message.State.WAITING, Message.State.DEAD)}
    return Hook.objects.filter(organisation=organisation).annotate(**counted).order_by("created_at", "pk")


def hook_of(organisation: Organisation, id: uuid.UUID) -> Hook:
    """One of them. Raises NotFound, for one of others too."""
    found = hooks_of(organisation).filter(pk=id).first()
    if found is None:
        raise NotFound("There is no such webhook among yours.")
    return found


def message_of(hook: Hook, webhook_id: str) -> Message:
    """A message by the id that its receiver knows. Raises NotFound."""
    named = _ID.fullmatch(webhook_id)
    found = named and Message.objects.filter(hook=hook, id=uuid.UUID(named[1])).select_related("contender").first()
    if not found:
        raise NotFound("There is no such message: it was never written, or is deleted a month after its end.")
    return found


def described(hook: Hook) -> dict[str, Any]:
    """A webhook as its organisation sees it, without its secrets; one that `hooks_of` has read."""
    names = ("id", "url", "description", "events", "boards", "state", "disabled_reason", "failing_since", "created_at")
    return {
        **{name: getattr(hook, name) for name in names},
        "former_until": hook.former_until if hook.former_until and hook.former_until > clock.now() else None,
        "waiting": getattr(hook, Message.State.WAITING),
        "dead": getattr(hook, Message.State.DEAD),
    }


def told(message: Message) -> dict[str, Any]:
    """A message in brief."""
    names = ("type", "state", "created_at", "ended_at", "tries", "status", "fault")
    waits = message.state == Message.State.WAITING
    return {
        "id": message.webhook_id,
        "contender": message.contender and message.contender.slug,
        **{name: getattr(message, name) for name in names},
        "due_at": message.due_at if waits else None,
    }
