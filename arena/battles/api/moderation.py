"""Operators on moderation: the rules, a box to try them in, counts, what was found, and the queue of reported answers."""

from typing import Any

from django.conf import settings
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import actions, moderation_views
from arena.battles.models import SIDES, Report, ReportReason
from arena.http.idempotency import idempotent
from arena.http.paging import Pages
from arena.http.strict import KEY, StrictSerializer, read
from arena.moderation import actions as moderation
from arena.moderation import queries
from arena.moderation.categories import ACTIONS, CATEGORIES, TARGETS
from arena.moderation.models import Flag
from arena.users.staff import require_staff

NO_STORE = {"Cache-Control": "no-store"}
KINDS = ("prompt", "answer")
CURSOR = OpenApiParameter("cursor", str, description="From `next` or `previous` of another page.")
STATE = OpenApiParameter(
    "state", str, enum=Report.State.values, description="`open` when left out, the oldest first; `closed`: newest first."
)


class ChoiceRequest(StrictSerializer):
    prompt = serializers.ChoiceField(choices=ACTIONS)
    answer = serializers.ChoiceField(choices=ACTIONS)
    words = serializers.ListField(
        child=serializers.CharField(max_length=moderation.LONGEST_WORD), max_length=moderation.MOST_WORDS, required=False, default=list
    )


class ChoicesRequest(StrictSerializer):
    def get_fields(self) -> dict[str, Any]:
        return {name: ChoiceRequest() for name in CATEGORIES}


class RulesRequest(StrictSerializer):
    based_on = serializers.IntegerField(
        min_value=0, max_value=2**31 - 2, help_text="The version that was looked at; 409 when it is not the newest."
    )
    categories = ChoicesRequest(help_text="All of them.")
    remote = serializers.BooleanField(help_text="Whether the checker at MODERATION_URL is asked too.")
    timeout_ms = serializers.IntegerField(min_value=100, max_value=10_000, help_text="How long it is waited for.")
    on_failure = serializers.ChoiceField(choices=("open", "closed"), help_text="open: go on without it; closed: refuse the prompt.")
    reason = serializers.CharField(max_length=500, help_text="Why; it stays on record.")


class ModerationTryRequest(StrictSerializer):
    text = serializers.CharField(trim_whitespace=False, max_length=settings.ANSWER_CHARS)
    target = serializers.ChoiceField(choices=TARGETS)


class DecisionRequest(StrictSerializer):
    decision = serializers.ChoiceField(choices=Report.Decision.choices)
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, default="", help_text="Why; it stays on record.")


class CategorySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    prompt = serializers.ChoiceField(choices=ACTIONS)
    answer = serializers.ChoiceField(choices=ACTIONS)
    words = serializers.ListField(child=serializers.CharField(), help_text="The operators' own.")


class CountSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    category = serializers.CharField(help_text="`unchecked`: the checker outside gave no verdict.")
    action = serializers.ChoiceField(choices=ACTIONS)
    day = serializers.IntegerField()
    week = serializers.IntegerField()


class ModerationSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="0: what the build brings along.")
    checker = serializers.CharField()
    categories = CategorySerializer(many=True)
    remote = serializers.BooleanField()
    remote_set = serializers.BooleanField(help_text="Whether MODERATION_URL is set.")
    timeout_ms = serializers.IntegerField()
    on_failure = serializers.ChoiceField(choices=("open", "closed"))
    changed_by = serializers.CharField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    counts = CountSerializer(many=True)
    open_reports = serializers.IntegerField()
    can = serializers.DictField(child=serializers.BooleanField())


class FoundSerializer(serializers.Serializer[Any]):
    category = serializers.CharField()
    action = serializers.ChoiceField(choices=ACTIONS)
    rule = serializers.CharField()
    checker = serializers.CharField()


class PersonalSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    text = serializers.CharField()


class TriedSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=ACTIONS)
    found = FoundSerializer(many=True)
    personal = PersonalSerializer(many=True)
    failure = serializers.CharField(allow_null=True, help_text="Why the checker outside gave no verdict.")


class FlagSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    category = serializers.CharField()
    action = serializers.ChoiceField(choices=ACTIONS)
    rule = serializers.CharField()
    checker = serializers.CharField()
    rules = serializers.IntegerField()
    at = serializers.DateTimeField()
    text = serializers.CharField(allow_null=True, help_text="Its beginning; null when it was refused, or deleted since.")


class FlagPageSerializer(serializers.Serializer[Any]):
    results = FlagSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class QueuedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=ReportReason.choices)
    comment = serializers.CharField()
    state = serializers.ChoiceField(choices=Report.State.choices)
    at = serializers.DateTimeField()
    decision = serializers.ChoiceField(choices=Report.Decision.choices, allow_null=True)
    note = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    others = serializers.IntegerField(help_text="Open reports of other people about the same answer; one decision closes all.")
    turn = serializers.IntegerField()
    side = serializers.ChoiceField(choices=SIDES)
    contender = serializers.CharField(
        allow_blank=True, help_text="Empty until the battle is voted on, and on a panel until nobody else may judge the answers."
    )
    prompt = serializers.CharField()
    reasoning = serializers.CharField()
    text = serializers.CharField()
    withheld = serializers.BooleanField(help_text="Whether nobody but operators sees this answer.")


class QueuedPageSerializer(serializers.Serializer[Any]):
    results = QueuedSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Moderation(APIView):
    @extend_schema(operation_id="moderation", tags=["operator"], summary="The rules in force, and counts", responses=ModerationSerializer)
    def get(self, request: Request) -> Response:
        user = require_staff(request, "moderation.view_ruleset")
        return Response(moderation_views.document(user), headers=NO_STORE)


class ModerationRules(APIView):
    @extend_schema(
        operation_id="set_moderation_rules",
        tags=["operator"],
        summary="Put new rules in force",
        description="A new version; none is ever changed. It holds within five seconds everywhere.",
        parameters=[KEY],
        request=RulesRequest,
        responses={201: ModerationSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        user = require_staff(request, "moderation.add_ruleset")
        fields = read(RulesRequest, request)
        chosen = fields.pop("categories")
        words = {name: list(dict.fromkeys(row.pop("words"))) for name, row in chosen.items()}
        moderation.set_rules(actions=chosen, words={name: found for name, found in words.items() if found}, by=user, **fields)
        return Response(moderation_views.document(user), status=201, headers=NO_STORE)


class ModerationTry(APIView):
    @extend_schema(
        operation_id="try_moderation",
        tags=["operator"],
        summary="What would be done about a text",
        description="Nothing is stored. The checker outside is asked too where the rules want it.",
        request=ModerationTryRequest,
        responses=TriedSerializer,
    )
    def post(self, request: Request) -> Response:
        require_staff(request, "moderation.view_ruleset")
        return Response(queries.tried(**read(ModerationTryRequest, request)), headers=NO_STORE)


class ModerationFindings(APIView):
    @extend_schema(
        operation_id="moderation_findings",
        tags=["operator"],
        summary="What was found, newest first",
        parameters=[CURSOR],
        responses=FlagPageSerializer,
    )
    def get(self, request: Request) -> Response:
        require_staff(request, "moderation.view_flag")
        return _page(self, request, Pages(), Flag.objects.all(), moderation_views.flags)


class Oldest(Pages):
    ordering = "id"


class ReportQueue(APIView):
    @extend_schema(
        operation_id="report_queue",
        tags=["operator"],
        summary="Reported answers",
        parameters=[STATE, CURSOR],
        responses=QueuedPageSerializer,
    )
    def get(self, request: Request) -> Response:
        require_staff(request, "battles.view_report")
        is_closed = request.query_params.get("state") == Report.State.CLOSED
        rows = Report.objects.filter(state=Report.State.CLOSED if is_closed else Report.State.OPEN)
        return _page(self, request, Pages() if is_closed else Oldest(), rows, moderation_views.reports)


class ReportDecision(APIView):
    @extend_schema(
        operation_id="decide_report",
        tags=["operator"],
        summary="Decide about a reported answer",
        description=(
            "`dismissed`: nothing is wrong. `upheld`: it is, and the battle is never published. `withheld`: nobody but operators sees the answer"
            " any more. All open reports about the answer are closed. The same decision again changes nothing; another one is refused with 409."
        ),
        parameters=[KEY],
        request=DecisionRequest,
        responses=QueuedSerializer,
    )
    @idempotent
    def post(self, request: Request, number: int) -> Response:
        user = require_staff(request, "battles.change_report")
        report = actions.decide_report(report_id=number, by=user, **read(DecisionRequest, request))
        return Response(moderation_views.reports([report])[0], headers=NO_STORE)


def _page(view: APIView, request: Request, pages: Pages, rows: Any, shown: Any) -> Response:
    page = pages.paginate_queryset(rows, request, view=view)
    links = {"next": pages.get_next_link(), "previous": pages.get_previous_link()}
    return Response({"results": shown(page or []), **links}, headers=NO_STORE)


urlpatterns = [
    path("operator/moderation", Moderation.as_view()),
    path("operator/moderation/rules", ModerationRules.as_view()),
    path("operator/moderation/try", ModerationTry.as_view()),
    path("operator/moderation/findings", ModerationFindings.as_view()),
    path("operator/moderation/reports", ReportQueue.as_view()),
    path("operator/moderation/reports/<int:number>/decision", ReportDecision.as_view()),
]
