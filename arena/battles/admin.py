from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from arena.battles import actions
from arena.battles.models import Report


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """The queue of reported answers; the open ones first."""

    list_display = ("reason", "contender", "comment", "state", "at", "closed_by")
    list_filter = ("state", "reason")
    list_select_related = ("answer__side__contender", "closed_by")
    ordering = ("-state", "-id")
    fields = ("reason", "comment", "state", "at", "contender", "prompt", "answered", "closed_at", "closed_by")
    readonly_fields = fields
    actions = ["close"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Contender")
    def contender(self, report: Report) -> str:
        return report.answer.side.contender.name

    @admin.display(description="Prompt")
    def prompt(self, report: Report) -> str:
        return "\n".join(part["text"] for part in report.answer.turn.content if part["type"] == "text")

    @admin.display(description="Answer")
    def answered(self, report: Report) -> str:
        return f"{report.answer.reasoning}\n\n{report.answer.text}".strip()

    @admin.action(description="Close")
    def close(self, request: HttpRequest, chosen: Any) -> None:
        assert request.user.is_authenticated
        actions.close_reports(reports=chosen.values_list("pk", flat=True), by=request.user)
