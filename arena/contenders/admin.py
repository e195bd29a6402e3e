from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arena.contenders.models import Contender, Event
from arena.trail.admin import ReadOnly


class EventInline(admin.TabularInline):
    model = Event
    extra = 0
    can_delete = False
    readonly_fields = ("kind", "reason", "facts", "at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Contender)
class ContenderAdmin(ReadOnly):
    """A look at the rows. What becomes of a contender is decided on /operator/contenders, where each step leaves its line in the register."""

    list_display = ("name", "vendor", "state", "openness", "parameters", "endpoint", "quarantined_at", "toy")
    list_filter = ("state", "openness", "endpoint", "toy")
    search_fields = ("name", "vendor", "slug")
    inlines = [EventInline]
