"""What the OpenAPI schema says of the event stream.

OpenAPI 3.1 has no words for a stream of events; as is the custom (and the rule in 3.2), the media type's schema describes each of them.
"""

from typing import Any

from arena.battles.models import ERROR_SENTENCES, SIDES, Status
from arena.moderation.categories import CATEGORIES

_SIDE = {"type": "string", "enum": list(SIDES)}
_COUNT = {"type": "integer", "minimum": 0}


def _object(**properties: Any) -> dict[str, Any]:
    """A closed object that has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


_ERROR = {**_object(code={"type": "string", "enum": list(ERROR_SENTENCES)}, message={"type": "string"}), "type": ["object", "null"]}
DELTA = _object(side=_SIDE, type={"type": "string", "enum": ["text", "reasoning"]}, text={"type": "string", "minLength": 1})
_REMARK = _object(category={"type": "string", "enum": list(CATEGORIES)}, message={"type": "string"})
STATE = _object(
    side=_SIDE,
    status={"type": "string", "enum": Status.values},
    truncated={"type": "boolean"},
    error=_ERROR,
    remarks={"type": "array", "items": _REMARK},
)
END = _object(turn=_COUNT, attempt=_COUNT)


def _event(name: str, data: dict[str, Any]) -> dict[str, Any]:
    id = {
        "type": "string",
        "pattern": r"^\d+(\.\d+\.\d+){2,4}$",
        "description": "The attempt, then how much text and reasoning of each side was sent.",
    }
    said = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    return _object(id=id, event={"type": "string", "const": name}, data=said)


STREAM: dict[str, Any] = {
    "get": {
        "operationId": "battle_stream",
        "tags": ["battles"],
        "summary": "All answers as they are written",
        "description": (
            "Server-sent events: `delta` {side, type, text}, `state` {side, status, truncated, error, remarks}, `end` {turn, attempt}. The address, with its"
            " ticket, is in the battle's `stream`. `Last-Event-ID` continues where a reader was, on any web process."
        ),
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
            {"name": "ticket", "in": "query", "required": True, "schema": {"type": "string"}},
            {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string", "pattern": r"^\d{1,9}(\.\d{1,9}\.\d{1,9}){2,4}$"}},
        ],
        "responses": {
            "200": {
                "description": "An event stream",
                "content": {
                    "text/event-stream": {"schema": {"oneOf": [_event("delta", DELTA), _event("state", STATE), _event("end", END)]}}
                },
            }
        },
    }
}
