"""Boards in the API. A board as it is now is read on the lean path (`live`), if nothing more is asked of it."""

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena import clock
from arena.contenders.api import ContenderSerializer
from arena.contenders.models import Event
from arena.errors import InvalidInput, NotFound
from arena.http.query import read_query
from arena.http.tables import CSV
from arena.ratings import actions, queries, rankings
from arena.ratings.models import Analysis, Board, Snapshot
from arena.ratings.shapes import AnalysisSerializer
from arena.users.admission import admitted

COUNTED = ("draw", "ignore")
FORMATS = ("json", "csv")
AT = OpenApiParameter("at", str, description="A day (all of it, UTC) or a moment, ISO 8601: the newest state that was kept by then.")
FORMAT = OpenApiParameter("format", str, enum=FORMATS, description="`json` when left out.")


class Csv(JSONRenderer):
    """Lets `Accept: text/csv` in; tables are made by hand, and errors are JSON whatever was asked for."""

    media_type = "text/csv"


class Rankings(APIView):
    """What everybody may read; with an API key it is the key that is counted."""

    key_scope = "rankings"
    renderer_classes = [JSONRenderer, Csv]


class FormatQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=FORMATS, default="json")


class BoardQuery(FormatQuery):
    at = serializers.CharField(required=False, max_length=40)


class MetaSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    seq = serializers.IntegerField(allow_null=True, help_text="The newest log entry that it contains.")
    policies = serializers.DictField(child=serializers.CharField(), help_text="The version of each rule in force.")
    licence = serializers.CharField()
    citation = serializers.CharField()


class StandingSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField()
    mu = serializers.CharField(help_text="Fixed point, nine decimals.")
    sigma = serializers.CharField()
    low = serializers.CharField(help_text="mu - 1.96 sigma.")
    high = serializers.CharField(help_text="mu + 1.96 sigma.")
    votes = serializers.IntegerField()


class RowSerializer(StandingSerializer):
    rank_low = serializers.IntegerField(help_text="The best place that its interval allows.")
    rank_high = serializers.IntegerField(help_text="The worst place that its interval allows.")
    tier = serializers.IntegerField(allow_null=True)
    preliminary = serializers.BooleanField()
    group = serializers.IntegerField(help_text="1 is the largest; rank and tier begin anew in each.")
    wins = serializers.IntegerField()
    losses = serializers.IntegerField()
    ties = serializers.IntegerField()
    both_bad = serializers.IntegerField()


class BoardRowSerializer(RowSerializer):
    contender = ContenderSerializer()


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
    meta = MetaSerializer()
    at = serializers.DateTimeField(required=False, help_text="When it was published; only of a kept state.")


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


class Boards(Rankings):
    @extend_schema(operation_id="boards", tags=["boards"], summary="All boards", responses=BoardListSerializer)
    @admitted("reads")
    def get(self, request: Request) -> Response:
        return Response({"results": [queries.summary(board) for board in Board.objects.order_by("position", "slug")]})


class BoardDetail(Rankings):
    """Whatever the lean path leaves: a state of the past, a table, a read with a key."""

    @extend_schema(
        operation_id="board",
        tags=["boards"],
        summary="One board",
        description=(
            "With a strong ETag; `If-None-Match` is answered 304, which counts against no limit. Its changes come over `ws /ws/boards/<slug>`,"
            " each the whole board. With `at` as it was then."
        ),
        parameters=[AT, FORMAT],
        responses={(200, "application/json"): BoardSerializer, (200, "text/csv"): str},
    )
    @admitted("reads")
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        query = read_query(BoardQuery, request)
        if "at" in query and (moment := moment_of(query["at"])) < clock.now():
            document = queries.archived_by(_board(slug), moment)
            if document is None:
                raise NotFound("No state of this board was kept by then; see its history for those that were.")
            body = actions.encoded(document)
        else:
            body, document = _published(slug)
        return tabled(request, document, body, query["format"], rankings.board_table, f"{slug}-seq-{document['seq']}")


class BoardAnalysis(Rankings):
    @extend_schema(
        operation_id="board_analysis",
        tags=["boards"],
        summary="A board's statistics",
        description="Other views of the same votes, and how far to trust them; made anew as the board grows. With a strong ETag.",
        responses=AnalysisSerializer,
    )
    @admitted("reads")
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        analysis = Analysis.objects.filter(board__slug=slug).first()
        if analysis is None:
            raise NotFound("There is no such board, or its statistics have not been made yet.")
        return published(request, bytes(analysis.body), analysis.etag)


class BoardHistory(Rankings):
    @extend_schema(
        operation_id="board_history",
        tags=["boards"],
        summary="A board over time",
        description="States that were kept for ever, oldest first, and the register of what became of the contenders. With a strong ETag.",
        responses=HistorySerializer,
    )
    @admitted("reads")
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        body = actions.encoded(queries.history(_board(slug)))
        return published(request, body, actions.etag(body))


class BoardArchived(Rankings):
    @extend_schema(
        operation_id="board_archived",
        tags=["boards"],
        summary="A board as it was",
        description="As it was published at this seq, which is one of its history. It never changes.",
        responses=ArchivedBoardSerializer,
    )
    @admitted("reads")
    def get(self, request: Request, slug: str, seq: int) -> HttpResponseBase:
        document = queries.archived(_board(slug), seq)
        if document is None:
            raise NotFound("This state of the board was not kept; see the board's history for those that were.")
        body = actions.encoded(document)
        return published(request, body, actions.etag(body), FOR_EVER)


def _board(slug: str) -> Board:
    return rankings.board_named(slug)


def _published(slug: str) -> tuple[bytes, dict[str, Any]]:
    """The board's public bytes, and what they say."""
    snapshot = Snapshot.objects.filter(board__slug=slug).first()
    if snapshot is None:
        raise NotFound("There is no such board.")
    return bytes(snapshot.body), json.loads(bytes(snapshot.body))


def moment_of(text: str) -> datetime.datetime:
    """The moment that a day (its last) or an ISO 8601 moment names; one without a zone is in UTC. Raises InvalidInput."""
    try:
        if len(text) == len("2026-11-28"):
            day = datetime.date.fromisoformat(text)
            return datetime.datetime.combine(day, datetime.time.max, datetime.UTC)
        moment = datetime.datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        fields = [{"field": "at", "message": "Give a day (2026-11-28) or a moment (2026-11-28T10:00:00Z)."}]
        raise InvalidInput("`at` is neither a day nor a moment.", errors=fields) from None


FOR_EVER = "public, max-age=31536000, immutable"


def tabled(
    request: Request, document: dict[str, Any], body: bytes, format: str, table: Callable[[Mapping[str, Any]], bytes], name: str
) -> HttpResponseBase:
    """A document as it was asked for: its JSON `body`, or the `table` of it, to be saved as `name`.csv."""
    if format == "json":
        return published(request, body, actions.etag(body))
    text = table(document)
    reply = published(request, text, actions.etag(text), kind=CSV)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return reply


def published(request: Request, body: bytes, etag: str, caching: str = "no-cache", kind: str = "application/json") -> HttpResponseBase:
    """Bytes that were made beforehand, with their ETag; 304 to who has them."""
    quoted = f'"{etag}"'
    reply = HttpResponse(body, content_type=kind)
    reply.headers["ETag"], reply.headers["Cache-Control"] = quoted, caching
    return get_conditional_response(request._request, etag=quoted, response=reply) or reply
