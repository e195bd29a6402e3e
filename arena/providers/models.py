"""Who streams text, and which of them serves which contender."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from arena.contenders.models import Contender, price
from arena.providers.vault import SealedField


class Protocol(models.TextChoices):
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    SCRIPTED = "scripted"


class Provider(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    protocol = models.CharField(max_length=16, choices=Protocol)
    base_url = models.CharField(max_length=500)
    key_env = models.CharField(max_length=80, blank=True, help_text="Name of the environment variable that holds the key.")
    key_sealed = SealedField(help_text="A key that was entered here, encrypted; it goes before the environment's.")
    flags = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Peculiarities: max_completion_tokens, no_stream_options."
    )
    max_streams = models.PositiveIntegerField(default=100, help_text="Answers that one web process streams from it at a time.")
    price_input = price("What a contender of it costs unless it says otherwise.")
    price_output = price("What a contender of it costs unless it says otherwise.")
    enabled = models.BooleanField(default=True)
    by_hand = models.BooleanField(
        default=False, db_default=False, help_text="Changed in the console, so that no file or setting changes it back."
    )
    stranger = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="A vendor has named its address, so that OUTBOUND_ALLOW does not open it.",
    )

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """How a contender is reached: the provider, the name the provider knows it by, and its sampling parameters."""

    contender = models.OneToOneField(Contender, on_delete=models.PROTECT, related_name="route")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="routes")
    model = models.CharField(max_length=200)
    params = models.JSONField(default=dict, blank=True)
    enabled = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is drawn for no battle; battles that are open go on.")
    paused_because = models.CharField(max_length=300, blank=True, default="", db_default="")
    watched_from = models.DateTimeField(null=True, blank=True, help_text="What failed before then is not held against it.")
