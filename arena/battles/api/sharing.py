"""Links by which anybody may read a battle."""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import actions, queries, shared
from arena.battles.api import serializers as shapes
from arena.errors import NotFound
from arena.http.idempotency import idempotent
from arena.http.page import page
from arena.http.session import require_user
from arena.http.strict import KEY, read
from arena.users.admission import admitted

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
    @admitted("stops")
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
        battle = shared.behind(token)
        return Response(shared.view(battle), headers={"Cache-Control": "no-store", **({} if battle.share.index else NOINDEX)})


def shared_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link: the same file as every page, with words for whoever shows a preview of it, and one to search engines."""
    try:
        battle, names = shared.preview(token)
    except NotFound:
        reply, listed = page(request), False
    else:
        reply, listed = page(request, head=_preview(names)), battle.share.index
    if not listed:
        reply["X-Robots-Tag"] = NOINDEX["X-Robots-Tag"]
    return reply


def _preview(names: list[str]) -> SafeString:
    """What a chat or a feed shows of a link (Open Graph): the names, if the page does, and nothing that was written in the battle."""
    told = {
        "og:type": "article",
        "og:site_name": settings.ARENA_NAME,
        "og:title": f"{get_text_list(names, 'and')}, compared without their names" if names else "Answers, compared without names",
        "og:description": "The same prompt to each, and the judgement of somebody who did not know which was which. Read the answers.",
    }
    return format_html_join("", '<meta property="{}" content="{}">', told.items())
