"""A person's browser on allauth's addresses."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from arena.users.models import User
from tests.cast import Person

PASSWORD = "a long enough passphrase"
ROOT = "/_allauth/browser/v1"


@dataclass(slots=True)
class Account(Person):
    """Somebody who can sign up and in, as the page does it."""

    def auth(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        data = json.dumps(body) if body is not None else ""
        return self.client.generic(method, f"{ROOT}/{path}", data, content_type="application/json", headers=headers)

    def sign_up(self, email: str = "ada@example.org", password: str = PASSWORD) -> Any:
        return self.auth("POST", "auth/signup", {"email": email, "password": password})

    def sign_in(self, email: str = "ada@example.org", password: str = PASSWORD) -> Any:
        return self.auth("POST", "auth/login", {"email": email, "password": password})

    def sign_out(self) -> Any:
        return self.auth("DELETE", "auth/session")

    def grown_old(self) -> "Account":
        """The same session when its last proof of who it is lies more than five minutes back: all that a thief has."""
        session = self.client.session
        session.pop("account_authentication_methods", None)
        session.save()
        return self

    def write(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        return self.client.generic(method, f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=headers)

    def delete(self, path: str, body: Any = None) -> Any:
        return self.write("DELETE", path, body)

    def twin(self) -> "Account":
        """The same session once more: another tab, or a request at the same time."""
        other = Account(Client(enforce_csrf_checks=True))
        for name, morsel in self.client.cookies.items():
            other.client.cookies[name] = morsel.value
        return other

    def signed_in(self) -> bool:
        return self.me["user"] is not None

    @property
    def id(self) -> str:
        return str(self.me["user"]["id"])

    @property
    def me(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("me").json()
        return found


def visitor() -> Account:
    """Somebody who has just come to the page: no session, no consent."""
    account = Account(Client(enforce_csrf_checks=True))
    account.get("me")
    return account


def guest() -> Account:
    """Somebody who has accepted the terms and has no account."""
    account = visitor()
    assert account.consent().status_code == 200
    return account


def member(email: str = "ada@example.org", *, consent: bool = True) -> Account:
    """Somebody with an account, signed in."""
    account = visitor()
    reply = account.sign_up(email)
    assert reply.status_code == 200, reply.content
    if consent:
        assert account.consent().status_code == 200
    return account


def totp_code(secret: str) -> str:
    """What an authenticator app shows now."""
    counters = list(yield_hotp_counters_from_time())  # the one of now is in the middle of those that are taken
    return str(format_hotp_value(hotp_value(secret, counters[len(counters) // 2])))


def with_totp(email: str = "ada@example.org") -> tuple[Account, str]:
    """Somebody signed in who has set up an authenticator app, and its secret."""
    ada = member(email)
    assert ada.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    secret = ada.auth("GET", "account/authenticators/totp").json()["meta"]["secret"]
    assert ada.auth("POST", "account/authenticators/totp", {"code": totp_code(secret)}).status_code == 200
    return ada, secret


def second_factor(email: str) -> None:
    """Give somebody an authenticator without the half minute that setting one up takes: staff are let in with one only."""
    Authenticator.objects.create(user=User.objects.get(email=email), type=Authenticator.Type.TOTP, data={"secret": "x"})


def mailed_key(to: str, page: str) -> str:
    """The key in the newest mail that leads to this page."""
    message = next(message for message in reversed(mail.outbox) if to in message.to and f"{page}#" in message.body)
    found = re.search(rf"{re.escape(page)}#(\S+)", str(message.body))
    assert found
    return unquote(found[1])
