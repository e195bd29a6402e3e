"""Reading about people."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from arena import clock
from arena.errors import ConsentOutdated, ConsentRequired
from arena.users import terms
from arena.users.models import Consent, User


def consent_of(user: User) -> Consent | None:
    """The consent that holds, whether or not the terms have changed since."""
    return user.consents.order_by("-id").first()


def require_consent(user: User) -> Consent:
    """The consent to the terms in force; raises ConsentRequired or ConsentOutdated."""
    consent = consent_of(user)
    if consent is None:
        raise ConsentRequired("Accept the terms before your first prompt.")
    if consent.terms_hash != terms.current().hash:
        raise ConsentOutdated("The terms have changed; read and accept them before going on.")
    return consent


def address_of(meta: Mapping[str, Any]) -> str:
    """The address a request came from, believing as many X-Forwarded-For hops as the operator says stand before us."""
    forwarded = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    depth = settings.PROXY_DEPTH
    return forwarded[-depth] if 0 < depth <= len(forwarded) else str(meta.get("REMOTE_ADDR", ""))


def network_of(meta: Mapping[str, Any]) -> str:
    """A salted hash of today and the caller's network (IPv4 /24, IPv6 /48): groups within a day, says nothing the day after."""
    try:
        address = ipaddress.ip_address(address_of(meta))
        prefix = 24 if address.version == 4 else 48
        network = str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        network = "unknown"
    message = f"network:{clock.now().date()}:{network}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()[:32]
