"""How a pool reaches people: when, whom, how often, between whom, by how many voters, and what it may cost."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

MAX_VOTERS, MAX_WEIGHT = 32, 1000
TOKEN = r"[A-Za-z0-9_-]{8,32}"


class State(models.TextChoices):
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Served(models.Model):
    """What an operator says of serving a pool; all of it can be changed at any time, and holds for battles that begin afterwards."""

    active = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Since when it is of the past.")
    weight = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MaxValueValidator(MAX_WEIGHT)],
        help_text="How often it is drawn, beside the weights of other pools, when somebody asks for a prompt; 0: never.",
    )
    opens_at = models.DateTimeField(null=True, blank=True, help_text="Not before; empty: at once.")
    closes_at = models.DateTimeField(null=True, blank=True, help_text="Not from then on; empty: never.")
    cohort = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(rf"^{TOKEN}\Z")],
        help_text="Only for who comes by the link /?c= with this word: 8 to 32 letters, digits, - and _; empty: for everybody.",
    )
    contenders = ArrayField(
        models.SlugField(max_length=80), default=list, db_default=[], blank=True, help_text="Who may be drawn, by slug; empty: everybody."
    )
    voters = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_VOTERS)],
        help_text="How many people judge the same answers.",
    )
    votes_budget = models.PositiveIntegerField(null=True, blank=True, help_text="Votes in all, skips not counted; empty: no limit.")
    points_budget = models.PositiveIntegerField(null=True, blank=True, help_text="Points for all its votes; empty: no limit.")
    cost_budget = models.DecimalField(
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="USD for all its answers, by the contenders' prices; empty: no limit.",
    )

    class Meta:
        abstract = True

    @property
    def state(self) -> State:
        return State.ARCHIVED if self.archived_at else State.ACTIVE if self.active else State.PAUSED

    @property
    def shared_answers(self) -> bool:
        """Whether several people judge the same answers."""
        return self.voters > 1


def in_use(now: datetime, prefix: str = "") -> Q:
    """Pools whose prompts may be put now: neither paused nor archived, and within their time."""

    def said(**terms: object) -> Q:
        return Q(**{f"{prefix}{name}": value for name, value in terms.items()})

    opened = said(opens_at=None) | said(opens_at__lte=now)
    return said(active=True, archived_at=None) & opened & (said(closes_at=None) | said(closes_at__gt=now))
