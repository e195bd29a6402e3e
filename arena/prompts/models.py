"""Operators' prompt pools."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from arena import clock
from arena.prompts.serving import MAX_VOTERS, Served

MIN_SIDES, MAX_SIDES = 2, 4


class Pool(Served):
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
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
    chip = models.BooleanField(default=False, help_text="Short enough to be offered as a suggestion.")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "key"], name="prompt_once_in_pool")]
        indexes = [models.Index(fields=["language"], condition=models.Q(chip=True, active=True), name="prompt_chips")]


class PoolUse(models.Model):
    """What a pool has used up; written by triggers on votes and answers only, in several slots so that nobody waits for one row."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="uses")
    slot = models.PositiveSmallIntegerField()
    votes = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=20, decimal_places=9, default=0, help_text="USD.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "slot"], name="pool_use_once")]
