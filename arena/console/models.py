"""Invitations to run the arena."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from arena import clock
from arena.console.roles import ROLES


class Invitation(models.Model):
    """A link that gives one person one role, once, before it expires. Of the link itself only a hash is kept."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    role = models.CharField(max_length=16, choices=[(role, role) for role in ROLES])
    token_hash = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        # What no table of its own stands for is listed here: who may look at and change what is the console's.
        default_permissions = ()
        permissions: ClassVar = [
            ("view_health", "Can see how the arena fares"),
            ("view_jobs", "Can see background jobs"),
            ("retry_job", "Can have a background job done again"),
            ("view_people", "Can see who runs the arena"),
            ("change_people", "Can invite people and change their roles"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accepted_by=None, accepted_at=None) | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="invitation_accepted",
            ),
            models.CheckConstraint(condition=Q(accepted_at=None) | Q(revoked_at=None), name="invitation_ends_once"),
        ]

    def __str__(self) -> str:
        return f"Invitation to be {self.role}"
