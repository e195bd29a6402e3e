"""People who run the arena, as their browsers act. Made without a password, which would take half a second of hashing each."""

import json
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from django.test import Client

from arena import clock
from arena.users.models import User
from tests.integration.users.account import Account


def person(email: str, *roles: str, factor: bool = True) -> User:
    """Somebody with an account; with roles, as the console would give them; and with a second factor unless told otherwise."""
    user = User(username=f"person-{clock.new_id().hex}", email=email, registered_at=clock.now(), is_staff=bool(roles))
    user.set_unusable_password()
    user.save()
    user.groups.set(Group.objects.filter(name__in=roles))
    if factor:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


def permitted(name: str, *permissions: str, factor: bool = True) -> User:
    """Somebody of the staff with these permissions and no role, and with a second factor unless told otherwise."""
    user = User.objects.create(username=name, email=f"{name}@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    if factor:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


def signed_in(user: User, *, seconds_ago: float = 0) -> Client:
    """A browser with this person's session, who showed so long ago who they are."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    prove(client, user, seconds_ago=seconds_ago)
    return client


def prove(client: Client, user: User, *, seconds_ago: float = 0) -> None:
    """They showed then who they are, and not since."""
    request = HttpRequest()
    request.session = client.session
    request.session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
    record_authentication(request, user, method="mfa", type="totp")
    request.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] -= seconds_ago
    request.session.save()


class Operator:
    """Somebody of the staff with these permissions at the API, who has just shown who they are."""

    def __init__(self, name: str, *permissions: str, second_factor: bool = True):
        self.user = permitted(name, *permissions, factor=second_factor)
        self.client = Client()
        self.client.force_login(self.user)
        self.prove()

    def prove(self, *, seconds_ago: float = 0) -> None:
        """They showed then who they are, and not since."""
        prove(self.client, self.user, seconds_ago=seconds_ago)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/operator/{path}")

    def send(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.generic(
            method, f"/api/v1/operator/{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self.send("POST", path, body, key=key)


def registered(email: str, *roles: str, factor: bool = False, seconds_ago: float = 0) -> Account:
    """Somebody with an account at the page, who has accepted no terms yet."""
    who = Account(signed_in(person(email, *roles, factor=factor), seconds_ago=seconds_ago))
    who.get("me")
    return who


def with_factor(email: str, *, seconds_ago: float = 0) -> Account:
    """The same, with a second factor."""
    return registered(email, factor=True, seconds_ago=seconds_ago)


def staff(*roles: str, email: str = "") -> Account:
    """Somebody with these roles and a second factor, who has just shown who they are."""
    return registered(email or f"{'-'.join(roles)}@example.org", *roles, factor=True)
