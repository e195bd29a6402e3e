"""The names under which the shared cache keeps things."""

import hashlib
import hmac

from django.conf import settings


def hashed(key: str, prefix: str, version: int) -> str:
    """A keyed hash of the name: counters are kept by network address and e-mail, and neither is to be read in a table."""
    return hmac.new(settings.SECRET_KEY.encode(), f"cache:{prefix}:{version}:{key}".encode(), hashlib.sha256).hexdigest()
