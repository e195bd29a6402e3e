"""The rules in force, and what was found by them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from arena import clock
from arena.append_only import AppendOnly
from arena.moderation.categories import DEFAULT, Rules


class RuleSet(AppendOnly):
    """What is done about which texts from now on, as an operator decided; of several the newest holds."""

    version = models.PositiveIntegerField(unique=True, help_text="1 for the first; 0 is what the build brings along.")
    actions = models.JSONField(help_text="By category, what is done about a prompt and about an answer.")
    words = models.JSONField(default=dict, blank=True, help_text="By category, words and phrases of the operators' own.")
    remote = models.BooleanField(default=False, help_text="Whether the checker at MODERATION_URL is asked too.")
    timeout_ms = models.PositiveIntegerField(default=DEFAULT.timeout_ms, help_text="How long it is waited for.")
    on_failure = models.CharField(max_length=6, choices=[("open", "Go on without it"), ("closed", "Refuse the prompt")], default="open")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="ruleset_version"),
            models.CheckConstraint(condition=Q(timeout_ms__gte=100, timeout_ms__lte=10_000), name="ruleset_timeout"),
            models.CheckConstraint(condition=Q(on_failure__in=("open", "closed")), name="ruleset_on_failure"),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


def rules_of(row: dict[str, object] | None) -> Rules:
    """The rules of a row's COLUMNS; those of the build without one."""
    if row is None:
        return DEFAULT
    actions, words = row["actions"], row["words"]
    assert isinstance(actions, dict)
    assert isinstance(words, dict)
    return Rules(
        version=int(str(row["version"])),
        actions={name: (chosen["prompt"], chosen["answer"]) for name, chosen in actions.items()},
        words={name: tuple(phrases) for name, phrases in words.items()},
        remote=bool(row["remote"]),
        timeout_ms=int(str(row["timeout_ms"])),
        on_failure=str(row["on_failure"]),
    )


COLUMNS = ("version", "actions", "words", "remote", "timeout_ms", "on_failure")


class Flag(models.Model):
    """Something was found in a text. It says which rule, never the words; of a text that was refused nothing else is kept."""

    kind = models.CharField(max_length=8, help_text="prompt or answer.")
    subject = models.CharField(max_length=40, blank=True, help_text="The id of the text; empty when it was refused, or deleted since.")
    category = models.CharField(max_length=20)
    action = models.CharField(max_length=8)
    rule = models.CharField(max_length=80)
    checker = models.CharField(max_length=40)
    rules = models.PositiveIntegerField(help_text="The version of the rules that were in force.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="flag_at"),
            models.Index(fields=["kind", "subject"], condition=~Q(subject=""), name="flag_subject"),
        ]
