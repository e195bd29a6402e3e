"""Vendors that tests know: people who speak for an organisation, and programs with its keys."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.integration.users.account import PASSWORD, Account, member


@dataclass(slots=True)
class Vendor:
    """An owner, signed in a moment ago, and the organisation's slug."""

    account: Account
    slug: str

    def key(self, name: str = "nightly", *scopes: str, days: int | None = 30) -> str:
        reply = self.account.post(
            f"organisations/{self.slug}/keys", {"name": name, "scopes": list(scopes) or ["rankings", "organisation"], "days": days}
        )
        assert reply.status_code == 201, reply.content
        return str(reply.json()["key"])

    def invitation(self, role: str = "member") -> str:
        reply = self.account.post(f"organisations/{self.slug}/invitations", {"role": role})
        assert reply.status_code == 201, reply.content
        return str(reply.json()["invitation"])

    def colleague(self, email: str, role: str = "member") -> Account:
        who = proved(email)
        assert who.post("memberships", {"invitation": self.invitation(role)}).status_code == 200
        return who


def proved(email: str) -> Account:
    """Somebody with an account who has proved a moment ago who they are."""
    who = member(email)
    assert who.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    return who


def vendor(slug: str = "amber-labs", email: str = "ada@example.org") -> Vendor:
    """Somebody new with an organisation of their own."""
    account = proved(email)
    reply = account.post("organisations", {"slug": slug, "name": slug.replace("-", " ").title()})
    assert reply.status_code == 201, reply.content
    return Vendor(account, slug)


def program(path: str, key: str | None = None, method: str = "GET", **headers: str) -> Any:
    """What a program without cookies is answered."""
    sent = {**({"Authorization": f"Bearer {key}"} if key else {}), **headers}
    return Client(enforce_csrf_checks=True).generic(method, f"/api/v1/{path}", headers=sent)
