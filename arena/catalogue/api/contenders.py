"""Contenders: added, tried, moved from state to state, paused, cleared. Staff with the permission and a second factor."""

from datetime import timedelta
from functools import partial

from django.db import close_old_connections
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import budgets
from arena.catalogue import actions, queries
from arena.catalogue.api import shapes
from arena.catalogue.api.providers import may
from arena.contenders.models import Contender
from arena.errors import Conflict
from arena.http.idempotency import idempotent
from arena.http.strict import KEY, StrictSerializer, read
from arena.providers import asking
from arena.providers.queries import has_key, question
from arena.users.staff import require_staff

VIEW, CHANGE = "contenders.view_contender", "contenders.change_contender"
HOURS = OpenApiParameter("hours", int, description="What the health is of: 1 to 720, 24 when left out.")


class HoursQuery(StrictSerializer):
    hours = serializers.IntegerField(min_value=1, max_value=720, default=24)


def hours(request: Request) -> int:
    fields = HoursQuery(data=request.query_params.dict())
    fields.is_valid(raise_exception=True)
    return int(fields.validated_data["hours"])


def told(row: Contender, request: Request, *, status: int = 200) -> Response:
    fresh = Contender.objects.select_related("route__provider").get(pk=row.pk)
    return Response(shapes.ContenderDetailSerializer(queries.detail(fresh, timedelta(hours=hours(request)))).data, status=status)


class Contenders(APIView):
    @extend_schema(
        operation_id="operator_contenders",
        tags=["operator"],
        summary="All contenders, with how they do",
        parameters=[HOURS],
        responses=shapes.OperatorContendersSerializer,
    )
    def get(self, request: Request) -> Response:
        require_staff(request, VIEW)
        window = hours(request)
        told = {"hours": window, "results": queries.contenders(timedelta(hours=window)), "can": may(request, "contender")}
        return Response(shapes.OperatorContendersSerializer(told).data)

    @extend_schema(
        operation_id="add_contender",
        tags=["operator"],
        summary="Add a contender, as a draft",
        parameters=[KEY],
        request=shapes.ContenderRequest,
        responses={201: shapes.ContenderDetailSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        require_staff(request, "contenders.add_contender")
        fields = {"params": {}, **read(shapes.ContenderRequest, request)}
        return told(actions.add_contender(**fields), request, status=201)


class ContenderDetail(APIView):
    @extend_schema(
        operation_id="operator_contender",
        tags=["operator"],
        summary="One contender: its register, failures and canary",
        parameters=[HOURS],
        responses=shapes.ContenderDetailSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        require_staff(request, VIEW)
        return told(actions.contender_of(slug), request)

    @extend_schema(
        operation_id="change_contender",
        tags=["operator"],
        summary="Change a contender's description, or how it is reached",
        description="Fields that are left out stay. Of a public one neither system prompt nor parameters: that would be another contender.",
        request=shapes.ContenderChange(partial=True),
        responses=shapes.ContenderDetailSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        require_staff(request, CHANGE)
        return told(actions.change_contender(slug=slug, **read(shapes.ContenderChange, request, partial=True)), request)


class ContenderState(APIView):
    @extend_schema(
        operation_id="move_contender",
        tags=["operator"],
        summary="Move a contender to another state",
        description="Its `moves` say where to. A private test is disclosed with the move that makes it public.",
        parameters=[KEY],
        request=shapes.StateRequest,
        responses=shapes.ContenderDetailSerializer,
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        require_staff(request, CHANGE)
        return told(actions.change_state(slug=slug, **read(shapes.StateRequest, request)), request)


class ContenderPause(APIView):
    @extend_schema(
        operation_id="pause_contender",
        tags=["operator"],
        summary="Draw a contender for no battle for a while",
        parameters=[KEY],
        request=shapes.CatalogueReason,
        responses=shapes.ContenderDetailSerializer,
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        require_staff(request, CHANGE)
        return told(actions.pause(slug=slug, **read(shapes.CatalogueReason, request)), request)


class ContenderResume(APIView):
    @extend_schema(
        operation_id="resume_contender",
        tags=["operator"],
        summary="Draw a paused contender again",
        parameters=[KEY],
        request=shapes.CatalogueReason,
        responses=shapes.ContenderDetailSerializer,
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        require_staff(request, CHANGE)
        return told(actions.resume(slug=slug, **read(shapes.CatalogueReason, request)), request)


class ContenderClear(APIView):
    @extend_schema(
        operation_id="clear_contender",
        tags=["operator"],
        summary="Take a contender out of quarantine",
        parameters=[KEY],
        request=shapes.ClearRequest,
        responses=shapes.ContenderDetailSerializer,
    )
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        require_staff(request, CHANGE)
        return told(actions.clear(slug=slug, **read(shapes.ClearRequest, request)), request)


class ContenderCanary(APIView):
    @extend_schema(
        operation_id="ask_canary",
        tags=["operator"],
        summary="Ask a contender the canary's prompts now",
        description="By a worker, in a moment; what came of it is in the contender's `canary`.",
        request=None,
        responses={202: shapes.ContenderDetailSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        require_staff(request, CHANGE)
        contender = reachable(slug)
        budgets.require_day()
        actions.send_canary(contender)
        return told(contender, request, status=202)


class EventStream(JSONRenderer):
    """Lets a reader ask for events alone; what is refused is JSON all the same."""

    media_type = "text/event-stream"


class ContenderTry(APIView):
    renderer_classes = [JSONRenderer, EventStream]

    @extend_schema(
        operation_id="try_contender",
        tags=["operator"],
        summary="Try a contender: one answer, streamed, stored nowhere",
        description="Server-sent events: `delta` {type, text} as it comes, then `end` {ok, error, detail, input_tokens, output_tokens, first_token_ms, whole_ms}.",
        request=shapes.TryRequest,
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
    )
    def post(self, request: Request, slug: str) -> StreamingHttpResponse:
        require_staff(request, CHANGE)
        contender = reachable(slug)
        asked = question(contender, read(shapes.TryRequest, request)["prompt"])
        budgets.require_day()
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(
            asking.events(asked, partial(_count_use, contender, asked)), content_type="text/event-stream", headers=headers
        )


def _count_use(contender: Contender, asked: asking.Question, reply: asking.Reply) -> None:
    """For a thread that no request ends: its connection goes back to the pool."""
    try:
        actions.count_use(contender, asked, reply)
    finally:
        close_old_connections()


def reachable(slug: str) -> Contender:
    """Raises NotFound, and Conflict for one that cannot be asked anything yet."""
    actions.contender_of(slug)
    contender = Contender.objects.select_related("route__provider").filter(slug=slug, route__isnull=False).first()
    if contender is None:
        raise Conflict("Say first how it is reached: its provider, and the name that it has there.")
    if not has_key(contender.route.provider):
        raise Conflict("Its provider's key is missing. Enter it first.")
    return contender
