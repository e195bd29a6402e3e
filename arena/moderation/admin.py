from django.contrib import admin

from arena.moderation.models import Flag, RuleSet
from arena.trail.admin import ReadOnly


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnly):
    """Rules are changed in the console, where they can be tried."""

    list_display = ("version", "reason", "remote", "on_failure", "by", "at")
    list_select_related = ("by",)
    ordering = ("-version",)


@admin.register(Flag)
class FlagAdmin(ReadOnly):
    list_display = ("at", "kind", "category", "action", "rule", "checker", "rules")
    list_filter = ("kind", "category", "action")
    ordering = ("-id",)
    show_full_result_count = False
