"""The OpenAPI schema (drf-spectacular), with the lean routes and the websocket that DRF does not see; and where it is read."""

import functools
import hashlib
import threading
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request

from arena.http import lean

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "/problems/<code>; stable."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "retry_after": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
ERROR_REPLY = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe_lean_routes(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the lean routes' own descriptions and the problem reply of every operation."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request"):  # read strictly: a name that is not known is refused
            component["additionalProperties"] = False
    for path, item in lean.DOCUMENTED.items():
        result["paths"].setdefault(path, {}).update(item)
    for item in result["paths"].values():
        for operation in item.values():
            operation["responses"].setdefault("default", ERROR_REPLY)
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


class Schema(SpectacularJSONAPIView):
    """For everybody, whoever they are: the same bytes for as long as the process lives."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **options: Any) -> HttpResponseBase:
        with _making:
            body, etag = _document()
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Content-Disposition": 'inline; filename="Evenhand.json"'}
        reply = HttpResponse(body, content_type=request.accepted_renderer.media_type, headers=headers)
        return get_conditional_response(request._request, etag=etag, response=reply) or reply


_making = threading.Lock()


@functools.cache
def _document() -> tuple[bytes, str]:
    """Made at the first question, which takes seconds: it changes with the code alone."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    body = bytes(OpenApiJsonRenderer().render(made))
    return body, f'"{hashlib.sha256(body).hexdigest()}"'
