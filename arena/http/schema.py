"""The OpenAPI schema (drf-spectacular), with the lean routes and the websocket that DRF does not see."""

from typing import Any

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
