"""What was asked of contenders to see whether they are still the same."""

from django.db import models

from arena import clock
from arena.contenders.models import Contender


class CanaryRun(models.Model):
    """The canary's prompts put to a contender once: `rounds` holds, by round, an answer to each."""

    class Kind(models.TextChoices):
        REFERENCE = "reference"
        CHECK = "check"

    contender = models.ForeignKey(Contender, on_delete=models.PROTECT, related_name="canary_runs")
    kind = models.CharField(max_length=12, choices=Kind)
    rounds = models.JSONField(default=list)
    noise = models.FloatField(null=True, help_text="Of the reference it was compared with, 0 to 1.")
    shift = models.FloatField(null=True, help_text="How far it is from the reference, 0 to 1.")
    flagged = models.BooleanField(default=False)
    fault = models.CharField(max_length=400, blank=True, default="", help_text="Why nothing could be compared.")
    superseded = models.BooleanField(default=False, help_text="A reference that holds no more.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["contender", "-at"], name="canary_by_contender")]
