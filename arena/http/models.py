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


class Counter(models.Model):
    """How often one thing was done by one subject in the window that ends at `until`; see limits.py. Unlogged: gone after a crash."""

    key = models.CharField(max_length=64, primary_key=True, help_text="A keyed hash of the window's name and subject.")
    quota = models.BigIntegerField()
    taken = models.BigIntegerField()
    until = models.DateTimeField(db_index=True)
