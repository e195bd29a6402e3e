from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arena.prompts.models import Pool, PoolVersion, Prompt
from arena.trail.admin import ReadOnly


@admin.register(Pool)
class PoolAdmin(admin.ModelAdmin):
    list_display = ("title", "slug", "sides", "active")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Prompt)
class PromptAdmin(ReadOnly):
    """What is changed here would be in no version of the pool: that is done on the pools' own page."""

    list_display = ("text", "pool", "category", "language", "held_out", "chip", "active")
    list_select_related = ("pool",)
    list_filter = ("pool", "category", "language", "held_out", "chip", "active")
    search_fields = ("text", "key")


@admin.register(PoolVersion)
class PoolVersionAdmin(ReadOnly):
    list_display = ("pool", "number", "count", "added", "changed", "put_away", "summary", "by", "at")
    list_select_related = ("pool", "by")
    list_filter = ("pool",)
    search_fields = ("sha256", "summary")
