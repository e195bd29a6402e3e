from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arena.moderation.models import Flag, RuleSet


class ReadOnly(admin.ModelAdmin):
    """Rules are changed in the console, where they can be tried; findings are nobody's to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnly):
    list_display = ("version", "reason", "remote", "on_failure", "by", "at")
    list_select_related = ("by",)
    ordering = ("-version",)


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    list_display = ("at", "kind", "category", "action", "rule", "checker", "rules")
    list_filter = ("kind", "category", "action")
    ordering = ("-id",)
    show_full_result_count = False
