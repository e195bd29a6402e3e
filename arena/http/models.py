"""What the HTTP edge remembers."""

from django.db import models

from arena import clock


class IdempotencyKey(models.Model):
    """A write that was done, and the reply it got; kept for a day."""

    owner = models.UUIDField()
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")]
