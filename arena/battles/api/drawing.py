"""A prompt for who asks for one."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import drawing
from arena.prompts.api import SuggestionSerializer
from arena.prompts.serving import TOKEN
from arena.users.admission import admitted
from arena.users.queries import lasting_network_of


class DrawQuery(serializers.Serializer[Any]):
    language = serializers.CharField(max_length=12, default="")
    cohort = serializers.RegexField(f"^({TOKEN})?$", default="", allow_blank=True)


class DrawnSerializer(SuggestionSerializer):
    voters = serializers.IntegerField(source="pool.voters", help_text="How many people judge the same answers.")
    guidelines = serializers.CharField(source="pool.guidelines", allow_blank=True, help_text="What its operators ask of you.")


class Draw(APIView):
    @extend_schema(
        operation_id="draw_prompt",
        tags=["prompts"],
        summary="A prompt for you: by the weight of its pool, and by what is needed most",
        description="Nothing is kept for you: open a battle with its id. What you have had comes last.",
        parameters=[
            OpenApiParameter("language", str, description="Of the prompt, if there is one in it; else English; else any."),
            OpenApiParameter("cohort", str, description="The word of a link that an operator gave you; without it, what is for everybody."),
        ],
        responses=DrawnSerializer,
    )
    @admitted("reads")
    def get(self, request: Request) -> Response:
        query = DrawQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        voter = request.user if request.user.is_authenticated else None
        prompt = drawing.draw_prompt(voter=voter, network=lasting_network_of(request.META), **query.validated_data)
        return Response(DrawnSerializer(prompt).data, headers={"Cache-Control": "no-store"})
