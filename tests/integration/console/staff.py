"""People who run the arena, as their browsers act. Made without a password, which would take half a second of hashing each."""

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.test import Client

from arena import clock
from arena.users.models import User
from tests.integration.users.account import Account


def registered(email: str = "ada@example.org") -> Account:
    """Somebody with an account, signed in, who has accepted no terms yet and has no second factor."""
    user = User(username=f"person-{clock.new_id().hex}", email=email, registered_at=clock.now())
    user.set_unusable_password()
    user.save()
    who = Account(Client(enforce_csrf_checks=True))
    who.client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    who.get("me")
    return who


def with_factor(email: str = "ada@example.org", *, seconds_ago: float = 0) -> Account:
    """Somebody with an account and a second factor, who showed so long ago who they are."""
    who = registered(email)
    Authenticator.objects.create(user_id=who.id, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return prove(who, seconds_ago=seconds_ago)


def prove(who: Account, *, seconds_ago: float = 0) -> Account:
    """They showed then who they are, and not since."""
    request = HttpRequest()
    request.session = who.client.session
    request.session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
    record_authentication(request, User.objects.get(pk=who.id), method="mfa", type="totp")
    request.session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] -= seconds_ago
    request.session.save()
    return who


def staff(*roles: str, email: str = "") -> Account:
    """Somebody with these roles and a second factor, signed in, who has just shown who they are."""
    who = with_factor(email or f"{'-'.join(roles)}@example.org")
    give(who, *roles)
    return who


def give(who: Account, *roles: str) -> None:
    """Roles, as the console would give them."""
    User.objects.get(pk=who.id).groups.set(Group.objects.filter(name__in=roles))
    User.objects.filter(pk=who.id).update(is_staff=True)
