"""Boards are folds over the log: everything here but ParameterChange and Archived can be deleted and made again."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from arena import clock
from arena.append_only import AppendOnly
from arena.contenders.models import Contender
from arena.ratings.filters import Filter


def _names(of: str) -> Any:
    return ArrayField(models.CharField(max_length=80), default=list, db_default=[], blank=True, help_text=f"Only these {of}; none for all.")


class Board(models.Model):
    """A filter over ballots, and the rating table that they give.

    `generation` counts how often it was folded from the beginning (0: not yet, so nothing is to be seen of it), `wanted` how often it
    should have been: a worker folds a new generation in the shadow and puts it in the place of the live one.
    """

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    position = models.PositiveIntegerField(default=0)
    categories = _names("categories")
    languages = _names("languages")
    pools = _names("pools")
    since = models.DateTimeField(null=True, blank=True, help_text="Votes cast from then on.")
    until = models.DateTimeField(null=True, blank=True, help_text="Votes cast before then.")
    window_days = models.PositiveIntegerField(null=True, blank=True, help_text="Votes of so many days, folded anew every night.")
    window_from = models.DateTimeField(null=True, editable=False, help_text="Where the window began when it was last folded.")
    ties = models.BooleanField(default=True, db_default=True, help_text="Whether a tie counts as a draw; else not at all.")
    both_bad = models.BooleanField(default=True, db_default=True, help_text="Whether both bad counts as a draw; else not at all.")
    minimum_votes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Fewer are preliminary; empty for the arena's own minimum."
    )
    generation = models.PositiveIntegerField(default=0, db_default=1)
    wanted = models.PositiveIntegerField(default=1, db_default=1)
    progress = models.FloatField(default=0, db_default=1, help_text="Of the generation in the making, 0 to 1.")
    amended_seq = models.BigIntegerField(default=-1, db_default=-1, help_text="The newest amendment that the ratings take account of.")
    last_seq = models.BigIntegerField(default=-1, help_text="The newest log entry that the ratings contain.")
    votes = models.BigIntegerField(default=0, help_text="Rated votes up to last_seq.")
    draws = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.title

    @property
    def filter(self) -> Filter:
        """What it counts; a rolling window as of its latest folding."""
        begins: list[datetime] = [moment for moment in (self.since, self.window_from) if moment is not None]
        return Filter(
            categories=frozenset(self.categories),
            languages=frozenset(self.languages),
            pools=frozenset(self.pools),
            since=max(begins, default=None),
            until=self.until,
            ties=self.ties,
            both_bad=self.both_bad,
        )


class ParameterChange(AppendOnly):
    """TrueSkill's parameters from one log entry on. Replay reads them and never estimates again."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="parameter_changes")
    step = models.BigIntegerField(help_text="Rated votes at which it was decided: 0 for the first.")
    mu0 = models.FloatField()
    sigma0 = models.FloatField()
    beta = models.FloatField()
    tau = models.FloatField()
    draw_probability = models.FloatField()
    salt = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "step"], name="parameter_step_once"),
            models.CheckConstraint(condition=Q(draw_probability__gt=0, draw_probability__lt=1), name="draw_probability_open_unit"),
        ]


class Rating(models.Model):
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="ratings")
    contender = models.ForeignKey(Contender, on_delete=models.PROTECT, related_name="ratings")
    mu = models.FloatField()
    sigma = models.FloatField()
    votes = models.BigIntegerField(default=0)
    wins = models.BigIntegerField(default=0)
    losses = models.BigIntegerField(default=0)
    ties = models.BigIntegerField(default=0)
    both_bad = models.BigIntegerField(default=0)
    group = models.BigIntegerField(
        default=0, db_default=0, help_text="Of those who met, directly or by way of others: the smallest id among them."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "contender"], name="rating_once")]


class Meeting(models.Model):
    """How two contenders fared against each other on a board; `low` has the smaller id."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="meetings")
    low = models.ForeignKey(Contender, on_delete=models.PROTECT, related_name="+")
    high = models.ForeignKey(Contender, on_delete=models.PROTECT, related_name="+")
    wins_low = models.BigIntegerField(default=0)
    wins_high = models.BigIntegerField(default=0)
    ties = models.BigIntegerField(default=0)
    both_bad = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "low", "high"], name="meeting_once"),
            models.CheckConstraint(condition=Q(low__lt=models.F("high")), name="meeting_ordered"),
        ]


class Snapshot(models.Model):
    """The newest published state of a board, as the bytes that every reader gets."""

    board = models.OneToOneField(Board, on_delete=models.CASCADE, primary_key=True, related_name="snapshot")
    seq = models.BigIntegerField()
    votes = models.BigIntegerField(default=0, db_default=0)
    generation = models.PositiveIntegerField(default=0, db_default=0)
    body = models.BinaryField()
    etag = models.CharField(max_length=64)
    contenders = models.CharField(
        max_length=32, default="", db_default="", help_text="The mark of the contenders' rows that it was made from."
    )
    at = models.DateTimeField()


class Archived(AppendOnly):
    """A board as it was published at a seq, kept for ever: the history that nobody can rewrite."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="archive")
    seq = models.BigIntegerField()
    votes = models.BigIntegerField()
    body = models.BinaryField(help_text="The published JSON, compressed (zlib).")
    places = models.JSONField(help_text="Of each contender: slug, rank, mu, low, high.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "seq"], name="archived_once")]
        indexes = [models.Index(fields=["board", "-at"], name="archived_by_board")]


class Analysis(models.Model):
    """The newest statistics of a board, as the bytes that every reader gets."""

    board = models.OneToOneField(Board, on_delete=models.CASCADE, primary_key=True, related_name="analysis")
    seq = models.BigIntegerField()
    votes = models.BigIntegerField()
    generation = models.PositiveIntegerField()
    body = models.BinaryField()
    etag = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)


class Edition(AppendOnly):
    """The rankings of one day, kept for ever to be cited: at most one a day (UTC), of the moment `at` of it."""

    date = models.DateField(primary_key=True)
    seq = models.BigIntegerField(help_text="The newest log entry that one of its boards contains.")
    manifest = models.BinaryField(help_text="JSON: every file with its size and SHA-256.")
    sha256 = models.CharField(max_length=64, help_text="Of the manifest.")
    at = models.DateTimeField()


class EditionFile(AppendOnly):
    """One file of an edition."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField(help_text="Compressed (zlib).")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="edition_file_once")]
