"""Who asks in a fuzz run: a stranger, a guest, a voter with an account and an admin, each with things of their own to ask about."""

import itertools
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

ROLES = ("stranger", "guest", "voter", "admin")
ACCOUNTS = "/_allauth/browser/v1"
PASSWORD = "a long enough passphrase"
SECONDS = 60
_serial = itertools.count(1)


@dataclass(slots=True)
class Things:
    """What exists and may be asked about: battles in every state, links, pages, prompts, the terms."""

    battles: list[str] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    terms: dict[str, str] = field(default_factory=dict)


class Person:
    """A browser in one of the roles. `common` are the things of all people: ids of others' battles among them."""

    def __init__(self, url: str, role: str, rng: random.Random, common: Things):
        self.url, self.role, self.rng, self.common = url, role, rng, common
        self.things = Things()
        self.browser = requests.Session()

    def arrive(self) -> None:
        """Begin anew as somebody who was never here before, with a few battles."""
        self.browser.close()
        self.browser, self.things = requests.Session(), Things()
        self.browser.trust_env = False
        self.browser.headers["X-Forwarded-For"] = str(self._address())
        self.ask("GET", "/api/v1/me")
        self.common.terms = self.ask("GET", "/api/v1/arena").json()["terms"]
        if self.role == "stranger":
            return
        if self.role != "guest":
            self._sign_up()
        body = {"terms_version": self.common.terms["version"], "terms_hash": self.common.terms["hash"], "of_age": True, "publish": False}
        assert self.ask("POST", "/api/v1/me/consent", body).status_code == 200
        self.refresh()

    def _address(self) -> str:
        return f"10.{self.rng.randrange(256)}.{self.rng.randrange(256)}.{self.rng.randrange(1, 255)}"

    def _sign_up(self) -> None:
        email = f"{self.role}-{next(_serial)}@example.org"
        reply = self.ask("POST", f"{ACCOUNTS}/auth/signup", {"email": email, "password": PASSWORD})
        assert reply.status_code == 200, reply.text
        if self.role == "admin":
            from arena.users.models import User
            from tests.integration.users.account import second_factor

            User.objects.filter(email=email).update(is_staff=True, is_superuser=True)
            second_factor(email)

    def headers(self) -> dict[str, str]:
        """What the page sends with every write."""
        return {"X-CSRFToken": self.browser.cookies.get("csrftoken") or ""}

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        more = {"Idempotency-Key": str(uuid.UUID(int=self.rng.getrandbits(128)))} if method == "POST" else {}
        return self.browser.request(method, self.url + path, json=body, headers={**self.headers(), **more}, timeout=SECONDS)

    def is_gone(self) -> bool:
        """Whether this session has ended, or was never: then the person has to arrive anew."""
        user = self.ask("GET", "/api/v1/me").json()["user"]
        if self.role == "stranger":
            return user is not None
        return user is None or user["is_guest"] != (self.role == "guest") or user["is_staff"] != (self.role == "admin")

    def refresh(self) -> None:
        """Have battles in every state: new, stopped, answered, voted on, shared; and the addresses of pages."""
        for state in ("new", "stopped", "answered", "voted", "shared"):
            opened = self.ask("POST", "/api/v1/battles", {"prompt": f"Why {self.rng.random()}?"})
            assert opened.status_code == 201, opened.text
            battle = opened.json()
            self.things.battles.append(battle["id"])
            self.things.tickets[battle["id"]] = battle["stream"]["url"].partition("ticket=")[2]
            if state == "stopped":
                self.ask("POST", f"/api/v1/battles/{battle['id']}/stop", {})
            if state in ("new", "stopped"):
                continue
            self.ask("GET", battle["stream"]["url"])
            if state != "answered":
                self.ask(
                    "POST", f"/api/v1/battles/{battle['id']}/vote", {"outcome": self.rng.choice(["a", "tie"]), "turn": 0, "attempt": 0}
                )
            if state == "shared":
                link = self.ask("POST", f"/api/v1/battles/{battle['id']}/share", {"index": True}).json()
                self.things.tokens.append(link["token"])
        self.common.battles = [*self.common.battles, *self.things.battles][-40:]
        self.common.prompts = [row["id"] for row in self.ask("GET", "/api/v1/prompts/suggestions?n=12").json()["results"]]
        for page in ("me/battles", "me/points"):
            following = self.ask("GET", f"/api/v1/{page}").json()["next"]
            if following:
                self.things.cursors.append(following.partition("cursor=")[2])
        del self.things.battles[:-16]
