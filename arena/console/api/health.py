"""How the arena fares."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.console.health import CODES, WINDOWS, health
from arena.contenders.models import State
from arena.errors import InvalidInput
from arena.users.staff import require_staff


class BarSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text="When it begins.")
    votes = serializers.IntegerField()
    battles = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Answers that failed or were interrupted.")


class ContenderHealthSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    answers = serializers.IntegerField(help_text="That ended within these hours, of the arena's newest 20,000.")
    failed = serializers.IntegerField()
    first_ms = serializers.FloatField(allow_null=True, help_text="Median time to the first token.")
    first_ms_95 = serializers.FloatField(allow_null=True, help_text="95 in 100 began sooner.")
    whole_ms = serializers.FloatField(allow_null=True, help_text="Median time to the end.")
    tokens = serializers.IntegerField(help_text="Written.")


class QueueSerializer(serializers.Serializer[Any]):
    waiting = serializers.IntegerField(help_text="Jobs whose time has come.")
    running = serializers.IntegerField()
    failed = serializers.IntegerField()
    oldest_seconds = serializers.FloatField(allow_null=True)
    workers = serializers.IntegerField(help_text="That gave a sign of life lately.")


class BoardLagSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    behind = serializers.IntegerField(help_text="Log entries that it has not folded yet.")
    votes = serializers.IntegerField()


class ProjectorSerializer(serializers.Serializer[Any]):
    pending = serializers.IntegerField(help_text="Facts that wait for their number.")
    oldest_seconds = serializers.FloatField(allow_null=True)
    entries = serializers.IntegerField(help_text="Of the log.")
    boards = BoardLagSerializer(many=True)


class SpendingSerializer(serializers.Serializer[Any]):
    tokens = serializers.IntegerField(help_text="Since midnight UTC.")
    cost = serializers.CharField(help_text="USD.")
    tokens_limit = serializers.IntegerField(help_text="0: none.")
    cost_limit = serializers.CharField(help_text="USD; 0: none.")


class TroubleSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=CODES)
    subject = serializers.CharField(allow_blank=True)
    slug = serializers.CharField(required=False, help_text="Of the contender that it is about.")


class HealthSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    hours = serializers.IntegerField()
    bars = BarSerializer(many=True)
    contenders = ContenderHealthSerializer(many=True)
    queue = QueueSerializer()
    projector = ProjectorSerializer()
    spending = SpendingSerializer()
    alarms = serializers.IntegerField(help_text="Open alarms about money.")
    troubles = TroubleSerializer(many=True, help_text="Empty when all is well.")


class Health(APIView):
    @extend_schema(
        operation_id="operator_health",
        tags=["operator"],
        summary="How the arena fares",
        parameters=[OpenApiParameter("hours", int, enum=list(WINDOWS), description="How far back; 24 unless told.")],
        responses=HealthSerializer,
    )
    def get(self, request: Request) -> Response:
        require_staff(request, "console.view_health")
        asked = request.query_params.get("hours", "24")
        if asked not in map(str, WINDOWS):
            raise InvalidInput(f"`hours` is one of {', '.join(map(str, WINDOWS))}.")
        return Response(HealthSerializer(health(int(asked))).data)
