"""Boards are folds over the log: everything here but ParameterChange can be deleted and made again."""

from django.db import models
from django.db.models import Q

from arena import clock
from arena.append_only import AppendOnly
from arena.contenders.models import Contender


class Board(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    position = models.PositiveIntegerField(default=0)
    last_seq = models.BigIntegerField(default=-1, help_text="The newest log entry that the ratings contain.")
    votes = models.BigIntegerField(default=0, help_text="Rated votes up to last_seq.")
    draws = models.BigIntegerField(default=0)
    updated_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.title


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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "contender"], name="rating_once")]


class Snapshot(models.Model):
    """The newest published state of a board, as the bytes that every reader gets."""

    board = models.OneToOneField(Board, on_delete=models.CASCADE, primary_key=True, related_name="snapshot")
    seq = models.BigIntegerField()
    body = models.BinaryField()
    etag = models.CharField(max_length=64)
    contenders = models.CharField(
        max_length=32, default="", db_default="", help_text="The mark of the contenders' rows that it was made from."
    )
    at = models.DateTimeField()
