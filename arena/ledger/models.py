"""Double-entry points. A balance is what an account received minus what it sent; nothing else is stored."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from arena import clock
from arena.append_only import AppendOnly


class Kind(models.TextChoices):
    ISSUANCE = "issuance"  # may go below zero: its negative is what exists
    PENDING = "pending"
    AVAILABLE = "available"
    CONVERSIONS = "conversions"
    FORFEITED = "forfeited"


class Account(models.Model):
    kind = models.CharField(max_length=16, choices=Kind)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "owner"], nulls_distinct=False, name="account_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[Kind.PENDING, Kind.AVAILABLE], owner__isnull=False)
                | Q(kind__in=[Kind.ISSUANCE, Kind.CONVERSIONS, Kind.FORFEITED], owner__isnull=True),
                name="account_owned_by_a_person_or_the_arena",
            ),
        ]


class Transfer(AppendOnly):
    """`amount` points from one account to another, once per `key`."""

    key = models.CharField(max_length=120, unique=True)
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sent")
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="received")
    amount = models.BigIntegerField()
    kind = models.CharField(max_length=16, help_text="award, release, reversal, conversion, void, merge or forfeit")
    reason = models.CharField(max_length=40)
    policy = models.CharField(max_length=40, blank=True)
    subject = models.UUIDField(null=True, help_text="What the points are for: the id of a battle.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_moves_something"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="transfer_between_two_accounts"),
        ]
        indexes = [
            models.Index(fields=["target", "-id"], include=["amount"], name="transfer_received"),
            models.Index(fields=["source", "-id"], include=["amount"], name="transfer_sent"),
            models.Index(fields=["target", "at"], include=["amount"], condition=Q(kind="award"), name="transfer_awards_by_day"),
        ]


class Hold(models.Model):
    """An award that still waits; the row goes when its points become available."""

    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, primary_key=True, related_name="hold")
    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        null=True,
        related_name="holds",
        help_text="Where the points wait, when not where they were awarded.",
    )
    until = models.DateTimeField(db_index=True)

    @property
    def holder(self) -> Account:
        return self.account or self.transfer.target


class Debt(models.Model):
    """Points that were spent before their award was taken back; paid from what becomes available later."""

    award = models.OneToOneField(Transfer, on_delete=models.PROTECT, primary_key=True, related_name="debt")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debts")
    amount = models.BigIntegerField(help_text="What is still owed.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="debt_owes_something")]
