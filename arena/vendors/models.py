"""Organisations, who speaks for them, and which contenders are theirs."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from arena import clock
from arena.contenders.models import Contender


class Role(models.TextChoices):
    OWNER = "owner"  # may let others in and out, and make and revoke keys
    MEMBER = "member"  # sees all that is the organisation's


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
