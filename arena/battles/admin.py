import uuid
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from string import ascii_uppercase
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from arena.battles import actions, policies, queries, waiting
from arena.battles.models import Battle, Correction, Outcome, PairingPolicy, Report, Retraction, Vote
from arena.errors import NotFound
from arena.trail.admin import ReadOnly
from arena.users.models import User
from arena.votelog.models import Entry

# More than that are struck or corrected by several actions: each vote takes a transaction of its own.
AMENDED_AT_ONCE = 500


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """The queue of reported answers; the open ones first."""

    list_display = ("reason", "contender", "comment", "state", "decision", "at", "closed_by")
    list_filter = ("state", "reason")
    list_select_related = ("answer__side__contender", "answer__turn__battle__vote", "closed_by")
    ordering = ("-state", "-id")
    fields = ("reason", "comment", "state", "at", "contender", "prompt", "answered", "decision", "note", "closed_at", "closed_by")
    readonly_fields = fields
    actions = ["close"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Contender")
    def contender(self, report: Report) -> str:
        battle = report.answer.turn.battle
        return "(not told before all have voted)" if waiting.untold([battle]) else report.answer.side.contender.name

    @admin.display(description="Prompt")
    def prompt(self, report: Report) -> str:
        return queries.words(report.answer.turn)

    @admin.display(description="Answer")
    def answered(self, report: Report) -> str:
        words = getattr(report.answer, "withheld", report.answer)
        return f"{words.reasoning}\n\n{words.text}".strip()

    @admin.action(description="Close: nothing is wrong", permissions=["change"])
    def close(self, request: HttpRequest, chosen: Any) -> None:
        assert request.user.is_authenticated
        actions.close_reports(reports=chosen.values_list("pk", flat=True), by=request.user)


class PairingPolicyForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if all(name in given for name in policies.COLUMNS):
            try:
                policies.policy_of(given)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return given


@admin.register(PairingPolicy)
class PairingPolicyAdmin(admin.ModelAdmin):
    """The newest is in force. One can be added; none is ever changed or deleted."""

    form = PairingPolicyForm
    list_display = ("version", "reason", "by", "at")
    list_select_related = ("by",)
    ordering = ("-id",)
    fields = (*policies.COLUMNS, "reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PairingPolicy, form: Any, change: bool) -> None:
        assert request.user.is_authenticated
        actions.set_pairing_policy(policy=obj, by=request.user)


class Struck(admin.SimpleListFilter):
    title = parameter_name = "retracted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, votes: QuerySet[Vote]) -> QuerySet[Vote]:
        struck = Exists(Retraction.objects.filter(vote=OuterRef("pk")))
        return {"yes": votes.filter(struck), "no": votes.filter(~struck)}.get(self.value() or "", votes)


class LabelsForm(forms.Form):
    """What a battle was about; left empty, nobody knows."""

    category = forms.SlugField(max_length=40, required=False)
    language = forms.RegexField(regex=r"^[a-z]{2,3}$", max_length=12, required=False, help_text="ISO 639: en, de, yue.")


@admin.register(Vote)
class VoteAdmin(ReadOnly):
    """Votes as the log has them: nothing of who cast them, nor of what was said. They can be struck, and their labels be corrected."""

    list_display = ("seq", "judged", "contenders_by_side", "rated", "award", "category", "language", "classifier", "retracted", "at")
    list_display_links = None
    list_filter = ("outcome", "rated", Struck)
    list_select_related = ("battle", "retraction")
    search_fields = ("pk",)
    search_help_text = "A number of the log, or the id of a vote or of a battle."
    ordering = ("-pk",)
    show_full_result_count = False
    actions = ["strike_fraud", "strike_automated", "strike_mistake", "correct"]

    def has_strike_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("battles.add_retraction")

    def has_correct_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("battles.add_correction")

    def change_view(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        """There is no page for one vote: its columns are all there is to see."""
        return HttpResponseRedirect(reverse("admin:battles_vote_changelist"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vote]:
        number = Subquery(Entry.objects.filter(kind="vote", subject=OuterRef("pk")).values("seq"))
        votes: QuerySet[Vote] = super().get_queryset(request)
        return votes.annotate(number=number).prefetch_related("battle__sides__contender", "battle__corrections")

    def get_search_results(self, request: HttpRequest, votes: Any, term: str) -> tuple[Any, bool]:
        return (votes.filter(_meant(term.strip())) if term.strip() else votes), False

    @admin.display(description="Seq", ordering="pk")
    def seq(self, vote: Any) -> str:
        return "not numbered yet" if vote.number is None else str(vote.number)

    @admin.display(description="Outcome", ordering="outcome")
    def judged(self, vote: Vote) -> str:
        """The outcome; of a ranking the order too, sides as the voter saw them: B > A = D > C."""
        if vote.outcome != Outcome.RANKING:
            return vote.outcome
        ranked = sorted(zip(vote.ranks, ascii_uppercase, strict=False))
        return f"{vote.outcome}: " + " > ".join(" = ".join(side for _, side in level) for _, level in groupby(ranked, itemgetter(0)))

    @admin.display(description="Contenders")
    def contenders_by_side(self, vote: Vote) -> str:
        names = {side.contender_id: side.contender.name for side in vote.battle.sides.all()}
        return " / ".join(names.get(contender, str(contender)) for contender in vote.contenders)

    @admin.display(description="Category")
    def category(self, vote: Vote) -> str:
        return _labelled(vote).category

    @admin.display(description="Language")
    def language(self, vote: Vote) -> str:
        return _labelled(vote).language

    @admin.display(description="Classifier")
    def classifier(self, vote: Vote) -> str:
        return "operator" if isinstance(_labelled(vote), Correction) else vote.battle.classifier

    @admin.display(description="Retracted")
    def retracted(self, vote: Vote) -> str:
        return vote.retraction.get_reason_display() if hasattr(vote, "retraction") else ""

    @admin.action(description="Strike (fraud)", permissions=["strike"])
    def strike_fraud(self, request: HttpRequest, chosen: QuerySet[Vote]) -> HttpResponse | None:
        return self._strike(request, chosen, Retraction.Reason.FRAUD)

    @admin.action(description="Strike (automated)", permissions=["strike"])
    def strike_automated(self, request: HttpRequest, chosen: QuerySet[Vote]) -> HttpResponse | None:
        return self._strike(request, chosen, Retraction.Reason.AUTOMATED)

    @admin.action(description="Strike (mistake)", permissions=["strike"])
    def strike_mistake(self, request: HttpRequest, chosen: QuerySet[Vote]) -> HttpResponse | None:
        return self._strike(request, chosen, Retraction.Reason.MISTAKE)

    @admin.action(description="Correct category and language", permissions=["correct"])
    def correct(self, request: HttpRequest, chosen: QuerySet[Vote]) -> HttpResponse | None:
        form = LabelsForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            explanation = (
                "Boards of the old and of the new labels are folded anew. This can be corrected again, and every step stays in the log."
            )
            return self._ask(request, chosen, title="Correct", explanation=explanation, form=form)
        self._amend(request, chosen, lambda vote: actions.correct_labels(battle_id=vote.battle_id, by=_staff(request), **form.cleaned_data))
        return None

    def _strike(self, request: HttpRequest, chosen: QuerySet[Vote], reason: Retraction.Reason) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            explanation = "These votes will count no more: every board is folded anew without them, and their points are taken back. This cannot be undone."
            return self._ask(request, chosen, title=f"Strike ({reason.value})", explanation=explanation)
        self._amend(request, chosen, lambda vote: actions.retract_vote(vote_id=vote.pk, reason=reason, by=_staff(request)))
        return None

    def _ask(self, request: HttpRequest, chosen: QuerySet[Vote], **more: Any) -> HttpResponse | None:
        """The page in between, which says what will happen to which votes."""
        votes = list(chosen[: AMENDED_AT_ONCE + 1])
        if len(votes) > AMENDED_AT_ONCE:
            self.message_user(request, f"Choose at most {AMENDED_AT_ONCE} votes at once; nothing was changed.", messages.ERROR)
            return None
        context = {
            **self.admin_site.each_context(request),
            "chosen": [(vote.pk, self.seq(vote), self.judged(vote), self.contenders_by_side(vote), self.retracted(vote)) for vote in votes],
            "action": request.POST["action"],
            "checkbox": ACTION_CHECKBOX_NAME,
            "back": reverse("admin:battles_vote_changelist"),
            **more,
        }
        return TemplateResponse(request, "admin/battles/vote/confirm.html", context)

    def _amend(self, request: HttpRequest, chosen: QuerySet[Vote], amend: Callable[[Vote], object]) -> None:
        done = waiting = 0
        for vote in chosen[:AMENDED_AT_ONCE]:
            try:
                amend(vote)
                done += 1
            except NotFound:
                waiting += 1
        self.message_user(request, f"Done: {done}.", messages.SUCCESS)
        if waiting:
            self.message_user(request, f"Not numbered by the log yet: {waiting}. Try these again in a moment.", messages.WARNING)


def _labelled(vote: Vote) -> Battle | Correction:
    """What says what the vote was about: the newest correction, else the battle."""
    return max(vote.battle.corrections.all(), key=lambda row: row.pk, default=vote.battle)


def _meant(term: str) -> Q:
    """The vote whose number in the log or id, or whose battle's id, this is; none for anything else."""
    if term.isdecimal() and len(term) < 19:
        return Q(number=int(term))
    try:
        id = uuid.UUID(term)
    except ValueError:
        return Q(pk__in=[])
    return Q(pk=id) | Q(battle_id=id)


def _staff(request: HttpRequest) -> User:
    assert request.user.is_authenticated
    return request.user
