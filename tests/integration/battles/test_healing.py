"""Answers whose writer has died, looked for without a reader."""

import uuid
from datetime import timedelta

from django.utils import timezone

from arena.battles import actions
from arena.battles.models import Answer, Status
from tests.cast import Arena, Person


def _streaming(ada: Person, *, left: float) -> uuid.UUID:
    """A battle that is being written, with so many seconds left of its lease."""
    battle = uuid.UUID(ada.open()["id"])
    Arena.answer(battle, status=Status.STREAMING, finished_at=None, lease_until=timezone.now() + timedelta(seconds=left))
    return battle


def _statuses(battle: uuid.UUID) -> set[tuple[str, str]]:
    return set(Answer.objects.filter(turn__battle=battle).values_list("status", "error"))


def test_only_answers_whose_lease_has_lapsed_are_interrupted(arena: Arena, ada: Person) -> None:
    dead, living, ended, waiting = (
        _streaming(ada, left=-1),
        _streaming(ada, left=5),
        uuid.UUID(ada.open()["id"]),
        uuid.UUID(ada.open()["id"]),
    )
    arena.answer(ended)
    assert actions.heal_abandoned() == 1
    assert _statuses(dead) == {("interrupted", "interrupted")}
    assert _statuses(living) == {("streaming", "")}
    assert _statuses(ended) == {("done", "")}
    assert _statuses(waiting) == {("pending", "")}
    assert actions.heal_abandoned() == 0
    shown = ada.get(f"battles/{dead}").json()
    assert shown["can"]["ask_again"]
    assert {answer["status"] for answer in shown["turns"][0]["answers"]} == {"interrupted"}
