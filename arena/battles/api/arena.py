"""The arena as a whole."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import queries
from arena.battles.models import Battle
from arena.http.cache import Kept
from arena.providers.queries import ready_contenders
from arena.ratings.models import Board
from arena.users import terms

# To count them is to read them all, and everybody who opens the page asks.
_begun: Kept[str, int] = Kept(10.0, late=120.0)


class LimitsSerializer(serializers.Serializer[Any]):
    prompt_chars = serializers.IntegerField()
    turns = serializers.IntegerField()
    attempts = serializers.IntegerField()


class RewardSerializer(serializers.Serializer[Any]):
    points = serializers.IntegerField()
    daily_cap = serializers.IntegerField()
    hold_seconds = serializers.IntegerField()
    policy = serializers.CharField()


class TermsSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    hash = serializers.CharField(help_text="SHA-256 of the text, hex.")


class TermsTextSerializer(TermsSerializer):
    text = serializers.CharField(help_text="Markdown.")


class SignInSerializer(serializers.Serializer[Any]):
    policy = serializers.ChoiceField(choices=("anonymous_first", "required"))
    domains = serializers.ListField(child=serializers.CharField(), help_text="Whose addresses may sign up; empty: all.")
    oidc = serializers.CharField(allow_null=True, help_text="What single sign-on is called here.")
    email_verification = serializers.ChoiceField(choices=("none", "optional", "mandatory"))
    mail = serializers.BooleanField(help_text="Whether a forgotten password can be reset by mail.")


class ArenaSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    contenders_ready = serializers.IntegerField()
    toys = serializers.BooleanField(help_text="Whether all of them are tiny models for a first look.")
    limits = LimitsSerializer()
    reward = RewardSerializer()
    terms = TermsSerializer()
    sign_in = SignInSerializer()
    votes = serializers.IntegerField()
    battles = serializers.IntegerField()


class Arena(APIView):
    @extend_schema(operation_id="arena", tags=["arena"], summary="The arena at a glance", responses=ArenaSerializer)
    def get(self, request: Request) -> Response:
        ready, now, reward = ready_contenders(), terms.current(), queries.reward_policy()
        board = Board.objects.filter(slug=queries.BOARD).first()
        body = {
            "name": settings.ARENA_NAME,
            "contenders_ready": len(ready),
            "toys": bool(ready) and all(contender.toy for contender in ready),
            "limits": {"prompt_chars": settings.PROMPT_CHARS, "turns": settings.TURNS, "attempts": settings.ATTEMPTS},
            "reward": {
                "points": reward.points,
                "daily_cap": reward.daily_cap,
                "hold_seconds": settings.HOLD_SECONDS,
                "policy": reward.version,
            },
            "terms": {"version": now.version, "hash": now.hash},
            "sign_in": {
                "policy": settings.SIGN_IN,
                "domains": settings.ALLOWED_EMAIL_DOMAINS,
                "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else None,
                "email_verification": settings.EMAIL_VERIFICATION,
                "mail": settings.MAIL.sends,
            },
            "votes": board.votes if board else 0,
            "battles": _begun.find("battles", Battle.objects.count) or 0,
        }
        return Response(body, headers={"Cache-Control": "public, max-age=2"})


class Terms(APIView):
    @extend_schema(operation_id="terms", tags=["arena"], summary="The terms in force", responses=TermsTextSerializer)
    def get(self, request: Request) -> Response:
        now = terms.current()
        return Response({"version": now.version, "hash": now.hash, "text": now.text}, headers={"Cache-Control": "public, max-age=60"})
