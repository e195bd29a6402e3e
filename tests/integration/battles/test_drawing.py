"""A prompt for who asks for one: by the weight of its pool, by need, and only from pools that are there for this person now."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from arena import clock
from arena.battles.models import Side
from arena.contenders.models import Contender
from arena.prompts import queries
from arena.prompts.models import Pool, Prompt
from tests.cast import Arena, Person
from tests.integration.battles.pools import answered, open_on, prompt_of

TOKEN = "class-of-2026"


@pytest.fixture(autouse=True)
def no_starter(arena: Arena) -> None:
    Pool.objects.filter(slug="starter").update(active=False)


def drawn(person: Person, **query: str) -> str | None:
    """The text of a prompt that was given away, None when there was none."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    reply = person.get(f"prompts/draw?{asked}")
    assert reply.status_code in (200, 404), reply.content
    return str(reply.json()["text"]) if reply.status_code == 200 else None


def test_a_pool_is_drawn_as_often_as_its_weight_says(ada: Person) -> None:
    for name, weight in (("heavy", 9), ("light", 1), ("never", 0)):
        prompt_of(name, text=name, weight=weight)
    found = Counter(drawn(ada) for _ in range(200))
    assert set(found) == {"heavy", "light"}
    assert found["heavy"] > 3 * found["light"]


def test_the_prompt_that_fewest_battles_were_about_comes_first_and_ones_own_last(ada: Person, ben: Person) -> None:
    prompts = [prompt_of("pool", key=str(number), text=f"Prompt {number}") for number in range(3)]
    for prompt in (prompts[0], prompts[0], prompts[1]):
        open_on(ben, prompt)
    assert drawn(ada) == "Prompt 2"
    open_on(ada, prompts[2])
    assert drawn(ada) == "Prompt 1"
    assert drawn(ben) == "Prompt 2"


def test_answers_that_wait_for_another_voter_come_before_fresh_prompts(arena: Arena, ada: Person, ben: Person) -> None:
    waiting, fresh = (prompt_of(key=key, text=key, voters=2) for key in ("waiting", "fresh"))
    first = answered(ada, waiting)
    assert {drawn(ben) for _ in range(5)} == {"waiting"}
    assert drawn(ada) == "fresh"  # they have judged the other
    open_on(ben, waiting)
    assert drawn(arena.person("cleo")) == "fresh"  # both seats are taken
    assert first["prompt_id"] == str(waiting.pk) != str(fresh.pk)


def test_a_prompt_is_in_the_language_asked_for_else_english_else_any(ada: Person) -> None:
    prompt_of("pool", key="de", text="deutsch", language="de")
    assert drawn(ada, language="fr") == "deutsch"
    prompt_of("pool", key="en", text="english")
    assert {drawn(ada, language="fr") for _ in range(5)} == {"english"}
    assert {drawn(ada, language="de") for _ in range(5)} == {"deutsch"}
    assert {drawn(ada) for _ in range(40)} == {"deutsch", "english"}  # no wish


def test_a_cohorts_pool_is_for_who_comes_by_its_link_alone(arena: Arena, ada: Person) -> None:
    prompt_of("class", text="for the class", cohort=TOKEN)
    assert drawn(ada) is None
    assert drawn(ada, cohort=TOKEN) == "for the class"
    assert drawn(ada, cohort="another-class") is None
    assert queries.suggestions(count=4, language="en") == []
    chips = ada.get(f"prompts/suggestions?cohort={TOKEN}").json()["results"]
    assert [chip["text"] for chip in chips] == ["for the class"]
    prompt_of("open", text="for all")
    assert drawn(ada) == "for all"
    assert drawn(ada, cohort=TOKEN) == "for the class"
    assert ada.get("prompts/draw?cohort=a%20b").status_code == 400


@pytest.mark.parametrize(
    ("fields", "is_served"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"archived_at": timedelta(0), "active": False}, False),
        ({"opens_at": timedelta(hours=1)}, False),
        ({"opens_at": timedelta(hours=-1)}, True),
        ({"closes_at": timedelta(hours=-1)}, False),
        ({"closes_at": timedelta(hours=1)}, True),
        ({"votes_budget": 0}, False),
        ({"points_budget": 9}, False),
        ({"points_budget": 10}, True),
    ],
)
def test_a_pool_is_served_while_it_is_active_within_its_time_and_budgets(fields: dict[str, Any], is_served: bool, ada: Person) -> None:
    now = clock.now()
    said: dict[str, Any] = {name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    prompt = prompt_of(**said)
    assert (drawn(ada) is not None) == is_served
    assert bool(queries.suggestions(count=4, language="en")) == is_served
    status = 201 if is_served else 409 if "budget" in str(fields) else 404
    open_on(ada, prompt, status)


def test_only_the_contenders_that_a_pool_wants_are_drawn(arena: Arena, ada: Person) -> None:
    wanted = ["amber-7", "cedar-7"]
    prompt = prompt_of(contenders=wanted)
    for _ in range(6):
        open_on(ada, prompt)
    assert set(Side.objects.values_list("contender__slug", flat=True)) == set(wanted)
    Contender.objects.filter(slug="amber-7").update(state="retired")
    open_on(ada, prompt, 503)


def test_somebody_without_a_session_is_given_a_prompt_too(stranger: Any) -> None:
    prompt = prompt_of(voters=3)
    reply = stranger.get("/api/v1/prompts/draw")
    assert reply.status_code == 200
    assert reply.json()["id"] == str(prompt.pk)
    assert reply.json()["voters"] == 3
    assert reply["Cache-Control"] == "no-store"


def test_a_pool_is_not_read_out_by_who_asks_for_one_prompt_after_the_other(stranger: Any, settings: Any) -> None:
    cache.clear()
    settings.LIMITS = settings.LIMITS | {"reads": settings.LIMITS["reads"]._replace(network=2)}
    prompt_of()
    replies = [stranger.get("/api/v1/prompts/draw").status_code for _ in range(3)]
    assert replies == [200, 200, 429]


def test_a_prompt_that_was_taken_out_of_its_pool_is_not_given(ada: Person) -> None:
    prompt_of()
    Prompt.objects.update(active=False)
    assert drawn(ada) is None
