"""Providers: added, changed, given a key. Staff with the permission and a second factor; a key asks for a proof of who they are."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.catalogue import actions, queries
from arena.catalogue.api import shapes
from arena.http.idempotency import idempotent
from arena.http.strict import KEY, read
from arena.outbound import Secret
from arena.providers import actions as providers
from arena.users.staff import require_staff, require_staff_now


def may(request: Request, what: str) -> dict[str, bool]:
    """What a page need not offer, by the last word of a permission."""
    app = "providers" if what == "provider" else "contenders"
    return {name: request.user.has_perm(f"{app}.{name}_{what}") for name in ("add", "change")}


class Providers(APIView):
    @extend_schema(operation_id="operator_providers", tags=["operator"], summary="All providers", responses=shapes.ProvidersSerializer)
    def get(self, request: Request) -> Response:
        require_staff(request, "providers.view_provider")
        told = {"results": queries.providers(), "presets": queries.presets(), "can": may(request, "provider")}
        return Response(shapes.ProvidersSerializer(told).data)

    @extend_schema(
        operation_id="add_provider",
        tags=["operator"],
        summary="Add a provider",
        parameters=[KEY],
        request=shapes.ProviderRequest,
        responses={201: shapes.ProviderSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        require_staff(request, "providers.add_provider")
        row = providers.add_provider(**read(shapes.ProviderRequest, request))
        return Response(shapes.ProviderSerializer(queries.provider(row)).data, status=201)


class ProviderDetail(APIView):
    @extend_schema(
        operation_id="change_provider",
        tags=["operator"],
        summary="Change a provider",
        description="Fields that are left out stay. Its address changes only while it has no key.",
        request=shapes.ProviderChange(partial=True),
        responses=shapes.ProviderSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        require_staff(request, "providers.change_provider")
        row = actions.change_provider(slug=slug, **read(shapes.ProviderChange, request, partial=True))
        return Response(shapes.ProviderSerializer(queries.provider(row)).data)


class ProviderKey(APIView):
    @extend_schema(
        operation_id="set_provider_key",
        tags=["operator"],
        summary="Give a provider its key",
        description="It is encrypted at rest, goes before one of the environment, and is never shown again.",
        request=shapes.KeyRequest,
        responses=shapes.ProviderSerializer,
    )
    def put(self, request: Request, slug: str) -> Response:
        require_staff_now(request, "providers.change_provider")
        row = actions.set_key(slug=slug, key=Secret(read(shapes.KeyRequest, request)["key"]))
        return Response(shapes.ProviderSerializer(queries.provider(row)).data)

    @extend_schema(
        operation_id="remove_provider_key",
        tags=["operator"],
        summary="Remove a provider's key",
        description="The one that was entered, and the name of the environment's.",
        responses=shapes.ProviderSerializer,
    )
    def delete(self, request: Request, slug: str) -> Response:
        require_staff_now(request, "providers.change_provider")
        row = actions.set_key(slug=slug, key=Secret())
        return Response(shapes.ProviderSerializer(queries.provider(row)).data)
