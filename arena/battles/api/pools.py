"""What operators say of how a pool is served, and see of what became of it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import pool_report
from arena.battles.models import SIDES
from arena.http.strict import StrictSerializer, read
from arena.prompts import queries as prompts
from arena.prompts.models import Pool
from arena.prompts.serve import serve_pool
from arena.prompts.serving import MAX_VOTERS, MAX_WEIGHT, TOKEN, State
from arena.users.staff import require_staff

LOOK, CHANGE = "prompts.view_pool", "prompts.change_pool"
_MOST = 2**31 - 1


class ServingRequest(StrictSerializer):
    state = serializers.ChoiceField(choices=State.choices, required=False, help_text="Begun battles come to their end in any.")
    weight = serializers.IntegerField(min_value=0, max_value=MAX_WEIGHT, required=False)
    opens_at = serializers.DateTimeField(allow_null=True, required=False)
    closes_at = serializers.DateTimeField(allow_null=True, required=False)
    cohort = serializers.RegexField(
        f"^({TOKEN})?$", allow_blank=True, required=False, help_text="The word of its link; empty: for everybody."
    )
    contenders = serializers.ListField(
        child=serializers.SlugField(max_length=80), max_length=1000, required=False, help_text="Slugs; empty: everybody."
    )
    voters = serializers.IntegerField(min_value=1, max_value=MAX_VOTERS, required=False, help_text="On the same answers.")
    votes_budget = serializers.IntegerField(min_value=0, max_value=_MOST, allow_null=True, required=False)
    points_budget = serializers.IntegerField(min_value=0, max_value=_MOST, allow_null=True, required=False)
    cost_budget = serializers.DecimalField(
        max_digits=12, decimal_places=4, min_value=0, allow_null=True, required=False, help_text="USD, as a decimal string."
    )


class ServingSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    sides = serializers.IntegerField()
    weight = serializers.IntegerField()
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    cohort = serializers.CharField(allow_blank=True)
    contenders = serializers.ListField(child=serializers.CharField())
    voters = serializers.IntegerField()
    votes_budget = serializers.IntegerField(allow_null=True)
    points_budget = serializers.IntegerField(allow_null=True)
    cost_budget = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)


class PoolProgressSerializer(serializers.Serializer[Any]):
    prompts = serializers.IntegerField(help_text="In use.")
    judged_prompts = serializers.IntegerField()
    battles = serializers.IntegerField()
    reused = serializers.IntegerField(help_text="Of those, battles that showed another one's answers.")
    votes = serializers.IntegerField(help_text="Without skips.")
    rated = serializers.IntegerField()
    skips = serializers.IntegerField()
    voters = serializers.IntegerField(help_text="People who have voted.")
    under_way = serializers.IntegerField(help_text="Begun not long ago, and not voted.")


class PanelsSerializer(serializers.Serializer[Any]):
    wanted = serializers.IntegerField(help_text="Voters on the same answers.")
    panels = serializers.IntegerField()
    complete = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="For more voters.")


class SpentOfSerializer(serializers.Serializer[Any]):
    used = serializers.CharField()
    limit = serializers.CharField(allow_null=True)


class PoolBudgetsSerializer(serializers.Serializer[Any]):
    votes = SpentOfSerializer()
    points = SpentOfSerializer()
    cost = SpentOfSerializer(help_text="USD.")


class AgreementSerializer(serializers.Serializer[Any]):
    items = serializers.IntegerField(help_text="Pairs of answers that two or more have judged; others are left out.")
    judgements = serializers.IntegerField(help_text="Of those.")
    raw = serializers.FloatField(allow_null=True, help_text="How often two voters said the same of the same answers, 0 to 1.")
    alpha = serializers.FloatField(allow_null=True, help_text="Krippendorff's, nominal; null where it is not defined.")
    ac1 = serializers.FloatField(allow_null=True, help_text="Gwet's AC1.")


class SecondsSerializer(serializers.Serializer[Any]):
    votes = serializers.IntegerField(help_text="Votes whose time is known.")
    quarter = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    three_quarters = serializers.FloatField(allow_null=True)


class PoolPlaceSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=SIDES)
    best = serializers.IntegerField()


class PositionsSerializer(serializers.Serializer[Any]):
    sides = PoolPlaceSerializer(many=True)
    ties = serializers.IntegerField()
    both_bad = serializers.IntegerField()


class PoolReportSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    as_of = serializers.DateTimeField()
    progress = PoolProgressSerializer()
    panels = PanelsSerializer()
    budgets = PoolBudgetsSerializer()
    cost_a_vote = serializers.CharField(allow_null=True, help_text="USD.")
    agreement = AgreementSerializer()
    seconds = SecondsSerializer(help_text="From the first words to the vote.")
    positions = PositionsSerializer(help_text="How often each place was alone the best.")


class Serving(APIView):
    @extend_schema(operation_id="pool_serving", tags=["operator"], summary="How a pool is served", responses=ServingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        require_staff(request, LOOK)
        return _told(prompts.pool(slug))

    @extend_schema(
        operation_id="serve_pool",
        tags=["operator"],
        summary="Change how a pool is served",
        description="Fields that are left out stay. It holds for battles that begin afterwards; those that have begun come to their end.",
        request=ServingRequest,
        responses=ServingSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        require_staff(request, CHANGE)
        return _told(serve_pool(slug, **read(ServingRequest, request)))


class Report(APIView):
    @extend_schema(operation_id="pool_report", tags=["operator"], summary="What has become of a pool", responses=PoolReportSerializer)
    def get(self, request: Request, slug: str) -> Response:
        require_staff(request, LOOK)
        body = PoolReportSerializer(pool_report.report(prompts.pool(slug))).data
        return Response(body, headers={"Cache-Control": "no-store"})


def _told(pool: Pool) -> Response:
    return Response(ServingSerializer(pool).data, headers={"Cache-Control": "no-store"})
