from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest

from arena.ratings import actions
from arena.ratings.models import Board

FILTER = ("categories", "languages", "pools", "since", "until", "window_days", "ties", "both_bad")


class BoardForm(forms.ModelForm):
    categories = SimpleArrayField(forms.CharField(), required=False, help_text="Separated by commas; empty for all.")
    languages = SimpleArrayField(forms.CharField(), required=False, help_text="Codes such as en, de, fr; empty for all.")
    pools = SimpleArrayField(forms.CharField(), required=False, help_text="Slugs of prompt pools; empty for all, own prompts included.")

    class Meta:
        model = Board
        fields = ("slug", "title", "position", *FILTER, "minimum_votes")

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and since >= until:
            raise forms.ValidationError("It would end before it begins: no vote could count.")
        return found


@admin.register(Board)
class BoardAdmin(admin.ModelAdmin):
    """What a board counts is said once, when it is made; another choice of votes is another board."""

    form = BoardForm
    list_display = ("title", "slug", "counted", "votes", "last_seq", "state")
    ordering = ("position", "slug")
    actions = ["fold_anew"]

    def get_readonly_fields(self, request: HttpRequest, obj: Board | None = None) -> Any:
        return ("slug", *FILTER) if obj else ()

    def get_actions(self, request: HttpRequest) -> Any:
        return super().get_actions(request) if self.has_change_permission(request) else {}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Board, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            actions.publish(board_ids=[obj.pk])
            return
        facts = {name: form.cleaned_data[name] for name in BoardForm.Meta.fields if name not in ("slug", "title")}
        made = actions.create_board(slug=obj.slug, title=obj.title, **facts)
        obj.pk, obj._state.adding = made.pk, False

    @admin.display(description="Counts")
    def counted(self, board: Board) -> str:
        parts = [*board.categories, *board.languages, *board.pools]
        parts += [f"last {board.window_days} days"] if board.window_days else []
        parts += [f"from {board.since:%Y-%m-%d}"] if board.since else []
        parts += [f"until {board.until:%Y-%m-%d}"] if board.until else []
        return ", ".join(parts) or "all votes"

    @admin.display(description="State")
    def state(self, board: Board) -> str:
        if board.generation >= board.wanted:
            return "live"
        return f"being folded: {board.progress:.0%}"

    @admin.action(description="Fold anew from the log")
    def fold_anew(self, request: HttpRequest, chosen: Any) -> None:
        actions.want_anew(chosen.values_list("pk", flat=True))
