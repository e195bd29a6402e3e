"""Somebody who looks after prompt pools, and files for them."""

import json
from typing import Any

from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client

from arena.users.models import User
from tests.integration.console.staff import permitted
from tests.unit.prompts.files import jsonl

EVERYTHING = ("view_pool", "add_pool", "change_pool", "change_prompt")


class Operator:
    """Somebody of the staff at the API of pools."""

    def __init__(self, name: str = "olga", *permissions: str, second_factor: bool = True):
        self.user = permitted(name, *permissions or EVERYTHING, factor=second_factor)
        self.client = _window(self.user)

    def twin(self) -> "Operator":
        """The same person in another window."""
        other = object.__new__(Operator)
        other.user, other.client = self.user, _window(self.user)
        return other

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/operator/{path}")

    def write(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.raw(method, path, json.dumps(body or {}).encode(), "application/json", **headers)

    def raw(self, method: str, path: str, body: bytes, kind: str = "application/octet-stream", **headers: str) -> Any:
        token = {"X-CSRFToken": self.client.cookies["csrftoken"].value}
        return self.client.generic(method, f"/api/v1/operator/{path}", body, CONTENT_TYPE=kind, headers=token | headers)

    def create(self, slug: str = "mine", **about: Any) -> Any:
        return self.write("POST", "pools", {"slug": slug, "title": slug.title(), **about})

    def send(self, content: bytes, kind: str = "jsonl", *, slug: str = "mine", **query: Any) -> Any:
        """An import, as the page sends it."""
        url = self.get(f"pools/{slug}").json()["upload"]["url"]
        words = "".join(f"&{name}={value}" for name, value in {"kind": kind, **query}.items())
        return self.raw("POST", url.removeprefix("/api/v1/operator/") + words, content)

    def look(self, content: bytes, kind: str = "jsonl", **query: Any) -> dict[str, Any]:
        reply = self.send(content, kind, preview="true", **query)
        assert reply.status_code == 200, reply.content
        told: dict[str, Any] = reply.json()
        return told

    def done(self, *rows: Any, **query: Any) -> dict[str, Any]:
        reply = self.send(jsonl(*rows), **query)
        assert reply.status_code == 200, reply.content
        told: dict[str, Any] = reply.json()
        return told

    def versions(self, slug: str = "mine") -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self.get(f"pools/{slug}/versions").json()["results"]
        return told

    def export(self, kind: str = "jsonl", slug: str = "mine", **query: Any) -> bytes:
        reply = self.get(f"pools/{slug}/export/{kind}?" + "&".join(f"{name}={value}" for name, value in query.items()))
        assert reply.status_code == 200, reply.content
        return bytes(reply.content)


def _window(user: User) -> Client:
    """A browser of theirs, from whose page every write has to come."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = "x" * CSRF_SECRET_LENGTH
    return client


def kind_of(reply: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return reply.status_code, reply.json()["type"].rpartition("/")[2]
