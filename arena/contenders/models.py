"""The entries on the board, and the append-only register of what became of each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from arena import clock
from arena.append_only import AppendOnly


class State(models.TextChoices):
    DRAFT = "draft"
    PRIVATE_TEST = "private_test"
    PRELIMINARY = "preliminary"
    LISTED = "listed"
    RETIRED = "retired"


class Openness(models.TextChoices):
    OPEN = "open"
    OPEN_WEIGHTS = "open-weights"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Contender(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    vendor = models.CharField(max_length=120)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True, help_text="Other names that would give it away.")
    licence = models.CharField(max_length=80, blank=True)
    openness = models.CharField(max_length=16, choices=Openness, default=Openness.UNKNOWN)
    parameters = models.CharField(max_length=32, blank=True)
    url = models.URLField(blank=True)
    price_input = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, help_text="USD per million tokens.")
    price_output = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, help_text="USD per million tokens.")
    toy = models.BooleanField(default=False, help_text="A tiny model that is only there for a first look.")
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Event(AppendOnly):
    """One line of the register: added, private test, released, retired, moved, with the reason."""

    class Kind(models.TextChoices):
        ADDED = "added"
        PRIVATE_TEST = "private_test"
        RELEASED = "released"
        RETIRED = "retired"
        MOVED = "moved"
        RENAMED = "renamed"

    contender = models.ForeignKey(Contender, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(default=clock.now)
