"""Boards in the API. One board is read on the lean path (`live`); its shape is described here."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.contenders.api import ContenderSerializer
from arena.errors import NotFound
from arena.ratings.models import Board


class StandingSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField()
    mu = serializers.CharField(help_text="Fixed point, nine decimals.")
    sigma = serializers.CharField()
    low = serializers.CharField(help_text="mu - 1.96 sigma.")
    high = serializers.CharField(help_text="mu + 1.96 sigma.")
    votes = serializers.IntegerField()


class BoardRowSerializer(StandingSerializer):
    rank_low = serializers.IntegerField(help_text="The best place that its interval allows.")
    rank_high = serializers.IntegerField(help_text="The worst place that its interval allows.")
    tier = serializers.IntegerField(allow_null=True)
    preliminary = serializers.BooleanField()
    contender = ContenderSerializer()
    wins = serializers.IntegerField()
    losses = serializers.IntegerField()
    ties = serializers.IntegerField()
    both_bad = serializers.IntegerField()


class ParametersSerializer(serializers.Serializer[Any]):
    mu0 = serializers.CharField()
    sigma0 = serializers.CharField()
    beta = serializers.CharField()
    tau = serializers.CharField()
    draw_probability = serializers.CharField()


class BoardSummarySerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    seq = serializers.IntegerField(help_text="The newest log entry that it contains; -1 when there is none.")
    votes = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class BoardSerializer(BoardSummarySerializer):
    parameters = ParametersSerializer()
    rows = BoardRowSerializer(many=True)


class BoardListSerializer(serializers.Serializer[Any]):
    results = BoardSummarySerializer(many=True)


class Boards(APIView):
    @extend_schema(operation_id="boards", tags=["boards"], summary="All boards", responses=BoardListSerializer)
    def get(self, request: Request) -> Response:
        boards = Board.objects.order_by("position", "slug")
        rows = [
            {"slug": board.slug, "title": board.title, "seq": board.last_seq, "votes": board.votes, "updated_at": board.updated_at}
            for board in boards
        ]
        return Response({"results": rows})


class BoardDetail(APIView):
    """Only describes: the lean path answers before this is reached."""

    @extend_schema(
        operation_id="board",
        tags=["boards"],
        summary="One board",
        description="With a strong ETag; `If-None-Match` is answered 304. Its changes come over `ws /ws/boards/<slug>`, each the whole board.",
        responses=BoardSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        raise NotFound("There is no such board.")
