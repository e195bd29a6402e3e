"""Pools as tests need them, and short ways to play a battle on one of their prompts."""

import uuid
from itertools import count
from typing import Any

from arena.battles.models import Answer, Battle
from arena.prompts.models import Pool, Prompt
from tests.cast import Arena, Person

WORDS = "Name a river."
_HOMES = count()


def prompt_of(slug: str = "panel", *, key: str = "one", text: str = WORDS, language: str = "en", **pool: Any) -> Prompt:
    """A prompt of a pool that is made, or changed, to be so."""
    row, _ = Pool.objects.update_or_create(slug=slug, defaults={"title": slug.title(), **pool})
    return Prompt.objects.create(pool=row, key=key, text=text, category="facts", language=language, chip=True)


def at_home(person: Person, address: str = "") -> Person:
    """The person, in this network; else in one of their own, unless they are in one already."""
    if address or "REMOTE_ADDR" not in person.client.defaults:
        number = next(_HOMES)
        person.client.defaults["REMOTE_ADDR"] = address or f"100.{64 + number // 250}.{number % 250}.7"
    return person


def open_on(person: Person, prompt: Prompt, status: int = 201) -> dict[str, Any]:
    """Each person is at home, for a panel seats nobody else of a network."""
    at_home(person)
    reply = person.post("battles", {"prompt_id": str(prompt.pk)})
    assert reply.status_code == status, reply.content
    body: dict[str, Any] = reply.json()
    return body


def answered(person: Person, prompt: Prompt, **said: Any) -> dict[str, Any]:
    """A battle whose answers have ended."""
    battle = open_on(person, prompt)
    Arena.answer(battle["id"], **said)
    return battle


def source_of(battle: dict[str, Any]) -> str | None:
    source = Battle.objects.get(pk=battle["id"]).reuses_id
    return str(source) if source else None


def texts(battle: dict[str, Any] | str) -> dict[int, str]:
    """By contender, what its answer says in a battle."""
    id = battle if isinstance(battle, str) else battle["id"]
    return {answer.side.contender_id: answer.text for answer in Answer.objects.select_related("side").filter(turn__battle=uuid.UUID(id))}


def shown(battle: dict[str, Any]) -> list[str]:
    """What each side is seen to have answered to the first prompt."""
    return ["".join(part["text"] for part in answer["parts"]) for answer in battle["turns"][0]["answers"]]
