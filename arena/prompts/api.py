"""Prompt suggestions in the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.prompts import queries
from arena.prompts.serving import TOKEN


class SuggestionQuery(serializers.Serializer[Any]):
    n = serializers.IntegerField(min_value=1, max_value=12, default=4)
    language = serializers.CharField(max_length=12, default="en")
    cohort = serializers.RegexField(f"^({TOKEN})?$", default="", allow_blank=True)


class SuggestionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    text = serializers.CharField()
    category = serializers.CharField()
    language = serializers.CharField()


class SuggestionListSerializer(serializers.Serializer[Any]):
    results = SuggestionSerializer(many=True)


class Suggestions(APIView):
    @extend_schema(
        operation_id="prompt_suggestions",
        tags=["prompts"],
        summary="Some short prompts to begin with",
        parameters=[
            OpenApiParameter("n", int, description="How many, 1 to 12; 4 when left out."),
            OpenApiParameter("language", str, description="Of the prompts; English when left out or unknown."),
            OpenApiParameter("cohort", str, description="The word of a link that an operator gave you; without it, what is for everybody."),
        ],
        responses=SuggestionListSerializer,
    )
    def get(self, request: Request) -> Response:
        query = SuggestionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        chosen = queries.suggestions(count=asked["n"], language=asked["language"], cohort=asked["cohort"])
        return Response({"results": SuggestionSerializer(chosen, many=True).data})
