"""What running answers have grown by is stored for all of them at once; a row that somebody holds keeps nobody waiting."""

from typing import Any

import psycopg

from arena import asyncdb
from arena.battles.models import Answer, Status
from arena.battles.streaming import store
from arena.battles.streaming.store import AnswerState
from tests.cast import Arena
from tests.integration.http.asgi import acting


def writing(answer: Answer, text: str) -> AnswerState:
    return AnswerState(answer.pk, answer.side.position, answer.side.contender_id, "streaming", text=text)


def begun(*battles: dict[str, Any]) -> list[Answer]:
    """The answers of these battles, with a lease that is about to lapse."""
    found = Answer.objects.filter(turn__battle_id__in=[battle["id"] for battle in battles])
    found.update(status=Status.STREAMING)
    return list(found.select_related("side").order_by("id"))


def test_a_row_that_is_held_is_skipped_and_stored_the_next_time(transactional_db: None) -> None:
    person = Arena.seeded().person("ada")
    held, free = begun(person.open())
    states = [writing(held, "held \\ \"'\n\u2028é"), writing(free, "free")]

    async def play() -> tuple[dict[int, str], tuple[Any, ...], dict[int, str]]:
        other = await psycopg.AsyncConnection.connect(**asyncdb.parameters())
        async with other:
            await other.execute("SELECT id FROM battles_answer WHERE id = %s FOR UPDATE", [held.pk])
            first = await store.grow(states)
            stored = states[0].stored
        return first, stored, await store.grow(states)

    first, stored, second = acting(play)
    assert first == second == {held.pk: "go on", free.pk: "go on"}
    assert stored == ()
    texts = dict(Answer.objects.filter(pk__in=[held.pk, free.pk]).values_list("pk", "text"))
    assert texts == {held.pk: "held \\ \"'\n\u2028é", free.pk: "free"}


def test_a_stop_and_a_loss_are_told_also_where_nothing_has_grown(transactional_db: None) -> None:
    person = Arena.seeded().person("ada")
    a, b, c, d = begun(person.open(), person.open())
    states = [writing(answer, "x") for answer in (a, b, c, d)]

    async def play() -> tuple[dict[int, str], dict[int, str]]:
        before = await store.grow(states)
        async with asyncdb.connection() as connection:
            await connection.execute("UPDATE battles_answer SET stop_requested = true WHERE id = ANY(%s)", [[b.pk, d.pk]])
            await connection.execute("UPDATE battles_answer SET status = 'interrupted' WHERE id = %s", [c.pk])
        states[3].text += " and more"
        return before, await store.grow(states)

    before, after = acting(play)
    assert set(before.values()) == {"go on"}
    assert after == {a.pk: "go on", b.pk: "stop", c.pk: "lost", d.pk: "stop"}
    assert Answer.objects.get(pk=c.pk).text == "x"


def test_a_round_that_was_stored_unheard_of_is_stored_again_and_nothing_is_twice(transactional_db: None) -> None:
    answer, _ = begun(Arena.seeded().person("ada").open())
    state = writing(answer, "caf\u00e9 \U0001f7e6")
    state.reasoning = "Hm"

    async def play() -> None:
        await store.grow([state])
        heard = state.stored
        state.text += " and"
        await store.grow([state])
        state.stored = heard  # as if the reply to the second had been lost
        state.text += " more"
        state.reasoning += ", well"
        assert await store.grow([state]) == {answer.pk: "go on"}

    acting(play)
    answer.refresh_from_db()
    assert (answer.text, answer.reasoning) == ("caf\u00e9 \U0001f7e6 and more", "Hm, well")
