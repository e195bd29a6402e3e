"""A general append-only log: it takes kinds and commitments from others and knows nothing of votes."""

from django.db import models
from django.db.models import Q

from arena import clock
from arena.append_only import AppendOnly


class Pending(models.Model):
    """A fact that waits for its number; written in the fact's own transaction, gone in the one that numbers it."""

    kind = models.CharField(max_length=16)
    subject = models.UUIDField()
    commit = models.BinaryField(max_length=32)
    commit_person = models.BinaryField(max_length=32, null=True)
    at = models.DateTimeField(default=clock.now)


class Entry(AppendOnly):
    """One line of the log. `seq` is 0-based and without gaps."""

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    subject = models.UUIDField()
    commit = models.BinaryField(max_length=32)
    commit_person = models.BinaryField(max_length=32, null=True)
    time = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind"], name="entry_once"),
            models.CheckConstraint(condition=Q(seq__gte=0), name="entry_seq_from_zero"),
        ]
