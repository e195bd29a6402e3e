"""Links by which anybody may read a battle."""

import uuid

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import actions, queries
from arena.battles.api import serializers as shapes
from arena.battles.api.battles import KEY, read
from arena.battles.models import Share
from arena.http.idempotency import idempotent
from arena.http.page import page
from arena.http.session import require_user

NOINDEX = {"X-Robots-Tag": "noindex"}


class ShareLink(APIView):
    @extend_schema(
        operation_id="share_battle",
        tags=["battles"],
        summary="Make a link by which anybody may read this battle",
        description="After the vote only. A battle has one link at a time; asking again gives the same one.",
        parameters=[KEY],
        request=shapes.ShareRequest,
        responses=shapes.ShareSerializer,
    )
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        fields = read(shapes.ShareRequest, request)
        row = actions.share(battle_id=id, voter=require_user(request), index=fields["index"])
        return Response(queries.link(row))

    @extend_schema(operation_id="unshare_battle", tags=["battles"], summary="Take the link back", responses={204: None})
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        actions.unshare(battle_id=id, voter=require_user(request))
        return Response(status=204)


class Shared(APIView):
    @extend_schema(
        operation_id="shared_battle",
        tags=["battles"],
        summary="A battle that its voter shared",
        description="Prompts, answers, the judgement and the names; nothing of the person. Not for search engines unless the voter said so.",
        responses=shapes.SharedSerializer,
        auth=[],
    )
    def get(self, request: Request, token: str) -> Response:
        battle = queries.shared(token)
        return Response(queries.shared_view(battle), headers={"Cache-Control": "no-store", **({} if battle.share.index else NOINDEX)})


def shared_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link: the same file as every page, with a word to search engines."""
    reply = page(request)
    if not Share.objects.filter(token=token, index=True).exists():
        reply["X-Robots-Tag"] = NOINDEX["X-Robots-Tag"]
    return reply
