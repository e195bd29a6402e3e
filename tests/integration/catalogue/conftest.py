"""Whoever runs the catalogue, and a contender that nobody else knows of."""

import json
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client

from arena.users.models import User
from tests.cast import Arena

EVERYTHING = tuple(f"{verb}_{noun}" for noun in ("provider", "contender") for verb in ("view", "add", "change"))


class Operator:
    """Somebody of the staff at the API, who has just shown who they are."""

    def __init__(self, name: str = "olga", *permissions: str, second_factor: bool = True):
        self.user = User.objects.create(username=name, email=f"{name}@example.org", is_staff=True)
        self.user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        if second_factor:
            Authenticator.objects.create(user=self.user, type=Authenticator.Type.TOTP, data={"secret": "x"})
        self.client = Client()
        self.client.force_login(self.user)
        self.prove()

    def prove(self, *, seconds_ago: float = 0) -> None:
        """They showed then who they are, and not since."""
        request = HttpRequest()
        request.session = self.client.session
        request.session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
        record_authentication(request, self.user, method="mfa", type="totp")
        request.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] -= seconds_ago
        request.session.save()

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/operator/{path}")

    def send(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.generic(
            method, f"/api/v1/operator/{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self.send("POST", path, body, key=key)


@pytest.fixture
def olga(arena: Arena) -> Operator:
    cache.clear()
    return Operator("olga", *EVERYTHING)
