"""The rankings in the API beside boards: contenders, who beat whom, and the editions to cite."""

import datetime
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from arena.contenders.api import ContenderSerializer
from arena.errors import NotFound
from arena.http.query import read_query
from arena.ratings import actions, api, editions, rankings
from arena.ratings.api import FORMAT, FormatQuery, MetaSerializer, Rankings, tabled
from arena.users.admission import admitted

BOARD = OpenApiParameter("board", str, description="A board's slug; the first board when left out.")


class HistoryQuery(FormatQuery):
    board = serializers.SlugField(max_length=80, required=False)


class MeetingQuery(HistoryQuery):
    contender = serializers.SlugField(max_length=80, required=False)


class ContenderListSerializer(serializers.Serializer[Any]):
    results = ContenderSerializer(many=True)
    meta = MetaSerializer()


class OnBoardSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    seq = serializers.IntegerField()


class PlaceSerializer(api.RowSerializer):
    board = OnBoardSerializer()


class PublicContenderSerializer(serializers.Serializer[Any]):
    contender = ContenderSerializer()
    system_prompt = serializers.CharField(help_text="What it is told before every conversation; empty for nothing.")
    standings = PlaceSerializer(many=True, help_text="On every board that it is on, as published.")
    events = api.EventSerializer(many=True)
    meta = MetaSerializer()


class PastSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    seq = serializers.IntegerField()
    rank = serializers.IntegerField()
    mu = serializers.CharField()
    low = serializers.CharField()
    high = serializers.CharField()


class ContenderHistorySerializer(serializers.Serializer[Any]):
    contender = serializers.CharField()
    board = serializers.CharField()
    points = PastSerializer(many=True)
    events = api.EventSerializer(many=True)
    meta = MetaSerializer()


class MeetingSerializer(serializers.Serializer[Any]):
    contender = serializers.CharField()
    opponent = serializers.CharField()
    votes = serializers.IntegerField()
    wins = serializers.IntegerField()
    losses = serializers.IntegerField()
    ties = serializers.IntegerField()
    both_bad = serializers.IntegerField()


class MeetingListSerializer(serializers.Serializer[Any]):
    board = serializers.CharField()
    results = MeetingSerializer(many=True)
    meta = MetaSerializer()


class EditionSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    at = serializers.DateTimeField()
    seq = serializers.IntegerField()
    manifest_sha256 = serializers.CharField()


class EditionListSerializer(serializers.Serializer[Any]):
    results = EditionSerializer(many=True)


class EditionFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()


class ManifestSerializer(serializers.Serializer[Any]):
    v = serializers.IntegerField()
    arena = serializers.CharField()
    date = serializers.DateField()
    files = EditionFileSerializer(many=True)
    meta = MetaSerializer()


class Contenders(Rankings):
    @extend_schema(
        operation_id="contenders",
        tags=["rankings"],
        summary="Every contender that is or was public",
        parameters=[FORMAT],
        responses={(200, "application/json"): ContenderListSerializer, (200, "text/csv"): str},
    )
    @admitted("reads")
    def get(self, request: Request) -> HttpResponseBase:
        format, document = read_query(FormatQuery, request)["format"], rankings.contenders()
        return tabled(request, document, actions.encoded(document), format, rankings.contenders_table, "contenders")


class ContenderDetail(Rankings):
    @extend_schema(
        operation_id="contender",
        tags=["rankings"],
        summary="One contender: what it is, where it stands, what became of it",
        responses=PublicContenderSerializer,
    )
    @admitted("reads")
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        body = actions.encoded(rankings.contender(slug))
        return api.published(request, body, actions.etag(body))


class ContenderHistory(Rankings):
    @extend_schema(
        operation_id="contender_history",
        tags=["rankings"],
        summary="One contender on a board over time",
        parameters=[BOARD, FORMAT],
        responses={(200, "application/json"): ContenderHistorySerializer, (200, "text/csv"): str},
    )
    @admitted("reads")
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        query = read_query(HistoryQuery, request)
        board = rankings.board_named(query.get("board"))
        document = rankings.past(slug, board)
        return tabled(request, document, actions.encoded(document), query["format"], rankings.past_table, f"{slug}-{board.slug}-history")


class HeadToHead(Rankings):
    @extend_schema(
        operation_id="head_to_head",
        tags=["rankings"],
        summary="Who beat whom on a board",
        description="Every pair once, or all pairs of one contender.",
        parameters=[BOARD, OpenApiParameter("contender", str, description="Only its pairs, it first."), FORMAT],
        responses={(200, "application/json"): MeetingListSerializer, (200, "text/csv"): str},
    )
    @admitted("reads")
    def get(self, request: Request) -> HttpResponseBase:
        query = read_query(MeetingQuery, request)
        board = rankings.board_named(query.get("board"))
        document = rankings.head_to_head(board, query.get("contender"))
        name = f"{board.slug}-head-to-head-seq-{document['meta']['seq']}"
        return tabled(request, document, actions.encoded(document), query["format"], rankings.head_to_head_table, name)


class Editions(Rankings):
    @extend_schema(
        operation_id="snapshots",
        tags=["rankings"],
        summary="The days whose rankings were kept to be cited",
        responses=EditionListSerializer,
    )
    @admitted("reads")
    def get(self, request: Request) -> Response:
        return Response({"results": editions.editions()})


class EditionManifest(Rankings):
    @extend_schema(
        operation_id="snapshot",
        tags=["rankings"],
        summary="The manifest of a day's rankings",
        description="Every file with its size and SHA-256. It never changes; its ETag is its SHA-256.",
        responses=ManifestSerializer,
    )
    @admitted("reads")
    def get(self, request: Request, date: datetime.date) -> HttpResponseBase:
        return _file(request, date, editions.MANIFEST)


class EditionFile(Rankings):
    @extend_schema(
        operation_id="snapshot_file",
        tags=["rankings"],
        summary="A file of a day's rankings",
        description="`manifest.json`, `SHA256SUMS`, or one that the manifest names. It never changes; its ETag is its SHA-256.",
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): str,
            (200, "text/plain"): str,
        },
    )
    @admitted("reads")
    def get(self, request: Request, date: datetime.date, name: str) -> HttpResponseBase:
        return _file(request, date, name)


def _file(request: Request, day: datetime.date, name: str) -> HttpResponseBase:
    found = editions.file_of(day, name)
    if found is None:
        raise NotFound("Of this day there is no such file; see GET /api/v1/snapshots for the days that were kept.")
    body, kind, sha256 = found
    return api.published(request, body, sha256, api.FOR_EVER, kind)
