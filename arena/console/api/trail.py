"""The audit trail, to read."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.http.paging import Pages
from arena.trail.models import Change
from arena.users.staff import require_staff

ACTIONS = {"create": 0, "update": 1, "delete": 2, "request": 3}
_WORDS = {number: word for word, number in ACTIONS.items()}
CUT = 2_000


class FieldChangeSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class TrailEntrySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True, help_text="Null: the arena by itself, or somebody at its terminal.")
    address = serializers.CharField(allow_null=True)
    request = serializers.CharField(allow_blank=True, help_text="Method and address of the request.")
    action = serializers.ChoiceField(choices=tuple(ACTIONS), help_text="`request`: nothing that is tracked was changed.")
    kind = serializers.CharField(help_text="What was changed, as `app.model`.")
    object = serializers.CharField()
    object_id = serializers.CharField()
    said = serializers.CharField(allow_blank=True)
    changes = FieldChangeSerializer(many=True)


class TrailSerializer(serializers.Serializer[Any]):
    results = TrailEntrySerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    kinds = serializers.ListField(child=serializers.CharField(), help_text="All that the trail has something of.")


class TrailView(APIView):
    @extend_schema(
        operation_id="operator_audit",
        tags=["operator"],
        summary="The audit trail, the newest first",
        parameters=[
            OpenApiParameter("kind", str, description="`app.model`"),
            OpenApiParameter("object_id", str, description="Of one thing; with `kind`."),
            OpenApiParameter("action", str, enum=list(ACTIONS)),
            OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
        ],
        responses=TrailSerializer,
    )
    def get(self, request: Request) -> Response:
        require_staff(request, "trail.view_change")
        pages = Pages()
        page = pages.paginate_queryset(_asked_for(request), request, view=self)
        kinds = Change.objects.order_by().values_list("content_type__app_label", "content_type__model").distinct()
        told = {
            "results": [_told(row) for row in page or []],
            "next": pages.get_next_link(),
            "previous": pages.get_previous_link(),
            "kinds": sorted(f"{app}.{model}" for app, model in kinds),
        }
        return Response(TrailSerializer(told).data)


def _asked_for(request: Request) -> QuerySet[Change]:
    rows: QuerySet[Change] = Change.objects.select_related("actor", "content_type")
    asked = {name: request.query_params.get(name, "").replace("\0", "") for name in ("kind", "object_id", "action")}
    if asked["kind"]:
        app, _, model = asked["kind"].partition(".")
        rows = rows.filter(content_type__app_label=app, content_type__model=model)
    if asked["object_id"]:
        rows = rows.filter(object_pk=asked["object_id"])
    if asked["action"]:
        rows = rows.filter(action=ACTIONS.get(asked["action"], -1))
    return rows


def _told(row: Change) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.timestamp,
        "actor": row.actor and row.actor.display_name,
        "address": row.remote_addr,
        "request": row.request,
        "action": _WORDS[row.action],
        "kind": f"{row.content_type.app_label}.{row.content_type.model}",
        "object": row.object_repr[:200],
        "object_id": row.object_pk,
        "said": row.said,
        "changes": [told for name, values in (row.changes or {}).items() if (told := _field(name, values))["before"] != told["after"]],
    }


def _field(name: str, values: Any) -> dict[str, str]:
    before, after = values if isinstance(values, list) and len(values) == 2 else ("", values)
    return {"field": name, "before": _cut(before), "after": _cut(after)}


def _cut(value: Any) -> str:
    text = "" if value is None or value == "None" else str(value)
    return text if len(text) <= CUT else f"{text[:CUT]}…"
