"""Files larger than other bodies may be: only with a ticket that a page of the staff was given, so that nobody else can fill the disk."""

import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote

from django.conf import settings
from django.core import signing

from arena import clock
from arena.http.bounds import ordinary

LIFE = timedelta(hours=1)
_SIGNER = "arena.prompts.upload"
_PLACE = re.compile(r"/api/v1/operator/pools/([-\w]+)/imports")


class Upload(NamedTuple):
    """Where a file for a pool may be sent, until when, and how much it may hold."""

    url: str
    expires_at: datetime
    bytes: int
    rows: int


def issue(slug: str) -> Upload:
    """The right to send files for this pool. It lifts the bound on the body and nothing else: who sends it is asked as always."""
    expires = (clock.now() + LIFE).replace(microsecond=0)
    ticket = signing.Signer(salt=_SIGNER).sign(f"{slug}.{int(expires.timestamp())}")
    return Upload(f"/api/v1/operator/pools/{slug}/imports?ticket={quote(ticket)}", expires, settings.IMPORT_BYTES, settings.IMPORT_ROWS)


def most(scope: Any) -> int:
    """The most bytes that the body of this request may have: more than others' for an import with a ticket that holds."""
    place = _PLACE.fullmatch(scope["path"])
    if place is None:
        return ordinary(scope)
    given = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
    return max(settings.IMPORT_BYTES, ordinary(scope)) if _holds(given, place[1]) else ordinary(scope)


def _holds(ticket: str, slug: str) -> bool:
    try:
        of, _, until = signing.Signer(salt=_SIGNER).unsign(ticket).rpartition(".")
    except signing.BadSignature:
        return False
    return of == slug and clock.now().timestamp() < int(until)
