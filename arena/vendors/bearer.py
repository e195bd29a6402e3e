"""`Authorization: Bearer eh_...`: a program asks, with a key of an organisation's.

A view takes keys by naming the scope that reading asks for in `key_scope`; a key only reads, and opens no other view. Without a key a
view is asked as always.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from arena.errors import ScopeMissing
from arena.http.session import Caller, require_user
from arena.vendors import actions, keys, queries
from arena.vendors.models import Organisation


class KeyAuthentication(BaseAuthentication):
    """Nobody, with the `Caller` as `request.auth`: a key never acts as a person. No cookie is looked at, so no cross-site check is needed."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        token = keys.bearer(request.headers.get("Authorization"))
        if token is None:
            return None
        scope = getattr(request.parser_context["view"], "key_scope", None) if request.method in SAFE_METHODS else None
        if scope is None:
            raise ScopeMissing("API keys do not open this address: it is for people who are signed in. Nothing was changed.")
        caller = actions.use_key(key=token)
        if scope not in caller.scopes:
            raise ScopeMissing(f"This API key lacks the scope `{scope}`. Make one that has it. Nothing was changed.")
        return AnonymousUser(), caller


def organisation_of(request: Request, slug: str) -> Organisation:
    """The organisation with this slug, which the key is of, or the person speaks for. Raises NotSignedIn, or NotFound for one of others."""
    if isinstance(request.auth, Caller):
        return queries.of_key(request.auth, slug)
    return queries.membership(require_user(request), slug).organisation


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The key, as the schema names it; only where a view takes keys."""

    target_class = "arena.vendors.bearer.KeyAuthentication"
    name = "key"

    def get_security_requirement(self, auto_schema: Any) -> Any:
        return {self.name: []} if auto_schema.method in SAFE_METHODS and getattr(auto_schema.view, "key_scope", None) else None

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key of an organisation's: eh_<id>_<secret>."}
