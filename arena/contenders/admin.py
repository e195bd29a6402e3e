from typing import Any

from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest

from arena.contenders import actions
from arena.contenders.models import Contender, Event, State


class EventInline(admin.TabularInline):
    model = Event
    extra = 0
    can_delete = False
    readonly_fields = ("kind", "reason", "at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Contender)
class ContenderAdmin(admin.ModelAdmin):
    """States change by action, so that each change leaves its line in the register."""

    list_display = ("name", "vendor", "state", "openness", "parameters", "toy")
    list_filter = ("state", "openness", "toy")
    search_fields = ("name", "vendor", "slug")
    readonly_fields = ("state", "created_at")
    inlines = [EventInline]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    actions = ["list_publicly", "retire"]

    def get_readonly_fields(self, request: HttpRequest, obj: Contender | None = None) -> Any:
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Contender, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:
            actions.note_renaming(contender=obj, before=form.initial["name"], by=str(request.user))

    @admin.action(description="List publicly", permissions=["change"])
    def list_publicly(self, request: HttpRequest, chosen: Any) -> None:
        for contender in chosen:
            actions.change_state(contender=contender, state=State.LISTED, reason=f"listed by {request.user}")

    @admin.action(description="Retire", permissions=["change"])
    def retire(self, request: HttpRequest, chosen: Any) -> None:
        for contender in chosen:
            actions.change_state(contender=contender, state=State.RETIRED, reason=f"retired by {request.user}")
