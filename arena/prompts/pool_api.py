"""The operators' API of prompt pools: staff with the permission and a second factor."""

import tempfile
import uuid
from pathlib import PurePath
from typing import IO, Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.errors import FileRefused, NotFound, TooLarge
from arena.http.idempotency import idempotent
from arena.http.paging import Pages
from arena.http.problems import UnsupportedMediaType
from arena.http.strict import KEY, asked, read
from arena.prompts import actions, formats, plans, queries, shapes, uploads
from arena.prompts.models import Pool, PoolVersion
from arena.users.models import User
from arena.users.staff import require_staff

VIEW, ADD, EDIT, PROMPTS = "prompts.view_pool", "prompts.add_pool", "prompts.change_pool", "prompts.change_prompt"
FILE = "application/octet-stream"
TOLD, SHOWN, BEGINNING = 1000, 8, 280
_CHUNK = 256 * 1024

CURSOR = OpenApiParameter("cursor", str, description="From `next` or `previous` of a page.")


class _ByKey(Pages):
    page_size, ordering = 50, "key"


class _Newest(Pages):
    ordering = "-number"


def _pool(pool: Any, newest: PoolVersion | None) -> dict[str, Any]:
    fields = ("slug", "title", "description", "guidelines", "licence", "sides", "state", "in_use", "held_out", "put_away")
    return {**{name: getattr(pool, name) for name in fields}, "version": newest}


def _detail(slug: str, user: User) -> Response:
    pool = queries.counted(slug)
    can = {"edit": user.has_perm(EDIT), "prompts": user.has_perm(PROMPTS)}
    upload = uploads.issue(slug)._asdict() if can["prompts"] else None
    return Response(shapes.PoolDetailSerializer({**_pool(pool, queries.newest(pool)), "upload": upload, "can": can}).data)


class Pools(APIView):
    @extend_schema(operation_id="operator_pools", tags=["operator"], summary="All prompt pools", responses=shapes.PoolListSerializer)
    def get(self, request: Request) -> Response:
        user = require_staff(request, VIEW)
        found: list[Pool] = list(queries.pools())
        newest = queries.newest_of(found)
        told = {"results": [_pool(pool, newest.get(pool.pk)) for pool in found], "can": {"create": user.has_perm(ADD)}}
        return Response(shapes.PoolListSerializer(told).data)

    @extend_schema(
        operation_id="create_pool",
        tags=["operator"],
        summary="Make a pool, without prompts yet",
        parameters=[KEY],
        request=shapes.NewPoolRequest,
        responses={201: shapes.PoolSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        require_staff(request, ADD)
        pool = queries.counted(actions.create_pool(**read(shapes.NewPoolRequest, request)).slug)
        return Response(shapes.PoolSerializer(_pool(pool, None)).data, status=201)


class PoolDetail(APIView):
    @extend_schema(
        operation_id="operator_pool",
        tags=["operator"],
        summary="One pool, and where to send files for it",
        responses=shapes.PoolDetailSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        return _detail(slug, require_staff(request, VIEW))

    @extend_schema(
        operation_id="edit_pool",
        tags=["operator"],
        summary="Change what a pool says of itself",
        request=shapes.PoolEditRequest,
        responses=shapes.PoolDetailSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        user = require_staff(request, EDIT)
        actions.edit_pool(slug=slug, **read(shapes.PoolEditRequest, request))
        return _detail(slug, user)


class PoolPrompts(APIView):
    @extend_schema(
        operation_id="pool_prompts",
        tags=["operator"],
        summary="The prompts of a pool that are in use, by id",
        parameters=[CURSOR, OpenApiParameter("q", str, description="Only those with these words in id or text.")],
        responses=shapes.PoolPromptListSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        require_staff(request, VIEW)
        found = queries.prompts(slug, asked(shapes.PromptsQuery, request)["q"])
        pages = _ByKey()
        page = pages.paginate_queryset(found, request, self)
        return pages.get_paginated_response(shapes.PoolPromptSerializer(page, many=True).data)

    @extend_schema(
        operation_id="set_pool_prompt",
        tags=["operator"],
        summary="Add a prompt, or change the one with its id",
        description="Makes a version, unless the pool held just that. Sent again it changes nothing.",
        request=shapes.PromptRequest,
        responses=shapes.PromptChangedSerializer,
    )
    def put(self, request: Request, slug: str) -> Response:
        user = require_staff(request, PROMPTS)
        changed = actions.set_prompt(slug=slug, prompt=read(shapes.PromptRequest, request), by=user)
        return Response(shapes.PromptChangedSerializer({"version": changed.version, "new": changed.new}).data)


class PoolPrompt(APIView):
    @extend_schema(
        operation_id="put_away_prompt",
        tags=["operator"],
        summary="Take a prompt out of use",
        description="It is not deleted: battles refer to it. Makes a version, unless it was out of use already.",
        request=None,
        responses={200: shapes.PromptChangedSerializer},
    )
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        changed = actions.put_away(id=id, by=require_staff(request, PROMPTS))
        return Response(shapes.PromptChangedSerializer({"version": changed.version, "new": changed.new}).data)


class PoolVersions(APIView):
    @extend_schema(
        operation_id="pool_versions",
        tags=["operator"],
        summary="What a pool has held, newest first",
        parameters=[CURSOR],
        responses=shapes.PoolVersionListSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        require_staff(request, VIEW)
        pages = _Newest()
        page = pages.paginate_queryset(queries.versions(slug), request, self)
        return pages.get_paginated_response(shapes.PoolVersionSerializer(page, many=True).data)


class PoolExport(APIView):
    @extend_schema(
        operation_id="export_pool",
        tags=["operator"],
        summary="A pool as a file",
        description="`jsonl` is the canonical text that a version's `sha256` is of. Each kind, imported again, gives the same prompts.",
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=formats.KINDS),
            OpenApiParameter("version", int, description="As that version had it; as it is now when left out."),
        ],
        responses={(200, FILE): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str, kind: str) -> HttpResponse:
        require_staff(request, VIEW)
        if kind not in formats.KINDS:
            raise NotFound(f"A pool is exported as {', '.join(formats.KINDS)}.")
        number = asked(shapes.ExportQuery, request).get("version")
        content = queries.export(slug, kind, number)
        name = f"{slug}-{number}.{kind}" if number else f"{slug}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type=FILE, headers=headers)


class _Untouched(BaseParser):
    """Leaves the body alone: whoever looks for a form in it, as the check of the page's token does, finds none."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


class PoolImports(APIView):
    parser_classes = [_Untouched]

    @extend_schema(
        operation_id="import_prompts",
        tags=["operator"],
        summary="Import a file of prompts, or see what importing it would do",
        description=(
            "The body is the file as it is. All or nothing: while any line is wrong, none is imported. The same import again makes no "
            "second version. Send it to `upload.url` of the pool: without that ticket a file may be no larger than other bodies."
        ),
        parameters=[
            OpenApiParameter("ticket", str, description="From the pool's `upload.url`."),
            OpenApiParameter("kind", str, required=True, enum=formats.KINDS),
            OpenApiParameter("preview", bool, description="Change nothing; tell what would be done, and what is wrong or double."),
            OpenApiParameter("mode", str, enum=plans.MODES, description="`add` leaves other prompts alone; `replace` puts them away."),
            OpenApiParameter("leave_out", str, enum=plans.LEAVE_OUT, description="Duplicates: none, `exact` ones, or `near` ones too."),
            OpenApiParameter("after", int, description="The version looked at, 0 for none: refused when another is the newest by now."),
            OpenApiParameter("name", str, description="Of the file, for the record."),
        ],
        request={FILE: OpenApiTypes.BINARY},
        responses=shapes.ImportSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        user = require_staff(request, PROMPTS)
        query = asked(shapes.ImportQuery, request)
        kind, choice = query["kind"], plans.Choice(query["mode"], query["leave_out"])
        with tempfile.SpooledTemporaryFile(max_size=_CHUNK * 4) as file:
            _receive(request, file)
            if query["preview"]:
                return _told(kind, actions.preview(slug=slug, file=file, kind=kind, choice=choice))
            summary = PurePath(query.get("name", "")).name
            changed = actions.import_file(
                slug=slug, file=file, kind=kind, choice=choice, by=user, summary=summary, after=query.get("after")
            )
        return _done(kind, changed)


def _receive(request: Request, file: IO[bytes]) -> None:
    """Take the body as it comes. Raises UnsupportedMediaType, TooLarge and FileRefused."""
    if request.content_type != FILE:
        raise UnsupportedMediaType(f"Send the file as {FILE}, whatever it holds; nothing was changed.")
    size = 0
    while chunk := request._request.read(_CHUNK):
        size += len(chunk)
        if size > actions.bounds().size:
            raise TooLarge(f"The file is larger than {actions.bounds().size / 1024**2:.4g} MiB. Split it; nothing was changed.")
        file.write(chunk)
    if not size:
        raise FileRefused("The file is empty; nothing was changed.")
    file.seek(0)


def _counts(plan: plans.Plan) -> dict[str, int]:
    counted = {"added": len(plan.added), "changed": len(plan.changed), "put_away": len(plan.put_away)}
    return {**counted, "unchanged": plan.unchanged, "left_out": plan.left_out}


def _told(kind: str, seen: actions.Preview) -> Response:
    """What a preview says. Nothing is counted as done while any line is bad: then nothing would be."""
    written = {row.key for row in (*seen.plan.added, *seen.plan.changed)}
    sample = [(line, row) for line, row in seen.reading.rows.items() if row.key in written][:SHOWN]
    problems = [{"line": bad.line, "field": one.field, "detail": one.detail} for bad in seen.reading.bad for one in bad.problems]
    told = {
        "kind": kind,
        "rows": seen.reading.count,
        "counts": _counts(seen.plan),
        "bad": len(seen.reading.bad),
        "exact": sum(twin.kind == "exact" for twin in seen.twins),
        "near": sum(twin.kind == "near" for twin in seen.twins),
        "problems": problems[:TOLD],
        "duplicates": seen.twins[:TOLD],
        "sample": [
            {"line": line, "id": row.key, "text": row.text[:BEGINNING], "category": row.category, "language": row.language}
            for line, row in sample
        ],
        "version": seen.version,
        "imported": False,
    }
    return Response(shapes.ImportSerializer(told).data)


def _done(kind: str, changed: actions.Changed) -> Response:
    plan = changed.plan
    rows = len(plan.added) + len(plan.changed) + plan.unchanged + plan.left_out
    told = {
        "kind": kind,
        "rows": rows,
        "counts": _counts(plan),
        "bad": 0,
        "exact": 0,
        "near": 0,
        "problems": [],
        "duplicates": [],
        "sample": [],
        "version": changed.version,
        "imported": changed.new,
    }
    return Response(shapes.ImportSerializer(told).data)


urlpatterns = [
    path("operator/pools", Pools.as_view()),
    path("operator/pools/<slug:slug>", PoolDetail.as_view()),
    path("operator/pools/<slug:slug>/prompts", PoolPrompts.as_view()),
    path("operator/pools/<slug:slug>/imports", PoolImports.as_view()),
    path("operator/pools/<slug:slug>/versions", PoolVersions.as_view()),
    path("operator/pools/<slug:slug>/export/<slug:kind>", PoolExport.as_view()),
    path("operator/prompts/<uuid:id>", PoolPrompt.as_view()),
]
