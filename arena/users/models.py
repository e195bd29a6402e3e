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
    """One acceptance of one version of the terms; the latest one holds."""

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
