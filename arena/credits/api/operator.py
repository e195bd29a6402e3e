"""What operators see of the money and do about it: staff with the permission and a second factor, proved just now, on the record."""

import re
import uuid
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.chain import signing
from arena.credits import operate, queries, treasury
from arena.credits.models import Attempt, Conversion, Epoch
from arena.errors import InvalidInput
from arena.http.idempotency import PATTERN, idempotent
from arena.http.strict import KEY, StrictSerializer, read
from arena.users.models import User
from arena.users.staff import require_staff, require_staff_now

EPOCHS_SHOWN = 20
CAN = {
    "approve": "credits.add_approval",
    "veto": "credits.veto_epoch",
    "seal": "credits.seal_epoch",
    "pause": "credits.pause",
    "void": "credits.void_conversion",
    "fund": "credits.fund",
}
# Not `idempotent`, which holds a transaction open meanwhile: what was signed is what remembers it, and for good.
FUND_KEY = OpenApiParameter(
    KEY.name,
    KEY.type,
    KEY.location,
    required=True,
    description="8 to 80 visible ASCII characters; for the same key of the same person nothing is paid twice, at any time.",
)


class ReasonRequest(StrictSerializer):
    reason = serializers.CharField(max_length=200, help_text="Why; it stays on record.")


class FundRequest(StrictSerializer):
    units = serializers.RegexField(r"^[1-9][0-9]{0,17}$", help_text="Stablecoin units, as a decimal string.")


class AttemptSerializer(serializers.Serializer[Any]):
    purpose = serializers.CharField()
    number = serializers.IntegerField(help_text="0 for the first; one more for each replacement.")
    hash = serializers.CharField()
    signer = serializers.CharField()
    nonce = serializers.IntegerField()
    max_fee = serializers.CharField(help_text="Wei a unit of gas.")
    at = serializers.DateTimeField()
    block = serializers.IntegerField(allow_null=True)
    succeeded = serializers.BooleanField(allow_null=True)
    final = serializers.BooleanField()


class AlarmSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    subject = serializers.CharField()
    detail = serializers.CharField()
    opened_at = serializers.DateTimeField()


class ApprovalSerializer(serializers.Serializer[Any]):
    by = serializers.CharField()
    at = serializers.DateTimeField()


class OperatorEpochSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=queries.STATES)
    sealed_at = serializers.DateTimeField()
    sealed_by = serializers.CharField(allow_null=True)
    new_units = serializers.CharField()
    cum_total = serializers.CharField()
    released = serializers.CharField(help_text="Units that it adds to what was promised before it.")
    accounts = serializers.IntegerField()
    active_at = serializers.DateTimeField(allow_null=True)
    approvals = ApprovalSerializer(many=True)
    needs = serializers.IntegerField(help_text="People whose word is needed before it is posted: 0 or 2.")


class WaitingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    owner = serializers.CharField()
    wallet = serializers.CharField()
    points = serializers.IntegerField()
    units = serializers.CharField()
    at = serializers.DateTimeField()


class PayoutsSerializer(serializers.Serializer[Any]):
    treasury = serializers.DictField(allow_null=True, help_text="As GET /treasury tells it.")
    epochs = OperatorEpochSerializer(many=True)
    waiting = WaitingSerializer(many=True, help_text="The 50 oldest conversions that no epoch has sealed.")
    attempts = AttemptSerializer(many=True)
    alarms = AlarmSerializer(many=True)
    roles = serializers.DictField(child=serializers.CharField(allow_null=True), help_text="Address by role; null without a key.")
    can = serializers.DictField(child=serializers.BooleanField())


class TransactionSerializer(serializers.Serializer[Any]):
    to = serializers.CharField()
    data = serializers.CharField(help_text="The encoded call, 0x hex.")  # type: ignore[assignment]
    value = serializers.CharField(help_text="Wei.")


class SentSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
    hash = serializers.CharField(allow_null=True, help_text="Of the transaction that was sent; null when none was.")
    transaction = TransactionSerializer(help_text="What was sent, or what has to be sent from another account.")


def _person(user: User | None) -> str | None:
    return None if user is None else user.display_name


def _epoch(epoch: Epoch) -> dict[str, Any]:
    (told,) = queries.described([epoch])
    return {
        **told,
        "sealed_by": _person(epoch.sealed_by),
        "released": str(queries.released(epoch)),
        "approvals": [{"by": _person(row.by), "at": row.at} for row in epoch.approvals.select_related("by").order_by("at")],
        "needs": queries.needed(epoch),
    }


def _waiting(conversion: Conversion) -> dict[str, Any]:
    row = {name: getattr(conversion, name) for name in ("id", "wallet", "points", "units", "at")}
    return {**row, "owner": conversion.owner.display_name}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    receipt = getattr(attempt, "receipt", None)
    return {
        **{name: getattr(attempt, name) for name in ("purpose", "number", "hash", "signer", "nonce", "max_fee", "at")},
        "block": receipt and receipt.block_number,
        "succeeded": receipt and receipt.succeeded,
        "final": bool(receipt and receipt.final),
    }


def _roles() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    roles: tuple[signing.Role, ...] = ("settler", "guardian")
    for role in roles:
        try:
            found[role] = signing.address_of(signing.key_of(role))
        except ImproperlyConfigured:
            found[role] = None
    return found


def _sent(sent: operate.Sent) -> Response:
    transaction = {"to": sent.to, "data": f"0x{sent.data.hex()}", "value": "0"}
    return Response(SentSerializer({"detail": sent.detail, "hash": sent.hash, "transaction": transaction}).data)


class Payouts(APIView):
    @extend_schema(
        operation_id="operator_payouts", tags=["operator"], summary="Epochs, transactions and alarms", responses=PayoutsSerializer
    )
    def get(self, request: Request) -> Response:
        user = require_staff(request, "credits.view_epoch")
        newest = Epoch.objects.select_related("sealed_by").order_by("-number")[:EPOCHS_SHOWN]
        told = {
            "treasury": treasury.document(),
            "epochs": [_epoch(epoch) for epoch in newest],
            "waiting": [_waiting(row) for row in operate.waiting()],
            "attempts": [_attempt(row) for row in operate.attempts()],
            "alarms": operate.alarms(),
            "roles": _roles(),
            "can": {what: user.has_perm(permission) for what, permission in CAN.items()},
        }
        return Response(PayoutsSerializer(told).data)


class Seal(APIView):
    @extend_schema(
        operation_id="seal_epoch",
        tags=["operator"],
        summary="Seal an epoch now",
        parameters=[KEY],
        request=None,
        responses={201: OperatorEpochSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        return Response(OperatorEpochSerializer(_epoch(operate.seal(by=require_staff_now(request, CAN["seal"])))).data, status=201)


class Approve(APIView):
    @extend_schema(
        operation_id="approve_epoch",
        tags=["operator"],
        summary="Approve an epoch",
        parameters=[KEY],
        request=None,
        responses=OperatorEpochSerializer,
    )
    @idempotent
    def post(self, request: Request, number: int) -> Response:
        return Response(OperatorEpochSerializer(_epoch(operate.approve(number=number, by=require_staff_now(request, CAN["approve"])))).data)


class Veto(APIView):
    @extend_schema(operation_id="veto_epoch", tags=["operator"], summary="Veto an epoch", request=ReasonRequest, responses=SentSerializer)
    def post(self, request: Request, number: int) -> Response:
        user = require_staff_now(request, CAN["veto"])
        return _sent(operate.veto(number=number, by=user, **read(ReasonRequest, request)))


class VoidedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    points = serializers.IntegerField()
    units = serializers.CharField()


class VoidConversion(APIView):
    @extend_schema(
        operation_id="void_conversion",
        tags=["operator"],
        summary="Take a conversion back",
        parameters=[KEY],
        request=ReasonRequest,
        responses=VoidedSerializer,
    )
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        user = require_staff_now(request, CAN["void"])
        return Response(VoidedSerializer(operate.void(id=id, by=user, **read(ReasonRequest, request))).data)


class Pause(APIView):
    @extend_schema(operation_id="pause_credits", tags=["operator"], summary="Stop posts and claims", request=None, responses=SentSerializer)
    def post(self, request: Request) -> Response:
        return _sent(operate.pause(by=require_staff_now(request, CAN["pause"])))


class Fund(APIView):
    @extend_schema(
        operation_id="fund_treasury",
        tags=["operator"],
        summary="Fund the treasury",
        parameters=[FUND_KEY],
        request=FundRequest,
        responses=SentSerializer,
    )
    def post(self, request: Request) -> Response:
        user = require_staff_now(request, CAN["fund"])
        units = int(read(FundRequest, request)["units"])
        key = request.headers.get("Idempotency-Key", "")
        if not re.fullmatch(PATTERN, key):
            raise InvalidInput("Send an Idempotency-Key of 8 to 80 visible ASCII characters, so that nothing is paid twice.")
        return _sent(operate.fund(units=units, key=key, by=user))


urlpatterns = [
    path("operator/payouts", Payouts.as_view()),
    path("operator/epochs", Seal.as_view()),
    path("operator/epochs/<int:number>/approval", Approve.as_view()),
    path("operator/epochs/<int:number>/veto", Veto.as_view()),
    path("operator/conversions/<uuid:id>/void", VoidConversion.as_view()),
    path("operator/pause", Pause.as_view()),
    path("operator/fund", Fund.as_view()),
]
