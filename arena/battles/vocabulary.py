"""The words of battles: what may be voted, how an answer fares, what may be said of one."""

from django.db import models


class Outcome(models.TextChoices):
    A = "a"
    B = "b"
    TIE = "tie"
    RANKING = "ranking"
    BOTH_BAD = "both_bad"
    SKIP = "skip"


def outcomes(sides: int) -> list[Outcome]:
    """What a battle of so many sides can be voted: two are compared, more are put in order. `both_bad` says that all were bad."""
    compared = [Outcome.A, Outcome.B, Outcome.TIE] if sides == 2 else [Outcome.RANKING]
    return [*compared, Outcome.BOTH_BAD, Outcome.SKIP]


class Status(models.TextChoices):
    PENDING = "pending"
    STREAMING = "streaming"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


RUNNING = (Status.PENDING, Status.STREAMING)
BROKEN = (Status.FAILED, Status.INTERRUPTED)
ERROR_SENTENCES = {
    "failed": "This side could not answer.",
    "timed_out": "This side took too long to answer.",
    "empty": "This side gave an empty answer.",
    "interrupted": "This side was interrupted.",
    "withheld": "What this side wrote is not allowed in this arena; it is not shown.",
}


# What a voter may say of an answer, good and bad.
PRAISE = ("correct", "complete", "clear", "useful", "creative", "well_formatted")
BLAME = ("wrong", "incomplete", "unclear", "off_topic", "too_long", "ignored_instructions")


class ReportReason(models.TextChoices):
    ILLEGAL = "illegal"
    DANGEROUS = "dangerous"
    HATEFUL = "hateful"
    PERSONAL_DATA = "personal_data"
    OTHER = "other"
