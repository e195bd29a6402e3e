"""A person's own things: consent, points, battles."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth import login, logout
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena import clock
from arena.accounts import actions, export
from arena.battles import queries
from arena.battles.api.serializers import BattlePageSerializer
from arena.chain.wallets import short
from arena.http.paging import Pages
from arena.http.pieces import Pieces, in_pages, json_object
from arena.http.session import require_user
from arena.http.strict import StrictSerializer, read
from arena.ledger import queries as ledger
from arena.ledger.models import Transfer
from arena.users import actions as users
from arena.users import proof, terms
from arena.users.admission import PROOF, admitted
from arena.users.models import User
from arena.users.queries import consent_of, selves, wallet_of

ACCOUNTS = ("pending", "available", "converted")
LINES_AT_ONCE = 500
CURSOR = OpenApiParameter("cursor", str, description="From `next` or `previous` of another page.")


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    is_guest = serializers.BooleanField()
    name = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    has_password = serializers.BooleanField()
    wallet = serializers.CharField(allow_null=True, help_text="The address of the wallet that is linked now.")
    is_staff = serializers.BooleanField()


class ConsentSerializer(serializers.Serializer[Any]):
    terms_version = serializers.CharField()
    terms_hash = serializers.CharField()
    publish = serializers.BooleanField()
    at = serializers.DateTimeField()
    current = serializers.BooleanField(help_text="Whether it is consent to the terms in force.")


class MyPointsSerializer(serializers.Serializer[Any]):
    pending = serializers.IntegerField()
    available = serializers.IntegerField()
    converted = serializers.IntegerField()
    today = serializers.IntegerField(help_text="Earned since midnight UTC.")
    daily_cap = serializers.IntegerField()


class MeSerializer(serializers.Serializer[Any]):
    user = PersonSerializer(allow_null=True)
    consent = ConsentSerializer(allow_null=True)
    points = MyPointsSerializer()


class ConsentRequest(StrictSerializer):
    terms_version = serializers.CharField(max_length=32)
    terms_hash = serializers.CharField(max_length=64)
    of_age = serializers.BooleanField(help_text="18 or older.")
    publish = serializers.BooleanField(help_text="Whether conversations from now on may be published as open data.")


class PublishRequest(StrictSerializer):
    publish = serializers.BooleanField(help_text="Whether conversations from now on may be published as open data.")


class DeletionRequest(StrictSerializer):
    password = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False, max_length=1000)


class BalancesSerializer(serializers.Serializer[Any]):
    pending = serializers.IntegerField()
    available = serializers.IntegerField()
    converted = serializers.IntegerField()


class ChangeSerializer(serializers.Serializer[Any]):
    account = serializers.ChoiceField(choices=ACCOUNTS)
    amount = serializers.IntegerField(help_text="Below zero when points left the account.")


class LineSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    at = serializers.DateTimeField()
    amount = serializers.IntegerField(help_text="Below zero when points left the account.")
    account = serializers.ChoiceField(choices=ACCOUNTS)
    changes = ChangeSerializer(many=True, help_text="What it did to each balance; over all lines they add up to the balances.")
    kind = serializers.ChoiceField(choices=("award", "release", "reversal", "conversion", "void"))
    reason = serializers.CharField()
    policy = serializers.CharField()
    battle = serializers.UUIDField(allow_null=True)
    available_at = serializers.DateTimeField(allow_null=True)


class StatementSerializer(serializers.Serializer[Any]):
    balances = BalancesSerializer()
    results = LineSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


def me(user: Any) -> dict[str, Any]:
    """What a person is told about themselves."""
    known = isinstance(user, User)
    consent = consent_of(user) if known else None
    points = dict.fromkeys(("pending", "available", "converted", "today"), 0)
    if known:
        held = ledger.balances(*selves(user))
        points = {"pending": held.pending, "available": held.available, "converted": held.converted, "today": _today(user)}
    return {
        "user": _person(user) if known else None,
        "consent": consent
        and {
            "terms_version": consent.terms_version,
            "terms_hash": consent.terms_hash,
            "publish": consent.publish,
            "at": consent.at,
            "current": consent.terms_hash == terms.current().hash,
        },
        "points": {**points, "daily_cap": queries.reward_policy().daily_cap},
    }


def _person(user: User) -> dict[str, Any]:
    wallet = wallet_of(user)
    named_by_wallet = wallet and not user.is_guest and not user.email
    return {
        "id": str(user.pk),
        "is_guest": user.is_guest,
        "name": short(wallet.address) if wallet and named_by_wallet else user.display_name,
        "wallet": wallet.address if wallet else None,
        "email": user.email or None,
        "has_password": user.has_usable_password(),
        "is_staff": user.is_staff,
    }


def _today(user: User) -> int:
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return ledger.earned_since(midnight, *selves(user))


class Me(APIView):
    @extend_schema(
        operation_id="me",
        tags=["me"],
        summary="Who I am here",
        description="Sets the cookie `csrftoken`, whose value every write carries in `X-CSRFToken`.",
        responses=MeSerializer,
    )
    def get(self, request: Request) -> Response:
        get_token(request._request)
        return Response(me(request.user), headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="delete_me",
        tags=["me"],
        summary="Delete my account",
        description=(
            "Every conversation, comment, address and session goes, and all points are forfeited; votes stay without a name. Somebody with"
            " an account proves it first: by `password` in the body, or by having signed in, or proved it, within five minutes."
        ),
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        user = require_user(request)
        proof.require_proof(request._request, user, read(DeletionRequest, request)["password"])
        actions.delete_person(user=user)
        logout(request._request)
        return Response(status=204)


class Consent(APIView):
    @extend_schema(
        operation_id="accept_terms",
        tags=["me"],
        summary="Accept the terms",
        description="Makes a guest and a session when there is none yet.",
        parameters=[PROOF],
        request=ConsentRequest,
        responses=MeSerializer,
    )
    @admitted("consents")
    def post(self, request: Request) -> Response:
        fields = read(ConsentRequest, request)
        known = request.user.is_authenticated
        choice = {"version": fields["terms_version"], "hash": fields["terms_hash"], "of_age": fields["of_age"]}
        user = users.accept_terms_as(require_user(request) if known else None, **choice, publish=fields["publish"])
        if not known:
            login(request._request, user, backend="django.contrib.auth.backends.ModelBackend")
        return Response(me(user), headers={"Cache-Control": "no-store"})


class Publish(APIView):
    @extend_schema(
        operation_id="choose_publication",
        tags=["me"],
        summary="Choose whether my conversations may be published",
        description="Holds for conversations begun from now on. Allowing it needs consent to the terms in force; taking it back does not.",
        request=PublishRequest,
        responses=MeSerializer,
    )
    def put(self, request: Request) -> Response:
        user = require_user(request)
        users.choose_publication(user=user, publish=read(PublishRequest, request)["publish"])
        return Response(me(user), headers={"Cache-Control": "no-store"})


class Export(APIView):
    @extend_schema(
        operation_id="export_me",
        tags=["me"],
        summary="All that is known of me, as one file",
        description="Who I am, consents, battles with texts, votes, comments, reports, links, points, conversions. Names only of contenders revealed.",
        responses={200: OpenApiTypes.OBJECT},
    )
    @admitted("exports")
    def get(self, request: Request) -> HttpResponseBase:
        user = require_user(request)
        mine = selves(user)
        points = (line(row, mine) for row in in_pages(ledger.statement(*mine).order_by("id"), LINES_AT_ONCE))
        name = f"evenhand-{clock.now():%Y-%m-%d}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Pieces(json_object({**export.export(user), "points": points}), content_type="application/json", headers=headers)


class Points(APIView):
    @extend_schema(
        operation_id="my_points", tags=["me"], summary="My points, line by line", parameters=[CURSOR], responses=StatementSerializer
    )
    def get(self, request: Request) -> Response:
        user = require_user(request)
        pages = Pages()
        mine = selves(user)
        page = pages.paginate_queryset(ledger.statement(*mine), request, view=self)
        held = ledger.balances(*mine)
        balances = {"pending": held.pending, "available": held.available, "converted": held.converted}
        rows = [line(row, mine) for row in page or []]
        return Response({"balances": balances, "results": rows, "next": pages.get_next_link(), "previous": pages.get_previous_link()})


def line(row: Transfer, mine: Sequence[uuid.UUID]) -> dict[str, Any]:
    """A transfer as a line of the statement of these owners."""
    incoming = row.target.owner_id in mine
    shown = row.target.kind if incoming else row.source.kind
    return {
        "id": str(row.pk),
        "at": row.at,
        "amount": row.amount if incoming else -row.amount,
        "account": shown,
        "changes": [{"account": account, "amount": amount} for account, amount in ledger.changes(row, *mine)],
        "kind": row.kind,
        "reason": row.reason,
        "policy": row.policy,
        "battle": row.subject,
        "available_at": ledger.available_at(row),
    }


class MyBattles(APIView):
    @extend_schema(operation_id="my_battles", tags=["me"], summary="My battles", parameters=[CURSOR], responses=BattlePageSerializer)
    def get(self, request: Request) -> Response:
        pages = Pages()
        page = pages.paginate_queryset(queries.battles_of(require_user(request)), request, view=self)
        rows = queries.summaries(page or [])
        return Response({"results": rows, "next": pages.get_next_link(), "previous": pages.get_previous_link()})
