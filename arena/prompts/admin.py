from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arena.prompts.models import Pool, Prompt


@admin.register(Pool)
class PoolAdmin(admin.ModelAdmin):
    list_display = ("title", "slug", "sides", "active")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Prompt)
class PromptAdmin(admin.ModelAdmin):
    """Prompts are switched off, never deleted: battles refer to them."""

    list_display = ("text", "pool", "category", "language", "chip", "active")
    list_select_related = ("pool",)
    list_filter = ("pool", "category", "language", "chip", "active")
    search_fields = ("text", "key")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
