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

from arena.errors import IdempotencyConflict, InvalidInput
from arena.http.models import IdempotencyKey
from arena.http.session import require_user

PATTERN = r"[\x21-\x7e]{8,80}"
_KEY = re.compile(PATTERN)


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Run a DRF view method at most once for each (person, key), in one transaction with the memory of its reply.

    A second request with the same key waits for the first; the same key with another body raises IdempotencyConflict.
    """

    @functools.wraps(method)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return method(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key must be 8 to 80 visible ASCII characters, a UUID for example.")
        owner, mark = require_user(request).pk, _fingerprint(request)
        with transaction.atomic():
            _lock(owner.bytes + key.encode())
            if seen := IdempotencyKey.objects.filter(owner=owner, key=key).first():
                if seen.fingerprint != mark:
                    raise IdempotencyConflict("This Idempotency-Key was used for another request; nothing was changed.")
                return Response(seen.body, status=seen.status)
            response = method(view, request, *args, **kwargs)
            plain = json.loads(json.dumps(response.data, cls=JSONEncoder))
            IdempotencyKey.objects.create(owner=owner, key=key, fingerprint=mark, status=response.status_code, body=plain)
        return response

    return once


def forget(owners: Sequence[uuid.UUID], *, about: str | None = None) -> None:
    """Delete the remembered replies to these people: all of them, or those about the thing with this id."""
    kept = IdempotencyKey.objects.filter(owner__in=owners)
    (kept if about is None else kept.filter(body__id=about)).delete()


def _fingerprint(request: Request) -> str:
    canonical = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.path}\n{canonical}".encode("utf-8", "surrogatepass")).hexdigest()


def _lock(name: bytes) -> None:
    """Hold back others with the same name until this transaction ends."""
    number = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
