"""Webhooks of organisations, the messages for them (the outbox), and how each try went.

A message is written in the transaction that takes note of a change (`Told` moves with it), and sent later by a worker: so nothing that was
noted is lost, whoever dies when. Of the messages about one contender only the first that waits may be sent.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from arena import clock
from arena.contenders.models import Contender
from arena.providers.vault import SealedField
from arena.vendors.hooks.changes import EVENTS
from arena.vendors.models import Organisation


class State(models.TextChoices):
    ACTIVE = "active"
    PAUSED = "paused"  # by its organisation
    DISABLED = "disabled"  # by us: it failed for long, or said that it is gone


class Hook(models.Model):
    """An address that an organisation wants to be told at. Its secrets are sealed; nobody is shown one twice."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="hooks")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=40), default=list, help_text=f"Of {', '.join(EVENTS)}.")
    boards = ArrayField(models.CharField(max_length=80), default=list, blank=True, help_text="Places on these boards only; none for all.")
    secret = SealedField()
    former_secret = SealedField(help_text="The one before, which signs too until former_until.")
    former_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    disabled_reason = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True, help_text="Since when no message has arrived; empty while they do.")
    failed_at = models.DateTimeField(null=True, help_text="The newest failure.")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "url"], name="hook_once")]

    def __str__(self) -> str:
        return self.url


class Message(models.Model):
    """One message for one hook. `number` is the order in which those about a contender are sent; `id` stays the same over all tries."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        DEAD = "dead"  # tried for days, given up; can be sent again by hand

    number = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=clock.new_id, editable=False)
    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="messages")
    contender = models.ForeignKey(Contender, on_delete=models.PROTECT, null=True, related_name="+", help_text="None in a test.")
    type = models.CharField(max_length=40)
    body = models.TextField(help_text="To the letter what is signed and sent.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(default=clock.now)
    wanted_at = models.DateTimeField(default=clock.now, help_text="When it was written, or last asked for again.")
    due_at = models.DateTimeField(default=clock.now)
    tries = models.PositiveIntegerField(default=0, help_text="Since wanted_at.")
    lease_until = models.DateTimeField(null=True, help_text="Until when whoever sends it now is believed to live.")
    ended_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="What the receiver answered at the latest try; empty where none did.")
    fault = models.CharField(max_length=200, blank=True, help_text="What was wrong at the latest try.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & Q(ended_at__isnull=False)), name="message_ended"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["hook", "contender", "number"], condition=Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["hook", "-number"], name="message_of_hook"),
            models.Index(fields=["ended_at"], name="message_ended_at"),
        ]

    @property
    def webhook_id(self) -> str:
        """What receivers know it by, and tell a repetition by."""
        return f"msg_{self.id.hex}"


class Attempt(models.Model):
    """One try to deliver a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=clock.now)
    status = models.PositiveSmallIntegerField(null=True, help_text="What the receiver answered; empty where none did.")
    fault = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField()


class Told(models.Model):
    """What an organisation has been told of a contender of its own; the row's lock puts the messages about it in order."""

    contender = models.OneToOneField(Contender, on_delete=models.PROTECT, primary_key=True, related_name="+")
    event = models.BigIntegerField(help_text="The newest line of the register; of one contender they come in the order of their ids.")
    places = models.JSONField(default=dict, help_text="By board: its place there when that was last told.")
    at = models.DateTimeField(default=clock.now)
