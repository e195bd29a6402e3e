"""What was changed to run the arena: a table of django-auditlog that is appended to and never changed."""

from typing import Any, ClassVar

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.db import models

from arena.append_only import AppendOnly


class Change(AppendOnly, AbstractLogEntry):  # type: ignore[misc]
    """One change of one thing, or one request of the staff that changed nothing that is tracked.

    `actor` is nobody for what the arena did by itself, or somebody at its terminal.
    """

    # Whose row it is says who it was, for as long as they want to be known; an address kept here could not be forgotten.
    actor_email = None
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    request = models.CharField(max_length=200, default="", db_default="", help_text="Method and address of the request, places as names.")

    objects: ClassVar[Any] = LogEntryManager()

    class Meta:
        default_permissions: ClassVar = ("view",)
        ordering = ["-id"]
        get_latest_by = "timestamp"

    @property
    def said(self) -> str:
        """The sentence of a deed that is more than a changed field."""
        return str((self.additional_data or {}).get("said", ""))
