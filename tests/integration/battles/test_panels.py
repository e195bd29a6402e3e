"""Several voters on the same answers: each in a battle of their own, blind, and never more than the pool wants."""

import json
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arena import clock
from arena.battles import actions, projector
from arena.battles.models import Answer, Battle, Panel, Side, Spent, Status, Vote
from arena.contenders.models import Contender, State
from arena.prompts import queries
from arena.prompts.models import Pool, Prompt
from arena.ratings.models import Rating
from arena.users import terms
from tests.cast import CAST, Arena, Person
from tests.integration.battles.pools import answered, open_on, prompt_of, shown, source_of, texts
from tests.integration.http.threads import results

LATER = timedelta(hours=1)


def test_the_second_voter_sees_the_answers_at_once_and_nobody_is_asked_again(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt, input_tokens=5, output_tokens=7)
    second = open_on(ben, prompt)
    assert source_of(second) == first["id"]
    assert second["stream"] is None
    assert sorted(shown(second)) == ["Another fine answer.", "One fine answer."]
    assert second["can"]["vote"] == ["a", "b", "tie", "both_bad", "skip"]
    assert texts(second) == texts(first)
    assert {answer["status"] for answer in second["turns"][0]["answers"]} == {"done"}
    assert not Spent.objects.exists()  # no copy is paid for


def test_a_copied_battle_names_nobody_before_its_own_vote_whatever_the_first_voter_knows(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    assert ada.vote(first["id"]).status_code == 200
    second = open_on(ben, prompt)
    for seen in (second, ben.get(f"battles/{second['id']}").json()):
        assert seen["vote"] is None
        told = json.dumps(seen).lower()
        assert not [name for name in (*CAST, "labs", first["id"]) if name in told]
    assert ben.get(f"battles/{first['id']}").status_code == 404


def test_sides_are_shuffled_anew_and_each_vote_counts_for_whom_its_voter_meant(arena: Arena, ada: Person) -> None:
    prompt = prompt_of(voters=32)
    answered(ada, prompt)
    orders: Counter[bool] = Counter()
    source = Battle.objects.get()
    left = source.sides.get(position=0).contender_id
    for number in range(12):
        person = arena.person(f"p{number}")
        battle = open_on(person, prompt)
        good = "ab"[shown(battle).index("One fine answer.")]  # said by who is on the left of the first battle
        orders[good == "a"] += 1
        voted = person.vote(battle["id"], good).json()["vote"]
        assert voted["rated"]
        assert voted["points"]["awarded"] == 10
        vote = Vote.objects.get(battle=battle["id"])
        assert vote.contenders[vote.ranks.index(0)] == left
    assert min(orders.values()) > 0
    projector.project()
    assert Rating.objects.get(contender=left, board__slug="overall").votes == 12
    assert Rating.objects.get(contender=left, board__slug="overall").mu > 25


def test_a_copy_carries_the_draw_of_its_source(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    answered(ada, prompt)
    source = Battle.objects.get()
    copy = Battle.objects.get(pk=open_on(ben, prompt)["id"])
    for name in ("candidates", "standings_seq", "policy", "probability", "category", "language", "classifier"):
        assert getattr(copy, name) == getattr(source, name)
    assert copy.seed != source.seed
    assert {side.contender_id for side in copy.sides.all()} == {side.contender_id for side in source.sides.all()}


def test_nobody_sits_twice_at_a_panel_and_the_next_one_begins_another(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=3)
    first = answered(ada, prompt)
    assert source_of(open_on(ada, prompt)) is None  # the person who was first
    second = open_on(ben, prompt)
    assert source_of(second) == first["id"]
    assert source_of(open_on(ben, prompt)) is None


def test_answers_that_are_still_being_written_are_waited_for_by_nobody(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    open_on(ada, prompt)
    assert source_of(open_on(ben, prompt)) is None


@pytest.mark.parametrize(
    "spoil",
    [
        {"status": Status.STOPPED},
        {"status": Status.FAILED, "error": "failed"},
        {"text": "  "},
        {"text": "I am Amber-7, I am Birch-7, I am Cedar-7, I am Dune-7."},
    ],
)
def test_answers_that_are_not_whole_or_name_themselves_are_shown_to_nobody_else(
    spoil: dict[str, Any], arena: Arena, ada: Person, ben: Person
) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    Answer.objects.filter(side__position=1).update(**spoil)
    assert source_of(open_on(ben, prompt)) is None
    assert not Panel.objects.get(battle=first["id"]).closed  # it may be asked again
    with clock.frozen(clock.now() + LATER):
        assert source_of(open_on(arena.person("cleo"), prompt)) is None
    assert Panel.objects.get(battle=first["id"]).closed


@pytest.mark.parametrize("change", ["text", "retired", "subset"])
def test_answers_to_other_words_or_of_who_may_not_be_drawn_any_more_are_not_reused(
    change: str, arena: Arena, ada: Person, ben: Person
) -> None:
    prompt = prompt_of(voters=2)
    answered(ada, prompt)
    drawn = Side.objects.values_list("contender", flat=True)
    if change == "text":
        Prompt.objects.filter(pk=prompt.pk).update(text="Name a lake.")
    elif change == "retired":
        Contender.objects.filter(pk=drawn[0]).update(state=State.RETIRED)
    else:
        others = Contender.objects.exclude(pk__in=drawn).values_list("slug", flat=True)
        Pool.objects.filter(slug="panel").update(contenders=list(others))
    assert source_of(open_on(ben, prompt)) is None


def test_prompts_of_peoples_own_and_of_pools_that_want_one_voter_are_never_shared(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=1)
    answered(ada, prompt)
    assert source_of(open_on(ben, prompt)) is None
    Pool.objects.filter(slug="panel").update(voters=2)  # holds for what begins now
    assert source_of(open_on(arena.person("cleo"), prompt)) is None
    own = ada.open(prompt.text)
    arena.answer(own["id"])
    assert source_of(open_on(arena.person("dora"), prompt)) != own["id"]
    assert set(Panel.objects.values_list("prompt", flat=True)) == {prompt.pk}


def test_before_the_vote_there_is_no_second_turn_and_after_it_there_is(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    for person, battle in ((ada, ada.get(f"battles/{first['id']}").json()), (ben, open_on(ben, prompt))):
        assert battle["can"]["follow_up"] is False
        assert battle["can"]["ask_again"] is False
        reply = person.post(f"battles/{battle['id']}/turns", {"prompt": "And then?"})
        assert (reply.status_code, reply.json()["type"].rsplit("/", 1)[-1]) == (409, "turn-limit")
        assert person.vote(battle["id"]).json()["can"]["follow_up"] is True
        assert person.post(f"battles/{battle['id']}/turns", {"prompt": "And then?"}).status_code == 201


def test_who_erases_takes_nothing_from_others_and_what_is_erased_is_shown_to_nobody_new(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=3)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    assert (
        ada.client.delete(f"/api/v1/battles/{first['id']}", headers={"X-CSRFToken": ada.client.cookies["csrftoken"].value}).status_code
        == 204
    )
    assert set(texts(first).values()) == {""}
    assert sorted(shown(ben.get(f"battles/{second['id']}").json())) == ["Another fine answer.", "One fine answer."]
    assert ben.vote(second["id"]).json()["vote"]["rated"]
    assert source_of(open_on(arena.person("cleo"), prompt)) is None
    assert Panel.objects.get(battle=first["id"]).closed


def test_who_erases_a_copy_leaves_the_source_and_frees_the_seat(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    actions.erase_battle(battle_id=Battle.objects.get(pk=second["id"]).pk, voter=Battle.objects.get(pk=second["id"]).voter)
    assert set(texts(first).values()) == {"One fine answer.", "Another fine answer."}
    assert source_of(open_on(arena.person("cleo"), prompt)) == first["id"]


def test_a_skip_frees_the_seat_and_a_full_panel_takes_nobody(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    cleo, dora = arena.person("cleo"), arena.person("dora")
    assert source_of(open_on(cleo, prompt)) is None  # ben may still vote
    assert ben.vote(second["id"], "skip").status_code == 200
    third = open_on(dora, prompt)
    assert source_of(third) == first["id"]
    assert ada.vote(first["id"]).status_code == dora.vote(third["id"]).status_code == 200
    assert source_of(open_on(arena.person("emil"), prompt)) is None
    assert Panel.objects.get(battle=first["id"]).closed


def test_a_seat_lapses_and_who_comes_back_too_late_may_only_skip(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    with clock.frozen(clock.now() + LATER):
        cleo = arena.person("cleo")
        third = open_on(cleo, prompt)
        assert source_of(third) == first["id"]
        assert ada.vote(first["id"]).status_code == 200  # late, but there is room: ben's seat has lapsed too
        refused = ben.vote(second["id"])
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "seat-taken")
        assert cleo.vote(third["id"]).status_code == 200
        assert ben.vote(second["id"], "skip").json()["vote"]["points"]["awarded"] == 0
    assert Vote.objects.exclude(outcome="skip").count() == 2


def test_a_paused_pool_lets_begun_battles_finish_and_begins_none(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first, second = answered(ada, prompt), open_on(ben, prompt)
    Pool.objects.filter(slug="panel").update(active=False)
    open_on(arena.person("cleo"), prompt, 404)
    for person, battle in ((ada, first), (ben, second)):
        vote = person.vote(battle["id"]).json()["vote"]
        assert vote["rated"]
        assert vote["points"]["awarded"] == 10


def test_a_ballot_of_three_is_shared_as_well(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2, sides=3)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    assert source_of(second) == first["id"]
    assert second["sides"] == ["a", "b", "c"]
    assert ben.post(
        f"battles/{second['id']}/vote", {"outcome": "ranking", "ranks": {"a": 0, "b": 1, "c": 2}, "turn": 0, "attempt": 0}
    ).json()["vote"]["rated"]


def test_what_does_not_concern_panels_asks_the_database_no_more_often(arena: Arena, ada: Person) -> None:
    """A vote on a panel's battle is as dear as any; only opening one looks for a seat."""

    def asked(prompt: Prompt | None) -> int:
        battle = answered(ada, prompt)["id"] if prompt else ada.open()["id"]
        arena.answer(battle)
        with CaptureQueriesContext(connection) as seen:
            assert ada.vote(battle).status_code == 200
        return len(seen.captured_queries)

    asked(None)
    assert asked(prompt_of(voters=2)) == asked(None)


def test_of_thirty_two_at_once_exactly_as_many_get_a_seat_as_there_are(transactional_db: None) -> None:
    arena = Arena.seeded()
    prompt = prompt_of(voters=8)
    first = answered(arena.person("first"), prompt)
    people = [arena.person(f"p{number}") for number in range(32)]
    battles = results([partial(open_on, person, prompt) for person in people])
    assert [source_of(battle) for battle in battles].count(first["id"]) == 7
    for battle in battles:
        if source_of(battle) is None:
            arena.answer(battle["id"])
    voted = results([partial(person.vote, battle["id"]) for person, battle in zip(people, battles, strict=True)])
    assert {reply.status_code for reply in voted} == {200}
    # And once more, onto the panels that the others have begun.
    for person, battle in zip(people, results([partial(open_on, person, prompt) for person in people]), strict=True):
        arena.answer(battle["id"])
        assert person.vote(battle["id"]).status_code == 200
    sizes = Counter(vote.battle.reuses_id or vote.battle_id for vote in Vote.objects.select_related("battle"))
    assert max(sizes.values()) <= 8
    assert sizes[Battle.objects.get(pk=first["id"]).pk] == 7  # whose own voter has not voted
    members = Counter(battle.reuses_id or battle.pk for battle in Battle.objects.all())
    assert max(members.values()) <= 8
    pairs = [(battle.reuses_id or battle.pk, battle.voter_id) for battle in Battle.objects.all()]
    assert len(pairs) == len(set(pairs))


def test_seats_that_lapse_while_their_voters_come_back_are_never_taken_twice(transactional_db: None) -> None:
    """Sixteen who were away vote while sixteen others look for a seat: whoever is first has it."""
    arena = Arena.seeded()
    prompt = prompt_of(voters=17)
    first = answered(arena.person("first"), prompt)
    away = [arena.person(f"away{number}") for number in range(16)]
    others = [arena.person(f"other{number}") for number in range(16)]
    begun = [open_on(person, prompt) for person in away]

    def come_back(person: Person, battle: dict[str, Any]) -> bool:
        return bool(person.vote(battle["id"]).status_code == 200)

    def come(person: Person) -> bool:
        battle = open_on(person, prompt)
        return source_of(battle) == first["id"] and bool(person.vote(battle["id"]).status_code == 200)

    with clock.frozen(clock.now() + LATER):
        plays = [partial(come_back, person, battle) for person, battle in zip(away, begun, strict=True)]
        done = results([*plays, *(partial(come, person) for person in others)])
    assert sum(done) == Vote.objects.count() == 17
    assert {str(vote.battle.reuses_id) for vote in Vote.objects.select_related("battle")} == {first["id"]}


def test_a_held_out_prompt_is_no_suggestion_and_its_battles_are_neither_shared_nor_published(arena: Arena) -> None:
    person = arena.person("cleo")
    assert person.post("me/consent", {**consent(), "publish": True}).status_code == 200
    prompt = prompt_of(text="Kept for later tests.")
    Prompt.objects.filter(pk=prompt.pk).update(held_out=True)
    assert prompt.text not in str(queries.suggestions(count=12, language="en"))
    battle = answered(person, prompt)
    assert Battle.objects.get().publish is False
    assert person.vote(battle["id"]).status_code == 200
    refused = person.post(f"battles/{battle['id']}/share")
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "conflict")


def consent() -> dict[str, Any]:
    now = terms.current()
    return {"terms_version": now.version, "terms_hash": now.hash, "of_age": True}


def test_voters_are_told_what_to_look_at_and_never_what_the_contenders_alone_are_told(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2, guidelines="Look at the tone.")
    Prompt.objects.filter(pk=prompt.pk).update(system="quokkasystem", parameters={"temperature": 0.25})
    first = answered(ada, prompt)
    assert first["pool"] == {"guidelines": "Look at the tone.", "voters": 2}
    second = open_on(ben, prompt)
    assert source_of(second) == first["id"]
    for seen in (first, second, ben.get(f"battles/{second['id']}").json(), ben.get("me/export").json()):
        assert "quokkasystem" not in json.dumps(seen)
    Prompt.objects.filter(pk=prompt.pk).update(parameters={"temperature": 0.5})  # other answers than these
    assert source_of(open_on(arena.person("cleo"), prompt)) is None
    assert ada.open()["pool"] is None
