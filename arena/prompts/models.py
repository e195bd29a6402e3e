"""Operators' prompt pools. Prompts are put away, never deleted: battles refer to them. What a pool held is kept version by version."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from arena import clock
from arena.append_only import AppendOnly
from arena.prompts.serving import MAX_VOTERS, Served

MIN_SIDES, MAX_SIDES = 2, 4


class Pool(Served):
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="", db_default="", help_text="What it is for; for operators.")
    guidelines = models.TextField(blank=True, default="", db_default="", help_text="What voters should look at in the answers.")
    licence = models.TextField(blank=True, default="", db_default="", help_text="Under which its texts may be passed on.")
    sides = models.PositiveSmallIntegerField(
        default=MIN_SIDES,
        db_default=MIN_SIDES,
        validators=[MinValueValidator(MIN_SIDES), MaxValueValidator(MAX_SIDES)],
        help_text="How many answers a battle on one of its prompts has, 2 to 4; three and four are put in order.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(sides__gte=MIN_SIDES, sides__lte=MAX_SIDES), name="pool_sides"),
            models.CheckConstraint(condition=models.Q(voters__gte=1, voters__lte=MAX_VOTERS), name="pool_voters"),
        ]

    def __str__(self) -> str:
        return self.title


class Prompt(models.Model):
    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="prompts")
    key = models.CharField(max_length=120, help_text="The name of the prompt within its pool.")
    text = models.TextField()
    category = models.CharField(max_length=40)
    language = models.CharField(max_length=12)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    system = models.TextField(blank=True, default="", db_default="", help_text="System prompt that both sides are given with it.")
    parameters = models.JSONField(blank=True, default=dict, db_default={}, help_text="How to sample: temperature, top_p, seed, max_tokens.")
    held_out = models.BooleanField(default=False, db_default=False, help_text="Never published, shared or offered as a suggestion.")
    chip = models.BooleanField(default=False, help_text="Short enough to be offered as a suggestion.")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "key"], name="prompt_once_in_pool")]
        indexes = [models.Index(fields=["language"], condition=models.Q(chip=True, active=True), name="prompt_chips")]


class PoolVersion(AppendOnly):
    """What a pool held after one import or edit: `sha256` is of its prompts in use as canonical JSONL. The text itself can be erased."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(help_text="From 1, without gaps, within the pool.")
    sha256 = models.CharField(max_length=64)
    count = models.PositiveIntegerField(help_text="Prompts in use.")
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    put_away = models.PositiveIntegerField()
    summary = models.CharField(max_length=200, help_text="Where the change came from.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "number"], name="pool_version_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="pool_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.pool} {self.number}"


class VersionText(models.Model):
    """The canonical JSONL of a version, compressed. Apart from the fact, so that a text can be erased and its hash stays."""

    version = models.OneToOneField(PoolVersion, on_delete=models.PROTECT, primary_key=True, related_name="text")
    deflated = models.BinaryField()


class PoolUse(models.Model):
    """What a pool has used up; written by triggers on votes and answers only, in several slots so that nobody waits for one row."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="uses")
    slot = models.PositiveSmallIntegerField()
    votes = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=20, decimal_places=9, default=0, help_text="USD.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "slot"], name="pool_use_once")]
