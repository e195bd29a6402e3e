"""Boards in the API. One board is read on the lean path (`live`); its shape is described here."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.contenders.api import ContenderSerializer
from arena.contenders.models import Event
from arena.errors import NotFound
from arena.ratings import actions, queries
from arena.ratings.models import Analysis, Board
from arena.ratings.shapes import AnalysisSerializer

COUNTED = ("draw", "ignore")


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
    group = serializers.IntegerField(help_text="1 is the largest; rank and tier begin anew in each.")
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


class FilterSerializer(serializers.Serializer[Any]):
    categories = serializers.ListField(child=serializers.CharField(), help_text="Empty for all, as the next two.")
    languages = serializers.ListField(child=serializers.CharField())
    pools = serializers.ListField(child=serializers.CharField())
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    window_days = serializers.IntegerField(allow_null=True, help_text="Votes of so many days, moved on every night.")
    ties = serializers.ChoiceField(choices=COUNTED)
    both_bad = serializers.ChoiceField(choices=COUNTED)
    minimum_votes = serializers.IntegerField(help_text="With fewer a contender is preliminary.")


class BoardSummarySerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    seq = serializers.IntegerField(help_text="The newest log entry that it contains; -1 when there is none.")
    votes = serializers.IntegerField()
    updated_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=("live", "building"))
    progress = serializers.FloatField(help_text="Of a board that is being built, 0 to 1.")
    generation = serializers.IntegerField(help_text="How often it was folded from the beginning.")
    amended_seq = serializers.IntegerField(help_text="The newest retraction or correction that it takes account of; -1 for none.")
    filter = FilterSerializer()


class BoardSerializer(BoardSummarySerializer):
    parameters = ParametersSerializer()
    groups = serializers.IntegerField(help_text="Groups of contenders that never met; places in different groups cannot be compared.")
    rows = BoardRowSerializer(many=True)


class ArchivedBoardSerializer(BoardSerializer):
    at = serializers.DateTimeField(help_text="When it was published.")


class BoardListSerializer(serializers.Serializer[Any]):
    results = BoardSummarySerializer(many=True)


class PointSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    seq = serializers.IntegerField()
    votes = serializers.IntegerField()
    rows = serializers.ListField(
        child=serializers.ListField(), help_text="Of each contender with votes: slug, rank, mu, low, high (the last three fixed point)."
    )


class EventSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=Event.Kind.choices)
    slug = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.CharField()
    facts = serializers.DictField(help_text="Figures of the line: of `disclosed` since when, in how many battles, and votes so far.")


class HistorySerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    points = PointSerializer(many=True)
    events = EventSerializer(many=True)


class Boards(APIView):
    @extend_schema(operation_id="boards", tags=["boards"], summary="All boards", responses=BoardListSerializer)
    def get(self, request: Request) -> Response:
        return Response({"results": [queries.summary(board) for board in Board.objects.order_by("position", "slug")]})


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


class BoardAnalysis(APIView):
    @extend_schema(
        operation_id="board_analysis",
        tags=["boards"],
        summary="A board's statistics",
        description="Other views of the same votes, and how far to trust them; made anew as the board grows. With a strong ETag.",
        responses=AnalysisSerializer,
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        analysis = Analysis.objects.filter(board__slug=slug).first()
        if analysis is None:
            raise NotFound("There is no such board, or its statistics have not been made yet.")
        return published(request, bytes(analysis.body), analysis.etag)


class BoardHistory(APIView):
    @extend_schema(
        operation_id="board_history",
        tags=["boards"],
        summary="A board over time",
        description="States that were kept for ever, oldest first, and the register of what became of the contenders. With a strong ETag.",
        responses=HistorySerializer,
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        body = actions.encoded(queries.history(_board(slug)))
        return published(request, body, actions.etag(body))


class BoardArchived(APIView):
    @extend_schema(
        operation_id="board_archived",
        tags=["boards"],
        summary="A board as it was",
        description="As it was published at this seq, which is one of its history. It never changes.",
        responses=ArchivedBoardSerializer,
    )
    def get(self, request: Request, slug: str, seq: int) -> HttpResponseBase:
        document = queries.archived(_board(slug), seq)
        if document is None:
            raise NotFound("This state of the board was not kept; see the board's history for those that were.")
        body = actions.encoded(document)
        return published(request, body, actions.etag(body), "public, max-age=31536000, immutable")


def _board(slug: str) -> Board:
    board = Board.objects.filter(slug=slug).first()
    if board is None:
        raise NotFound("There is no such board.")
    return board


def published(request: Request, body: bytes, etag: str, caching: str = "no-cache") -> HttpResponseBase:
    """JSON that was made beforehand, with its ETag; 304 to who has it."""
    quoted = f'"{etag}"'
    reply = HttpResponse(body, content_type="application/json")
    reply.headers["ETag"], reply.headers["Cache-Control"] = quoted, caching
    return get_conditional_response(request._request, etag=quoted, response=reply) or reply
