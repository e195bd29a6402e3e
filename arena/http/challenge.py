"""`GET /api/v1/challenge`: some work to prove that one is not a flood."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.http import altcha


class ChallengeSerializer(serializers.Serializer[Any]):
    algorithm = serializers.CharField(help_text="SHA-256.")
    challenge = serializers.CharField(help_text="SHA-256 of the salt followed by the number that is sought, hex.")
    maxnumber = serializers.IntegerField(help_text="The number lies between 0 and this.")
    salt = serializers.CharField()
    signature = serializers.CharField()


class Challenge(APIView):
    @extend_schema(
        operation_id="challenge",
        tags=["arena"],
        summary="Some work that proves good will",
        description=(
            "An ALTCHA challenge, for a request that was refused with `proof-of-work-required`: find the number, and send the request again with"
            " `X-Altcha`: base64 of the JSON object {algorithm, challenge, number, salt, signature}. Good once, within five minutes."
        ),
        responses=ChallengeSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(altcha.new(), headers={"Cache-Control": "no-store"})
