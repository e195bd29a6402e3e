"""An organisation's own contender, as its members see it."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles.models import BLAME, PRAISE
from arena.contenders.api import ContenderSerializer
from arena.http.query import read_query
from arena.users.admission import admitted
from arena.vendors import bearer
from arena.vendors.models import Scope
from arena.vendors.reports import queries

RESULTS = ("won", "lost", "tied", "both_bad")


class ReportQuery(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=3650, default=90)


class ReportBoardSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    seq = serializers.IntegerField()
    generation = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class ReportPlaceSerializer(serializers.Serializer[Any]):
    board = ReportBoardSerializer()
    rank = serializers.IntegerField()
    rank_low = serializers.IntegerField()
    rank_high = serializers.IntegerField()
    tier = serializers.IntegerField(allow_null=True)
    preliminary = serializers.BooleanField()
    group = serializers.IntegerField()
    mu = serializers.CharField()
    sigma = serializers.CharField()
    low = serializers.CharField()
    high = serializers.CharField()
    votes = serializers.IntegerField()


class ReportTallySerializer(serializers.Serializer[Any]):
    votes = serializers.IntegerField()
    won = serializers.IntegerField(help_text="Each two of a ballot of more count, as on the boards.")
    lost = serializers.IntegerField()
    tied = serializers.IntegerField()
    both_bad = serializers.IntegerField()


class NamedReportTallySerializer(ReportTallySerializer):
    name = serializers.CharField(allow_blank=True, help_text="Empty where it is not clear what the battle was about.")


class ReportResultsSerializer(serializers.Serializer[Any]):
    all = ReportTallySerializer()
    categories = NamedReportTallySerializer(many=True)
    languages = NamedReportTallySerializer(many=True)


class ReportTagSerializer(serializers.Serializer[Any]):
    tag = serializers.ChoiceField(choices=(*PRAISE, *BLAME))
    count = serializers.IntegerField()


class ReportTagsSerializer(serializers.Serializer[Any]):
    praise = ReportTagSerializer(many=True)
    blame = ReportTagSerializer(many=True)


class OwnExposureSerializer(serializers.Serializer[Any]):
    sides = serializers.IntegerField(help_text="Of the battles that were voted on.")
    of = serializers.IntegerField(help_text="All sides of those battles.")
    share = serializers.CharField(allow_null=True, help_text="With six decimals.")


class ReportTurnSerializer(serializers.Serializer[Any]):
    prompt = serializers.CharField()
    answer = serializers.CharField(help_text="The own contender's.")


class ReportExampleSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    category = serializers.CharField()
    language = serializers.CharField()
    result = serializers.ChoiceField(choices=RESULTS)
    rated = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField())
    turns = ReportTurnSerializer(many=True)


class ContenderReportSerializer(serializers.Serializer[Any]):
    contender = ContenderSerializer()
    days = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    places = ReportPlaceSerializer(many=True, help_text="On every board that it stands on.")
    rated = ReportResultsSerializer()
    private_test = ReportResultsSerializer(help_text="Votes of a private test, which no board counts.")
    unrated = serializers.DictField(child=serializers.IntegerField(), help_text="Other votes that count for nothing, by reason.")
    tags = ReportTagsSerializer(help_text="What voters said of its answers.")
    exposure = OwnExposureSerializer()
    examples = ReportExampleSerializer(many=True, help_text="Whose voters agreed to publication; nothing of the other side.")


class ContenderReport(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(
        operation_id="contender_report",
        tags=["vendors"],
        summary="How an own contender fared",
        parameters=[OpenApiParameter("days", int, description="Votes of the last so many days, 1 to 3650; 90 when left out.")],
        responses=ContenderReportSerializer,
    )
    @admitted("reads")
    def get(self, request: Request, slug: str, contender: str) -> Response:
        own = queries.contender_of(bearer.organisation_of(request, slug), contender)
        found = queries.report(own, days=read_query(ReportQuery, request)["days"])
        return Response(ContenderReportSerializer(found).data, headers={"Cache-Control": "no-store"})
