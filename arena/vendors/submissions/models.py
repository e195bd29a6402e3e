"""Contenders that organisations submit: what is said of them, how they answer, what was found out, and what was decided."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from arena import clock
from arena.contenders.models import Contender, Openness
from arena.providers.models import Protocol
from arena.providers.vault import SealedField
from arena.vendors.models import Organisation

# The fake provider is for tests.
PROTOCOLS = [Protocol.OPENAI, Protocol.ANTHROPIC, Protocol.GOOGLE]


class State(models.TextChoices):
    CHECKING = "checking"
    FAILED = "failed"  # a check was not passed: to be mended and checked again
    REVIEW = "review"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN = (State.CHECKING, State.FAILED, State.REVIEW)


class Submission(models.Model):
    """Seen by its organisation and by whoever runs the arena; nobody else learns that it exists. The key goes with the decision."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="submissions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    terms_version = models.CharField(max_length=32)
    terms_hash = models.CharField(max_length=64)

    name = models.CharField(max_length=120)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    licence = models.CharField(max_length=80, blank=True)
    openness = models.CharField(max_length=16, choices=Openness, default=Openness.UNKNOWN)
    parameters = models.CharField(max_length=32, blank=True)
    url = models.URLField(blank=True)
    price_input = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    price_output = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    system_prompt = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text="To whoever decides.")

    protocol = models.CharField(max_length=16, choices=Protocol)
    base_url = models.CharField(max_length=500)
    model = models.CharField(max_length=200)
    key = SealedField()

    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    asked_at = models.DateTimeField(default=clock.now, help_text="When it was last sent to be checked, as it is now.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    contender = models.OneToOneField(Contender, on_delete=models.PROTECT, null=True, related_name="submission")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state="accepted") | Q(contender=None), name="submission_contender_when_accepted"),
            models.CheckConstraint(condition=Q(state__in=OPEN) | Q(key=""), name="submission_key_while_open"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "at"], name="submission_queue")]
        permissions: ClassVar = [("review_submission", "Can accept or decline a submission")]

    def __str__(self) -> str:
        return self.name


class Check(models.Model):
    """One run of the automatic checks."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="checks")
    at = models.DateTimeField(default=clock.now)
    passed = models.BooleanField()
    findings = models.JSONField(help_text="Of each check: code, passed, detail, figures.")
