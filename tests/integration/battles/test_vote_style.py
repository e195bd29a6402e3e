"""What the judged answers looked like, kept as numbers."""

import re
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from arena.battles import actions
from arena.battles.actions.measure import LOOKED_AT_ONCE, measure_styles
from arena.battles.models import Vote, VoteStyle
from arena.battles.tasks import measure_styles as task
from tests.cast import Arena, Person
from tests.integration.ratings.votes import cast_many

PLAIN = "Because of the air."
RICH = "# Sky\n\n- **blue**\n- `air`\n\n```\ncode\n```"


def voted(arena: Arena, person: Person, a: str = PLAIN, b: str = RICH, outcome: str = "a") -> Vote:
    battle = person.open()["id"]
    arena.answer(battle, a=a, b=b)
    assert person.vote(battle, outcome).status_code == 200
    return Vote.objects.get(battle_id=battle)


def counts() -> dict[uuid.UUID, Any]:
    return dict(VoteStyle.objects.values_list("vote_id", "counts"))


def test_every_side_is_measured_in_its_place(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    assert measure_styles() == 1
    assert counts() == {vote.pk: [[len(PLAIN), 0, 0, 0, 0], [len(RICH), 1, 2, 1, 2]]}


def test_the_whole_conversation_up_to_the_vote_counts_and_nothing_after_it(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle, a="one", b="**two**")
    assert ada.post(f"battles/{battle}/turns", {"prompt": "And?"}).status_code == 201
    arena.answer(battle, a="three", b="- four")
    assert ada.vote(battle, "b", turn=1).status_code == 200
    assert ada.post(f"battles/{battle}/turns", {"prompt": "And more?"}).status_code == 201
    arena.answer(battle, a="# five", b="# six")
    measure_styles()
    assert list(counts().values()) == [[[8, 0, 0, 0, 0], [13, 0, 1, 1, 0]]]


def test_of_an_answer_that_was_asked_again_the_last_attempt_counts(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle, a="# broken", b="", status="failed", error="failed")
    assert ada.post(f"battles/{battle}/attempts").status_code == 201
    arena.answer(battle, a="good", b="better")
    assert ada.vote(battle, "b", attempt=1).status_code == 200
    measure_styles()
    assert list(counts().values()) == [[[4, 0, 0, 0, 0], [6, 0, 0, 0, 0]]]


def test_measuring_again_changes_nothing_and_new_votes_are_found(arena: Arena, ada: Person) -> None:
    first = voted(arena, ada)
    task(0)
    before = counts()
    assert measure_styles() == 0
    assert counts() == before
    second = voted(arena, ada, a=RICH)
    task(0)
    assert set(counts()) == {first.pk, second.pk}


def test_the_numbers_outlive_the_texts(arena: Arena, ada: Person) -> None:
    vote = voted(arena, ada)
    measure_styles()
    before = counts()
    actions.erase_battle(battle_id=vote.battle_id, voter=vote.battle.voter)
    measure_styles()
    assert counts() == before


def test_texts_that_are_gone_are_not_measured(arena: Arena, ada: Person) -> None:
    gone = voted(arena, ada)
    actions.erase_battle(battle_id=gone.battle_id, voter=gone.battle.voter)
    assert measure_styles() == 0
    left = voted(arena, ada)
    assert measure_styles() == 1
    assert set(counts()) == {left.pk}


def test_a_vote_that_no_board_counts_has_no_numbers(arena: Arena, ada: Person) -> None:
    voted(arena, ada, outcome="skip")
    voted(arena, ada, a="I am Amber-7, Birch-7, Cedar-7 and Dune-7.")
    assert measure_styles() == 0


def test_many_votes_without_texts_keep_none_behind_them_waiting(arena: Arena, ada: Person) -> None:
    cast_many(arena, 2 * LOOKED_AT_ONCE + 1, seed=1, outcomes=("a",))
    vote = voted(arena, ada)
    assert measure_styles() == 1
    assert set(counts()) == {vote.pk}


def test_more_votes_than_one_transaction_takes_are_measured_in_one_go(arena: Arena, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.battles.actions.measure.LOOKED_AT_ONCE", 2)
    votes = {voted(arena, ada).pk for _ in range(5)}
    assert measure_styles() == 5
    assert set(counts()) == votes


def test_a_vote_whose_transaction_ended_after_that_of_a_later_one_is_measured(arena: Arena, ada: Person) -> None:
    late = voted(arena, ada)
    later = voted(arena, ada)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO battles_votestyle (vote_id, counts) VALUES (%s, '{{1,0,0,0,0},{1,0,0,0,0}}')", [later.pk])
    assert measure_styles() == 1
    assert set(counts()) == {late.pk, later.pk}


def test_a_look_at_an_idle_arena_reads_no_vote_of_long_ago(arena: Arena, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.battles.actions.measure.MARGIN_MILLISECONDS", 0)
    cast_many(arena, 3000, seed=1, outcomes=("a",))
    newest = voted(arena, ada)
    measure_styles()
    assert set(counts()) == {newest.pk}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE battles_vote")
    with CaptureQueriesContext(connection) as seen:
        measure_styles()
    newest_measured, next_votes, unmeasured, none_left = (str(query["sql"]) for query in seen.captured_queries)
    with connection.cursor() as cursor:
        for sql in (newest_measured, next_votes, unmeasured, none_left):
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT) {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert not re.search(r"Seq Scan on battles_vote\b", plan)
            assert max(map(float, re.findall(r"actual time=\S+ rows=([0-9.]+)", plan))) <= 4


def test_numbers_are_a_fact(arena: Arena, ada: Person) -> None:
    voted(arena, ada)
    measure_styles()
    for sql in ("UPDATE battles_votestyle SET counts = '{}'", "DELETE FROM battles_votestyle"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert VoteStyle.objects.count() == 1
