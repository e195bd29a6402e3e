"""The people and contenders that tests know by name, and short ways to let them act."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client

from arena import clock
from arena.battles import projector
from arena.battles.models import Answer, Battle, Status
from arena.contenders import actions as contenders
from arena.contenders.models import Contender
from arena.prompts.models import Pool, Prompt
from arena.providers import actions as providers
from arena.providers.models import Provider
from arena.ratings import actions as ratings
from arena.ratings.models import Board
from arena.users import terms
from arena.users.models import User

CAST = ("amber", "birch", "cedar", "dune")


@dataclass(slots=True)
class Person:
    """Somebody with a browser; `get` and `post` act as the page does."""

    client: Client

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None, raw: bytes | None = None, **headers: str) -> Any:
        token = self.client.cookies["csrftoken"].value
        sent = {"X-CSRFToken": token, **({"Idempotency-Key": key} if key else {}), **headers}
        data = raw if raw is not None else json.dumps(body if body is not None else {})
        return self.client.post(f"/api/v1/{path}", data=data, content_type="application/json", headers=sent)

    def consent(self, *, publish: bool = False) -> Any:
        now = terms.current()
        body = {"terms_version": now.version, "terms_hash": now.hash, "of_age": True, "publish": publish}
        return self.post("me/consent", body)

    def open(self, prompt: str = "Why is the sky blue?") -> dict[str, Any]:
        reply = self.post("battles", {"prompt": prompt})
        assert reply.status_code == 201, reply.content
        body: dict[str, Any] = reply.json()
        return body

    def vote(self, battle: str, outcome: str = "a", *, turn: int = 0, attempt: int = 0, **more: Any) -> Any:
        return self.post(f"battles/{battle}/vote", {"outcome": outcome, "turn": turn, "attempt": attempt, **more})


@dataclass(slots=True)
class Arena:
    """A seeded arena."""

    contenders: dict[str, Contender]

    @classmethod
    def seeded(cls) -> "Arena":
        board = ratings.create_board(slug="overall", title="Overall")
        assert isinstance(board, Board)
        provider = providers.set_provider(slug="stage", name="Stage", protocol="scripted", base_url="scripted:")
        cast = {name: cls.enter(name, provider) for name in CAST}
        pool = Pool.objects.create(slug="starter", title="Starter")
        Prompt.objects.create(pool=pool, key="sky", text="Why is the sky blue?", category="explaining", language="en", chip=True)
        projector.project()
        return cls(cast)

    @staticmethod
    def enter(name: str, provider: Provider, *, model: str = "", **fields: Any) -> Contender:
        """A contender called Name-7, of vendor Name Labs, that plays the script `short@name` unless told otherwise."""
        about = {"name": f"{name.title()}-7", "vendor": f"{name.title()} Labs", "price_input": "1.37", "price_output": "9.41", **fields}
        contender = contenders.register(slug=f"{name}-7", **about)
        providers.set_route(contender=contender, provider=provider, model=model or f"short@{name}", params={})
        return contender

    def person(self, name: str) -> Person:
        person = Person(Client(enforce_csrf_checks=True))
        person.get("me")
        assert person.consent().status_code == 200
        return person

    @staticmethod
    def vouch(person: Person, email: str = "ada@example.org") -> User:
        """Give a guest an account whose address they have proved."""
        user = User.objects.get(pk=person.get("me").json()["user"]["id"])
        User.objects.filter(pk=user.pk).update(is_guest=False, email=email)
        EmailAddress.objects.create(user=user, email=email, verified=True)
        return user

    @staticmethod
    def answer(battle: str | uuid.UUID, a: str = "One fine answer.", b: str = "Another fine answer.", **fields: Any) -> None:
        """Give both sides of a battle's latest attempt their answers, without streaming them."""
        turn = Battle.objects.get(pk=battle).turns.order_by("-number")[0]
        for answer in Answer.objects.filter(turn=turn, attempt=turn.attempt).select_related("side"):
            values = {"status": Status.DONE, "text": a if answer.side.position == 0 else b, "finished_at": clock.now(), **fields}
            Answer.objects.filter(pk=answer.pk).update(**values)
