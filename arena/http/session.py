"""Who asks: the session cookie, with Django's cross-site check on every write, a guest's first one included; or a program with a key."""

import uuid
from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.request import Request

from arena import errors


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's own checks the token only of signed-in people; the write that makes a guest needs it as well."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        self.enforce_csrf(request)
        user = getattr(request._request, "user", None)
        return (user, None) if user is not None and user.is_active else None

    def authenticate_header(self, request: Request) -> str:
        return "Session"


def require_user(request: Request) -> Any:
    """The signed-in person or guest; raises NotSignedIn."""
    if not request.user.is_authenticated:
        raise errors.NotSignedIn("Accept the terms or sign in first.")
    return request.user


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that showed a key of an organisation's (`request.auth`). It is never a person: it has scopes, and a quota an hour (0: none)."""

    key: str
    organisation: uuid.UUID
    scopes: frozenset[str]
    quota: int


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session cookie, as the schema names it."""

    target_class = "arena.http.session.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
