"""People. A guest is a row made at the first consent; registering later upgrades the same row."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from arena import clock
from arena.append_only import AppendOnly


class User(AbstractUser):
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    is_guest = models.BooleanField(default=False)

    @property
    def display_name(self) -> str:
        return "Guest" if self.is_guest else self.username


class Consent(AppendOnly):
    """One acceptance of one version of the terms; the latest one holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents")
    terms_version = models.CharField(max_length=32)
    terms_hash = models.CharField(max_length=64)
    publish = models.BooleanField(help_text="Whether conversations from now on may be published as open data.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="consent_latest")]
