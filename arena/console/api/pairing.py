"""Who meets whom: the rule, what it has led to, and the boards."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena import clock
from arena.battles import actions, pairing, policies, queries
from arena.battles.api.exposure import ExposureSerializer
from arena.battles.models import PairingPolicy
from arena.errors import InvalidInput
from arena.http.idempotency import idempotent
from arena.http.strict import KEY, StrictSerializer, read
from arena.ratings.models import Board
from arena.users.models import User
from arena.users.staff import require_staff

VIEW, ADD = "battles.view_pairingpolicy", "battles.add_pairingpolicy"
SHOWN = 20


def _share() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=5, decimal_places=4, min_value=0, max_value=1)


class PastPairingSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()


class RuleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    words = serializers.CharField()


class BoardProgressSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    votes = serializers.IntegerField()
    building = serializers.BooleanField()
    progress = serializers.FloatField()


class OperatorPairingSerializer(ExposureSerializer):
    rules = RuleSerializer(many=True)
    history = PastPairingSerializer(many=True, help_text="Those that somebody chose; the newest 20.")
    boards = BoardProgressSerializer(many=True)
    can_change = serializers.BooleanField()


class PairingRequest(StrictSerializer):
    name = serializers.ChoiceField(choices=tuple(pairing.NAMES))
    uniform_share = _share()
    contender_floor = _share()
    contender_cap = _share()
    vendor_floor = _share()
    vendor_cap = _share()
    reason = serializers.CharField(max_length=500)


def _document(user: User) -> dict[str, Any]:
    rule = queries.pairing_policy()
    bounds = {name: getattr(rule.bounds, name) for name in policies.COLUMNS[2:]}
    past = PairingPolicy.objects.select_related("by").order_by("-id")[:SHOWN]
    told = {
        "pairing": {"name": rule.name, "version": rule.label, "uniform_share": rule.uniform_share, **bounds},
        **policies.exposure(clock.now()),
        "rules": [{"name": name, "words": words} for name, words in pairing.NAMES.items()],
        "history": [{"version": row.version, "reason": row.reason, "by": row.by and row.by.display_name, "at": row.at} for row in past],
        "boards": [_board(board) for board in Board.objects.order_by("position", "slug")],
        "can_change": user.has_perm(ADD),
    }
    return dict(OperatorPairingSerializer(told).data)


def _board(board: Board) -> dict[str, Any]:
    building = board.generation < board.wanted
    return {"slug": board.slug, "title": board.title, "votes": board.votes, "building": building, "progress": board.progress}


class Pairing(APIView):
    @extend_schema(
        operation_id="operator_pairing", tags=["operator"], summary="Pairing, exposure and boards", responses=OperatorPairingSerializer
    )
    def get(self, request: Request) -> Response:
        return Response(_document(require_staff(request, VIEW)))

    @extend_schema(
        operation_id="set_pairing",
        tags=["operator"],
        summary="Put a pairing policy in force",
        description="From the next battle on; it is a line of the log.",
        parameters=[KEY],
        request=PairingRequest,
        responses={201: OperatorPairingSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        user, fields = require_staff(request, ADD), read(PairingRequest, request)
        try:
            actions.set_pairing_policy(policy=PairingPolicy(**fields), by=user)
        except ValueError as error:
            raise InvalidInput(f"These figures do not fit together: {error}. Nothing was changed.") from error
        return Response(_document(user), status=201)
