"""How often a request asks the database: what is read twice, or row by row, shows here before it shows under load."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arena.users.models import User
from tests.cast import Arena, Person

KEY = "a-key-of-the-page"
BALLOT = {"outcome": "a", "turn": 0, "attempt": 0}
# All counted: session, person, limits, idempotency key, savepoints. An account has been guests, and is looked up to see who vouches for it.
VOTE, OPEN, LOOK = {"guest": 24, "account": 25, "of nothing": 27}, 26, 4


def statements(act: Callable[[], Any], status: int) -> list[str]:
    """What one request asks of the database."""
    with CaptureQueriesContext(connection) as seen:
        assert act().status_code == status
    return [str(query["sql"]) for query in seen.captured_queries]


@pytest.mark.parametrize("who", VOTE)
def test_a_vote_asks_the_database_a_bounded_number_of_times(who: str, arena: Arena, ada: Person) -> None:
    if who == "account":
        arena.vouch(ada)
    User.objects.update(is_guest=who == "guest")
    for number in range(3):  # the first makes accounts
        battle = ada.open()["id"]
        arena.answer(battle)
        asked = statements(lambda battle=battle, number=number: ada.post(f"battles/{battle}/vote", BALLOT, key=f"{KEY}-{number}"), 200)  # type: ignore[misc]
    assert len(asked) <= VOTE[who], asked


def test_a_battle_of_many_turns_is_voted_on_with_no_more_statements(arena: Arena, ada: Person) -> None:
    def vote(turns: int) -> int:
        battle = ada.open()["id"]
        arena.answer(battle)
        for _ in range(turns - 1):
            assert ada.post(f"battles/{battle}/turns", {"prompt": "And then?"}).status_code == 201
            arena.answer(battle)
        return len(statements(lambda: ada.vote(battle, turn=turns - 1), 200))

    vote(1)
    assert vote(1) == vote(4)


def test_opening_and_looking_ask_a_bounded_number_of_times(ada: Person) -> None:
    ada.open()
    asked = statements(lambda: ada.post("battles", {"prompt": "Why is the sky blue?"}, key=KEY), 201)
    assert len(asked) <= OPEN, asked
    battle = ada.open()["id"]
    looked = statements(lambda: ada.get(f"battles/{battle}"), 200)
    assert len(looked) <= LOOK, looked
