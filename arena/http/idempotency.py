"""`Idempotency-Key`: a write that is sent again gets the reply of the first time and does nothing."""

import functools
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from arena import clock
from arena.errors import IdempotencyConflict, InvalidInput
from arena.http.models import IdempotencyKey
from arena.http.session import require_user

PATTERN = r"[\x21-\x7e]{8,80}"
_KEY = re.compile(PATTERN)


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Run a DRF view method at most once for each (person, key), in one transaction with the memory of its reply.

    A second request with the same key waits for the first; the same key with another body raises IdempotencyConflict. Of a view that has
    `again(request, id)` no more than the status and the reply's `id` is remembered: a repetition is told what that makes of it now.
    """

    @functools.wraps(method)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return method(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key must be 8 to 80 visible ASCII characters, a UUID for example.")
        owner, mark, again = require_user(request).pk, _fingerprint(request), getattr(view, "again", None)
        with transaction.atomic():
            if (claim := _claim(owner, key, mark)) is None:
                seen = IdempotencyKey.objects.get(owner=owner, key=key)
                if seen.fingerprint != mark:
                    raise IdempotencyConflict("This Idempotency-Key was used for another request; nothing was changed.")
                return Response(again(request, seen.body["id"]) if again else seen.body, status=seen.status)
            response = method(view, request, *args, **kwargs)
            _remember(claim, response.status_code, {"id": response.data["id"]} if again else response.data)
        return response

    return once


def answered(request: Request) -> bool:
    """Whether this person's key has a remembered reply, so that `idempotent` will do nothing but repeat it, or refuse."""
    key = request.headers.get("Idempotency-Key")
    return key is not None and IdempotencyKey.objects.filter(owner=require_user(request).pk, key=key).exists()


def _claim(owner: uuid.UUID, key: str, mark: str) -> int | None:
    """The id of the key's new row; None where the key was used before. Who uses it at the same moment waits here until we end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO http_idempotencykey (owner, key, fingerprint, status, body, at) VALUES (%s, %s, %s, 0, 'null', %s)"
            " ON CONFLICT (owner, key) DO NOTHING RETURNING id",
            [owner, key, mark, clock.now()],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _remember(claim: int, status: int, body: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE http_idempotencykey SET status = %s, body = %s::jsonb WHERE id = %s",
            [status, json.dumps(body, cls=JSONEncoder), claim],
        )


def forget(owners: Sequence[uuid.UUID], *, about: str | None = None) -> None:
    """Delete the remembered replies to these people: all of them, or those about the thing with this id."""
    kept = IdempotencyKey.objects.filter(owner__in=owners)
    (kept if about is None else kept.filter(body__id=about)).delete()


def _fingerprint(request: Request) -> str:
    canonical = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.path}\n{canonical}".encode("utf-8", "surrogatepass")).hexdigest()
