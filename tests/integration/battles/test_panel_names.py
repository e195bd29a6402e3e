"""Whoever has not judged a panel's answers buys no name beside them while others may be paid for judging them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arena import clock
from arena.battles import actions, waiting
from arena.battles.models import Answer, Battle, Panel, Seated, Status, Vote
from arena.contenders.models import Contender, State
from arena.prompts.models import Pool, Prompt
from tests.cast import CAST, Arena, Person
from tests.integration.battles.pools import answered, at_home, open_on, prompt_of, source_of

LATER = timedelta(hours=1)
# What would name a contender as well as its name does.
TELLING = ("before", "after", "first_token_ms", "tokens_per_second", "cost_usd")
HOME, AWAY = "203.0.113.7", "198.51.100.7"


def skipped(person: Person, battle: dict[str, Any]) -> dict[str, Any]:
    reply = person.vote(battle["id"], "skip")
    assert reply.status_code == 200, reply.content
    body: dict[str, Any] = reply.json()
    return body


def names_in(told: Any) -> list[str]:
    words = json.dumps(told).lower()
    return [name for name in (*CAST, "labs") if name in words]


def all_told(person: Person, battle: str) -> list[Any]:
    """All that a voter can get to see of a battle."""
    return [person.get(f"battles/{battle}").json(), person.get("me/battles").json(), person.get("me/export").json()["battles"]]


def test_a_skip_shows_no_names_while_others_are_to_judge(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt, input_tokens=5, output_tokens=7)
    told = skipped(ada, first)
    assert told["vote"]["names_wait"] is True
    for seen in (told, *all_told(ada, first["id"])):
        assert not names_in(seen)
    for side in told["vote"]["sides"]:
        assert side["contender"]["slug"] == "not-named-yet"
        assert not any(side[figure] for figure in TELLING)
        assert side["tokens"] == {"input": None, "output": None}
    assert told["vote"]["receipt"]["salt"] is None
    cleo = arena.person("cleo")
    voted = [person.vote(open_on(person, prompt)["id"]).json()["vote"] for person in (ben, cleo)]
    assert all(vote["rated"] and not vote["names_wait"] and len(names_in(vote["sides"])) >= 2 for vote in voted)
    seen = ada.get(f"battles/{first['id']}").json()["vote"]
    assert seen["names_wait"] is False
    assert seen["receipt"]["salt"]
    assert all(len(names_in(found)) >= 2 for found in (seen["sides"], *all_told(ada, first["id"])))


def test_a_skip_of_a_copy_waits_as_well_and_one_of_a_battle_of_ones_own_does_not(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=3)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    assert source_of(second) == first["id"]
    assert skipped(ben, second)["vote"]["names_wait"] is True
    own = ben.open()
    arena.answer(own["id"])
    assert skipped(ben, own)["vote"]["names_wait"] is False


def test_after_such_a_skip_nobody_can_ask_the_contenders_who_they_are(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=1 + 1)
    first = answered(ada, prompt)
    assert skipped(ada, first)["can"]["follow_up"] is False
    reply = ada.post(f"battles/{first['id']}/turns", {"prompt": "Who are you?"})
    assert (reply.status_code, reply.json()["type"]) == (409, "/problems/turn-limit")
    for person in (ben, arena.person("cleo")):
        assert person.vote(open_on(person, prompt)["id"]).status_code == 200
    assert ada.get(f"battles/{first['id']}").json()["can"]["follow_up"] is True
    assert ada.post(f"battles/{first['id']}/turns", {"prompt": "Who are you?"}).status_code == 201


def test_a_link_shows_no_names_while_others_are_to_judge(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    assert len(names_in(ada.vote(first["id"]).json()["vote"]["sides"])) >= 2
    token = ada.post(f"battles/{first['id']}/share", {"index": False}).json()["token"]
    shown = ben.get(f"shared/{token}").json()
    assert shown["names_wait"] is True
    assert not names_in(shown)
    assert [side["rank"] for side in shown["sides"]] == [0, 1]
    assert not names_in(ben.client.get(f"/s/{token}").content.decode())
    assert ben.vote(open_on(ben, prompt)["id"]).status_code == 200
    shown = ben.get(f"shared/{token}").json()
    assert shown["names_wait"] is False
    assert len(names_in(shown)) >= 2


@pytest.mark.parametrize("spoil", [{"status": Status.FAILED, "error": "failed"}, {"status": Status.STOPPED}, {"text": " "}])
def test_answers_that_nobody_else_can_judge_are_named_at_once(spoil: dict[str, Any], arena: Arena, ada: Person) -> None:
    prompt = prompt_of(voters=2)
    first = answered(ada, prompt)
    Answer.objects.filter(side__position=1).update(**spoil)
    assert skipped(ada, first)["vote"]["names_wait"] is False
    assert Panel.objects.get(battle=first["id"]).closed


def test_as_long_as_somebody_sits_there_who_may_vote_names_wait_even_if_nobody_new_is_seated(
    arena: Arena, ada: Person, ben: Person
) -> None:
    """However late: whoever was away may still find their seat free, and be paid."""
    prompt = prompt_of(voters=3)
    first, second = answered(ada, prompt), open_on(ben, prompt)
    assert skipped(ada, first)["vote"]["names_wait"] is True
    Contender.objects.update(state=State.RETIRED)
    with clock.frozen(clock.now() + LATER):
        Panel.objects.update(closed=True)
        assert ada.get(f"battles/{first['id']}").json()["vote"]["names_wait"] is True
        assert ben.vote(second["id"]).json()["vote"]["points"]["awarded"] == 10
        assert ada.get(f"battles/{first['id']}").json()["vote"]["names_wait"] is False


@pytest.mark.parametrize(
    "end",
    [
        lambda: Prompt.objects.update(active=False),
        lambda: Pool.objects.update(active=False, archived_at=clock.now()),
        lambda: Pool.objects.update(closes_at=clock.now()),
        lambda: Pool.objects.update(voters=1),
    ],
    ids=["the prompt is put away", "the pool is archived", "its time is over", "one voter is enough"],
)
def test_names_wait_no_longer_than_somebody_can_come(end: Callable[[], Any], arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=3)
    first = answered(ada, prompt)
    second = open_on(ben, prompt)
    assert skipped(ada, first)["vote"]["names_wait"] is True
    assert ben.vote(second["id"]).status_code == 200
    token = ben.post(f"battles/{second['id']}/share", {"index": False}).json()["token"]
    assert ada.get(f"shared/{token}").json()["names_wait"] is True
    end()
    assert ada.get(f"battles/{first['id']}").json()["vote"]["names_wait"] is False
    assert ada.get(f"shared/{token}").json()["names_wait"] is False


def test_names_wait_for_nobody_who_has_sat_there_for_a_month(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=3)
    first = answered(ada, prompt)
    open_on(ben, prompt)
    token = shared_after(ada, first, "a")
    Panel.objects.update(closed=True)
    assert ben.get(f"shared/{token}").json()["names_wait"] is True
    with clock.frozen(clock.now() + waiting.SEATED_KEPT + LATER):
        assert Person(Client()).get(f"shared/{token}").json()["names_wait"] is False


def test_a_vote_on_answers_that_nobody_else_can_judge_ends_the_panel(arena: Arena, ada: Person, ben: Person) -> None:
    first = answered(ada, prompt_of(voters=2))
    answer = Answer.objects.select_related("side__contender").filter(turn__battle=first["id"])[0]
    Answer.objects.filter(pk=answer.pk).update(text=f"I am {answer.side.contender.name}.")
    assert ben.get(f"shared/{shared_after(ada, first, 'a')}").json()["names_wait"] is False


def shared_after(person: Person, battle: dict[str, Any], outcome: str) -> str:
    """The link of a battle that this person judges now."""
    assert person.vote(battle["id"], outcome).status_code == 200
    return str(person.post(f"battles/{battle['id']}/share", {"index": False}).json()["token"])


@pytest.mark.parametrize("outcome", ["a", "skip"])
def test_of_one_network_one_guest_sits_at_a_panel(outcome: str, arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=4)
    first = answered(at_home(ada, HOME), prompt)
    assert ada.vote(first["id"], outcome).status_code == 200
    assert source_of(open_on(at_home(ben, "203.0.113.200"), prompt)) is None
    with clock.frozen(clock.now() + timedelta(days=1)):  # a new day, on which the network has another hash
        assert source_of(open_on(at_home(arena.person("cleo"), HOME), prompt)) is None
    assert source_of(open_on(at_home(arena.person("dora"), AWAY), prompt)) == first["id"]


def test_who_is_seated_before_the_first_vote_counts_as_well(arena: Arena, ada: Person, ben: Person) -> None:
    """Otherwise all would sit down first, and the first to vote would tell the others."""
    prompt = prompt_of(voters=4)
    first = answered(at_home(ada, AWAY), prompt)
    assert source_of(open_on(at_home(ben, HOME), prompt)) == first["id"]
    assert source_of(open_on(at_home(arena.person("cleo"), HOME), prompt)) is None
    assert source_of(open_on(at_home(arena.person("dora"), AWAY), prompt)) is None


def test_who_is_vouched_for_sits_beside_colleagues_and_no_guest_beside_them(arena: Arena, ada: Person, ben: Person) -> None:
    prompt = prompt_of(voters=4)
    cleo = arena.person("cleo")
    for person, email in ((ada, "ada@example.org"), (ben, "ben@example.org")):
        arena.vouch(person, email)
    first = answered(at_home(ada, HOME), prompt)
    assert source_of(open_on(at_home(ben, HOME), prompt)) == first["id"]
    assert source_of(open_on(at_home(cleo, HOME), prompt)) is None


def test_nobody_is_given_a_prompt_for_a_panel_that_would_not_seat_them(arena: Arena, ada: Person, ben: Person) -> None:
    Pool.objects.update(weight=0)
    waiting, fresh = prompt_of(voters=2), prompt_of(key="two", text="Name a lake.")
    answered(at_home(ada, HOME), waiting)
    for home, given in ((AWAY, waiting), (HOME, fresh)):
        at_home(ben, home)
        assert {ben.get("prompts/draw").json()["id"] for _ in range(5)} == {str(given.pk)}


def test_what_a_panel_knows_of_networks_says_nothing_elsewhere_and_goes_with_it(arena: Arena, ada: Person) -> None:
    prompt = prompt_of(voters=2)
    at_home(ada, HOME)
    one, other = answered(ada, prompt), answered(ada, prompt)
    assert Vote.objects.count() == 0
    networks = dict(Seated.objects.values_list("panel", "network"))
    assert {str(panel) for panel in networks} == {one["id"], other["id"]}
    assert len(set(networks.values())) == 2
    Panel.objects.filter(battle=one["id"]).update(closed=True)
    assert actions.forget_networks() == 1
    assert {str(panel) for panel in Seated.objects.values_list("panel", flat=True)} == {other["id"]}
    with clock.frozen(clock.now() + waiting.SEATED_KEPT + LATER):
        actions.forget_networks()
    assert not Seated.objects.exists()
    assert Battle.objects.count() == 2
