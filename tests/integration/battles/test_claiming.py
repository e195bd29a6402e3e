"""The first reader's claim: one statement takes the lease and reads all that is needed to write the answers."""

import asyncio
from typing import Any

import pytest

from arena import asyncdb
from arena.battles import tickets
from arena.battles.models import Answer, Battle, Status, Turn
from arena.battles.streaming import route, store
from tests.cast import Arena
from tests.integration.http.asgi import acting


def claims(*asked: tuple[Any, int, int]) -> list[store.Claimed | None]:
    """What each claim gives, one after the other."""

    async def play() -> list[store.Claimed | None]:
        async with asyncdb.connection() as connection:
            return [await store.claim(connection, *one) for one in asked]

    return acting(play)


async def _written() -> None:
    """Until all that was begun has ended."""
    while route._tasks:
        await asyncio.sleep(0.01)


def test_a_claim_gives_what_is_needed_and_leaves_nothing_to_the_next(transactional_db: None) -> None:
    arena = Arena.seeded()
    person = arena.person("ada")
    battle = Battle.objects.get(pk=person.open("Why is the sky blue?")["id"])
    first, second = claims((battle.pk, 0, 0), (battle.pk, 0, 0))
    assert first is not None
    assert second is None
    assert (first.turn.number, first.turn.attempt, first.turn.battle) == (0, 0, battle.pk)
    contenders = [side.contender_id for side in battle.sides.order_by("position")]
    assert [answer.contender for answer in first.turn.answers] == contenders
    assert sorted(first.routes) == sorted(contenders)
    assert store.parse_content(first.history[0]["content"]) == "Why is the sky blue?"
    stored = Answer.objects.filter(turn__battle=battle)
    assert {answer.status for answer in stored} == {Status.STREAMING}
    assert all(answer.lease_until and answer.started_at for answer in stored)


def test_a_claim_tells_what_was_said_before_oldest_first(transactional_db: None) -> None:
    arena = Arena.seeded()
    person = arena.person("ada")
    battle = person.open("One?")["id"]
    arena.answer(battle)
    assert person.post(f"battles/{battle}/turns", {"prompt": "Two?"}).status_code == 201
    (claimed,) = claims((battle, 1, 0))
    assert claimed is not None
    told = [(row["number"], store.parse_content(row["content"]), row["position"]) for row in claimed.history]
    assert told == [(0, "One?", 0), (0, "One?", 1), (1, "Two?", 0), (1, "Two?", 1)]
    assert all(row["text"] for row in claimed.history if row["number"] == 0)


def test_only_the_latest_attempt_of_a_turn_that_is_can_be_claimed(transactional_db: None) -> None:
    battle = Arena.seeded().person("ada").open()["id"]
    Turn.objects.filter(battle_id=battle).update(attempt=1)
    assert claims((battle, 0, 0), (battle, 0, 1), (battle, 1, 0)) == [None, None, None]


def test_a_side_that_was_stopped_before_is_not_claimed_with_the_other(transactional_db: None) -> None:
    battle = Arena.seeded().person("ada").open()["id"]
    Answer.objects.filter(turn__battle_id=battle, side__position=1).update(stop_requested=True)
    (claimed,) = claims((battle, 0, 0))
    assert claimed is not None
    assert [answer.status for answer in claimed.turn.answers] == ["pending", "stopped"]


def test_readers_who_come_together_share_one_generation(transactional_db: None) -> None:
    battle = Battle.objects.get(pk=Arena.seeded().person("ada").open()["id"])
    ticket = tickets.Ticket(battle.pk, 0, 0)

    async def play() -> list[Any]:
        async def come() -> Any:
            async with asyncdb.connection() as connection:
                return await route._claim(connection, ticket, route.Holder("ada", "home"))

        found = await asyncio.gather(come(), come(), come())
        await _written()
        return list(found)

    found = acting(play)
    assert found[0] is not None
    assert all(one is found[0] for one in found)
    assert not route._claiming
    assert not route._held


def test_who_comes_while_it_is_written_takes_no_place(transactional_db: None) -> None:
    battle = Battle.objects.get(pk=Arena.seeded().person("ada").open()["id"])
    ticket, holder = tickets.Ticket(battle.pk, 0, 0), route.Holder("ada", "home")

    async def play() -> int:
        async with asyncdb.connection() as connection:
            first = await route._claim(connection, ticket, holder)
            assert await route._claim(connection, ticket, holder) is first
            held = route._held["session", "ada"]
            await _written()
            return held

    assert acting(play) == 1
    assert not route._held


def test_a_beginning_that_fails_gives_the_place_back(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    battle = Battle.objects.get(pk=Arena.seeded().person("ada").open()["id"])
    ticket = tickets.Ticket(battle.pk, 0, 0)

    def fail(*args: Any) -> None:
        raise LookupError

    monkeypatch.setattr(route, "conversations", fail)

    async def play() -> None:
        async with asyncdb.connection() as connection:
            with pytest.raises(LookupError):
                await route._claim(connection, ticket, route.Holder("ada", "home"))

    acting(play)
    assert not route._held
    assert not route._running
    assert not route._claiming
