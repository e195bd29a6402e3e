"""The entries on the board, and the append-only register of what became of each."""

from typing import Any

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


class Endpoint(models.TextChoices):
    """Who runs the machines that answer."""

    FIRST_PARTY = "first-party"
    THIRD_PARTY = "third-party"
    UNKNOWN = "unknown"


def price(help_text: str = "") -> Any:
    """A column for a price."""
    told = f"USD per million tokens. {help_text}".strip()
    return models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, help_text=told)


class Contender(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    vendor = models.CharField(max_length=120)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True, help_text="Other names that would give it away.")
    licence = models.CharField(max_length=80, blank=True)
    openness = models.CharField(max_length=16, choices=Openness, default=Openness.UNKNOWN)
    parameters = models.CharField(max_length=32, blank=True)
    context = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens that it can take in.")
    url = models.URLField(blank=True)
    links = models.JSONField(default=list, db_default=[], blank=True, help_text='Further pages: [{"title": ..., "url": ...}].')
    endpoint = models.CharField(max_length=16, choices=Endpoint, default=Endpoint.UNKNOWN, db_default=Endpoint.UNKNOWN)
    system_prompt = models.TextField(blank=True, default="", db_default="", help_text="Sent before every conversation; public.")
    price_input = price()
    price_output = price()
    toy = models.BooleanField(default=False, help_text="A tiny model that is only there for a first look.")
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    quarantined_at = models.DateTimeField(null=True, blank=True, help_text="Since when its votes are not rated: it may not be what it was.")
    by_hand = models.BooleanField(
        default=False, db_default=False, help_text="Changed in the console, so that no file or setting changes it back."
    )
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def hidden(self) -> bool:
        """Whether nobody but operators may know of it."""
        return self.state in (State.DRAFT, State.PRIVATE_TEST)


class Event(AppendOnly):
    """One line of the register: what became of a contender, with the reason. `facts` are figures of the line, as of then."""

    class Kind(models.TextChoices):
        ADDED = "added"
        PRIVATE_TEST = "private_test"
        DISCLOSED = "disclosed"
        RELEASED = "released"
        LISTED = "listed"
        RETIRED = "retired"
        MOVED = "moved"
        RENAMED = "renamed"
        PAUSED = "paused"
        RESUMED = "resumed"
        QUARANTINED = "quarantined"
        CLEARED = "cleared"

    contender = models.ForeignKey(Contender, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    reason = models.TextField(blank=True)
    facts = models.JSONField(default=dict, db_default={}, blank=True)
    at = models.DateTimeField(default=clock.now)
