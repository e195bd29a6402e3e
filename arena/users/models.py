"""People. A guest is a row made at the first consent; registering later upgrades the same row."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from arena import clock
from arena.append_only import AppendOnly


class User(AbstractUser):
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    is_guest = models.BooleanField(default=False)
    registered_at = models.DateTimeField(
        null=True, blank=True, help_text="When this person got an account; what was earned before counts as a guest's."
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once")]

    @property
    def display_name(self) -> str:
        return "Guest" if self.is_guest else self.email or self.username


class Consent(AppendOnly):
    """One acceptance of one version of the terms, or another choice under it; the latest one holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents")
    terms_version = models.CharField(max_length=32)
    terms_hash = models.CharField(max_length=64)
    publish = models.BooleanField(help_text="Whether conversations from now on may be published as open data.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="consent_latest")]


class Merge(AppendOnly):
    """A guest signed in to an account: whatever was the guest's is that person's. One hop: nobody merges into a guest."""

    guest = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="merge")
    into = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="merged_guests")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(guest=F("into")), name="merge_of_two_people")]


class Wallet(models.Model):
    """An address on the chain that a person has proved to be theirs. One at a time; what was converted earlier stays with the old one."""

    class Kind(models.TextChoices):
        EOA = "eoa"  # a key pair
        CONTRACT = "contract"  # a smart wallet, ERC-1271

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wallets")
    address = models.CharField(max_length=42, help_text="EIP-55 checksummed.")
    kind = models.CharField(max_length=8, choices=Kind)
    chain_id = models.BigIntegerField()
    linked_at = models.DateTimeField(default=clock.now)
    unlinked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(unlinked_at=None), name="wallet_one_a_person"),
            models.UniqueConstraint(fields=["address"], condition=Q(unlinked_at=None), name="wallet_of_one_person"),
        ]


class WalletChallenge(models.Model):
    """An EIP-4361 text that was issued to be signed, once, before it expires."""

    class Purpose(models.TextChoices):
        LINK = "link"
        SIGN_IN = "sign_in"

    nonce = models.CharField(max_length=32, primary_key=True)
    purpose = models.CharField(max_length=8, choices=Purpose)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", help_text="Who asked for it.")
    session = models.CharField(max_length=64, help_text="Hash of the session that asked for it.")
    address = models.CharField(max_length=42)
    chain_id = models.BigIntegerField()
    text = models.TextField(help_text="What must be signed, to the letter.")
    issued_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
