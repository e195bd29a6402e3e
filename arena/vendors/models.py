"""Organisations, who speaks for them, which contenders are theirs, and the keys of their programs."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from arena import clock
from arena.contenders.models import Contender


class Role(models.TextChoices):
    OWNER = "owner"  # may let others in and out, and make and revoke keys
    MEMBER = "member"  # sees all that is the organisation's


class Scope(models.TextChoices):
    RANKINGS = "rankings"  # what everybody may read, counted by key and not by network
    ORGANISATION = "organisation"  # what only members see: contenders that are not public, their reports


class Organisation(models.Model):
    """Who builds contenders, or builds on the rankings. What is its own only its members and who runs the arena ever see."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    website = models.URLField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person speaks for an organisation; it goes with the person's account."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "user"], name="membership_once")]


class Entry(models.Model):
    """A contender is an organisation's, as who runs the arena has found. One contender, one organisation."""

    contender = models.OneToOneField(Contender, on_delete=models.PROTECT, primary_key=True, related_name="entry")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField(default=clock.now)


class Invitation(models.Model):
    """A link that lets one person in, once, until it expires. The link itself is kept nowhere."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    digest = models.BinaryField(max_length=32, unique=True, help_text="SHA-256 of the link's secret.")
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiKey(models.Model):
    """What a program of an organisation's shows. The key itself is kept nowhere: it is told once, when it is made."""

    id = models.CharField(max_length=16, primary_key=True, help_text="Its second part; no secret.")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the whole key, which holds 256 unpredictable bits.")
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope))
    quota = models.PositiveIntegerField(null=True, blank=True, help_text="Requests an hour, 0 for any number; empty for the arena's own.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    used_at = models.DateTimeField(null=True, help_text="The last time, to the minute.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], condition=Q(revoked_at=None), name="key_of_this_name_once"),
        ]
        verbose_name = "API key"

    def __str__(self) -> str:
        return self.name
