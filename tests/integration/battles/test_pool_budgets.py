"""What a pool may use up: votes and points to the last one, money up to the answers that were being written."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from arena import clock
from arena.battles import actions, rewards
from arena.battles.models import Answer, Battle, Status, Vote
from arena.prompts import budgets
from arena.prompts.models import Pool, Prompt
from arena.users.models import User
from tests.cast import Arena, Person
from tests.integration.battles.pools import answered, open_on, prompt_of, source_of
from tests.integration.http.threads import results

PRICE = (Decimal("1.37") * 1000 + Decimal("9.41") * 2000) / 1_000_000  # of one answer, by the cast's prices


def written(battle: dict[str, Any], **fields: Any) -> None:
    """Both answers come to their end as a provider's do: each is counted then."""
    answers = Answer.objects.filter(turn__battle=battle["id"], status=Status.PENDING)
    for answer in answers:
        Answer.objects.filter(pk=answer.pk).update(status=Status.STREAMING)
        ended = {"status": Status.DONE, "text": "Words.", "input_tokens": 1000, "output_tokens": 2000, "finished_at": clock.now(), **fields}
        Answer.objects.filter(pk=answer.pk).update(**ended)


def use_of(prompt: Prompt) -> budgets.Use:
    return budgets.used([prompt.pool_id]).get(prompt.pool_id, budgets.Use())


def refused(person: Person, prompt: Prompt) -> str:
    return str(open_on(person, prompt, 409)["type"].rsplit("/", 1)[-1])


def test_a_pool_counts_its_votes_its_points_and_its_money_and_no_skip_and_no_copy(arena: Arena, ada: Person, ben: Person) -> None:
    prompt, other = prompt_of(voters=2), prompt_of("other")
    first = open_on(ada, prompt)
    written(first)
    second = open_on(ben, prompt)
    assert source_of(second) == first["id"]
    assert ada.vote(first["id"]).status_code == ben.vote(second["id"]).status_code == 200
    assert use_of(prompt) == (2, 20, 2 * PRICE)
    skipped = answered(ada, other)
    assert ada.vote(skipped["id"], "skip").status_code == 200
    own = ada.open()
    written(own)
    assert ada.vote(own["id"]).status_code == 200
    assert use_of(other) == budgets.Use()
    assert use_of(prompt) == (2, 20, 2 * PRICE)


@pytest.mark.parametrize("limit", [{"votes_budget": 5}, {"points_budget": 59}])
def test_a_crowd_at_the_door_begins_no_more_battles_than_the_budget_has_votes_for(limit: dict[str, Any], transactional_db: None) -> None:
    arena = Arena.seeded()
    prompt = prompt_of(**limit)
    people = [arena.person(f"p{number}") for number in range(32)]

    def play(person: Person) -> bool:
        reply = person.post("battles", {"prompt_id": str(prompt.pk)})
        assert reply.status_code in (201, 409), reply.content
        return bool(reply.status_code == 201)

    assert sum(results([partial(play, person) for person in people])) == 5
    for battle in Battle.objects.select_related("voter"):
        arena.answer(battle.pk)
    assert refused(people[0], prompt) == "pool-spent"


def test_a_battle_that_is_skipped_or_left_gives_its_place_back(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(votes_budget=1)
    first = answered(ada, prompt)
    assert refused(ben, prompt) == "pool-spent"
    assert ada.vote(first["id"], "skip").status_code == 200
    open_on(ben, prompt)
    assert refused(ada, prompt) == "pool-spent"
    with clock.frozen(clock.now() + timedelta(hours=1)):
        third = answered(ada, prompt)
        assert ada.vote(third["id"]).status_code == 200
        assert refused(ada, prompt) == "pool-spent"
    assert use_of(prompt).votes == 1


def test_who_comes_back_when_the_votes_are_used_up_may_only_skip(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(votes_budget=1)
    kept = answered(ada, prompt)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert ben.vote(answered(ben, prompt)["id"]).status_code == 200
        late = ada.vote(kept["id"])
        assert (late.status_code, late.json()["type"]) == (409, "/problems/seat-taken")
        assert ada.vote(kept["id"], "skip").status_code == 200
    assert use_of(prompt).votes == 1


def test_points_are_counted_as_the_policy_in_force_gives_them(arena: Arena, ada: Person, ben: Person) -> None:
    actions.set_reward_policy(policy=rewards.RewardPolicy("dear", 50, 1000, 1000), reason="A feast", by=User.objects.order_by("pk")[0])
    prompt = prompt_of(points_budget=60)
    assert ada.vote(answered(ada, prompt)["id"]).json()["vote"]["points"]["awarded"] == 50
    assert refused(ben, prompt) == "pool-spent"


def test_money_stops_new_answers_and_is_overrun_by_those_being_written_alone(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(cost_budget=PRICE)
    in_flight = [open_on(ada, prompt) for _ in range(3)]  # nothing is known to be spent yet
    written(in_flight[0])
    assert refused(ben, prompt) == "pool-spent"
    for battle in in_flight[1:]:
        written(battle)
    assert use_of(prompt).cost == 6 * PRICE
    # What has begun comes to its end, and asks for nothing more.
    follow_up = ada.post(f"battles/{in_flight[0]['id']}/turns", {"prompt": "And then?"})
    assert (follow_up.status_code, follow_up.json()["type"].rsplit("/", 1)[-1]) == (409, "pool-spent")
    for battle in in_flight:
        assert ada.vote(battle["id"]).json()["vote"]["points"]["awarded"] == 10


def test_money_that_is_spent_stops_no_voter_on_answers_that_are_there(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2, cost_budget="0.0001")
    first = open_on(ada, prompt)
    written(first)
    assert refused(ada, prompt) == "pool-spent"
    assert source_of(open_on(ben, prompt)) == first["id"]

    def drawn(person: Person) -> int:
        return int(person.get("prompts/draw").status_code)

    Pool.objects.exclude(slug="panel").update(active=False)
    assert (drawn(arena.person("cleo")), drawn(ada)) == (404, 404)


def test_a_failed_answer_of_a_pool_out_of_money_is_not_asked_again(arena: Arena, ada: Person) -> None:
    prompt = prompt_of(cost_budget="0.0001")
    first = open_on(ada, prompt)
    written(first)
    Answer.objects.filter(side__position=0).update(status=Status.FAILED, error="failed")
    assert ada.post(f"battles/{first['id']}/attempts", {}).json()["type"].rsplit("/", 1)[-1] == "pool-spent"


def test_budgets_hold_for_votes_cast_by_whom_ever(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(votes_budget=2, voters=2)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    assert refused(arena.person("cleo"), prompt) == "pool-spent"
    assert ada.vote(first["id"]).status_code == ben.vote(second["id"]).status_code == 200
    assert Vote.objects.count() == use_of(prompt).votes == 2
