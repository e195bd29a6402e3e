"""Reporting an answer."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import actions
from arena.battles.api import serializers as shapes
from arena.http.idempotency import idempotent
from arena.http.session import require_user
from arena.http.strict import KEY, read
from arena.users.admission import admitted


class Reports(APIView):
    @extend_schema(
        operation_id="report_answer",
        tags=["battles"],
        summary="Report an answer to the operators",
        description="Once an answer. The same report again gives the same reply; for another reason it is refused with 409.",
        parameters=[KEY],
        request=shapes.ReportRequest,
        responses={201: shapes.ReportSerializer},
    )
    @admitted("reports")
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        report = actions.report_answer(battle_id=id, person=require_user(request), **read(shapes.ReportRequest, request))
        about = {"side": report.answer.side.letter, "turn": report.answer.turn.number}
        return Response({**about, "reason": report.reason, "at": report.at}, status=201)
