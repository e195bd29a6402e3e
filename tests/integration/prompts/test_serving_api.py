"""What operators say of how a pool is served, and what they see of it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arena import clock
from arena.battles import actions, projector
from arena.battles.models import Vote
from arena.prompts.models import Pool
from arena.users.models import User
from tests.cast import Arena, Person
from tests.integration.battles.pools import answered, open_on, prompt_of, shown
from tests.integration.console.staff import permitted

BOTH = ("view_pool", "change_pool")


class Operator:
    """Somebody of the staff at the API."""

    def __init__(self, *permissions: str, second_factor: bool = True):
        self.client = Client()
        self.client.force_login(permitted(f"operator-{User.objects.count()}", *permissions, factor=second_factor))

    def look(self, what: str = "serving", slug: str = "panel") -> Any:
        return self.client.get(f"/api/v1/operator/pools/{slug}/{what}")

    def change(self, slug: str = "panel", **changes: Any) -> Any:
        return self.client.patch(f"/api/v1/operator/pools/{slug}/serving", json.dumps(changes), content_type="application/json")


@pytest.fixture
def olga(arena: Arena) -> Operator:
    prompt_of()
    return Operator(*BOTH)


def field_of(reply: Any) -> str:
    assert reply.status_code == 400, reply.content
    return str(reply.json()["errors"][0]["field"])


def test_all_of_it_is_changed_and_what_is_left_out_stays(olga: Operator) -> None:
    changes = {
        "state": "paused",
        "weight": 7,
        "opens_at": "2026-01-01T00:00:00Z",
        "closes_at": "2027-01-01T00:00:00Z",
        "cohort": "class-of-26",
        "contenders": ["amber-7", "birch-7"],
        "voters": 3,
        "votes_budget": 100,
        "points_budget": 1000,
        "cost_budget": "12.5000",
    }
    told = olga.change("panel", **changes)
    assert told.status_code == 200
    assert told.json() == {"slug": "panel", "title": "Panel", "sides": 2, **changes}
    assert olga.change(votes_budget=None).json() == {**told.json(), "votes_budget": None}
    assert olga.look().json()["votes_budget"] is None


@pytest.mark.parametrize("state", ["paused", "archived"])
def test_a_pool_that_is_put_away_is_put_in_use_again(state: str, olga: Operator, ada: Person) -> None:
    prompt = Pool.objects.get(slug="panel").prompts.get()
    assert olga.change(state=state).json()["state"] == state
    open_on(ada, prompt, 404)
    assert olga.change(state="active").json()["state"] == "active"
    open_on(ada, prompt)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weight": -1}, "weight"),
        ({"weight": 1001}, "weight"),
        ({"voters": 0}, "voters"),
        ({"voters": 33}, "voters"),
        ({"state": "gone"}, "state"),
        ({"cohort": "short"}, "cohort"),
        ({"cohort": "has a space"}, "cohort"),
        ({"contenders": ["nobody"]}, "contenders"),
        ({"contenders": ["amber-7"]}, "contenders"),
        ({"opens_at": "2026-01-02T00:00:00Z", "closes_at": "2026-01-01T00:00:00Z"}, "closes_at"),
        ({"votes_budget": -1}, "votes_budget"),
        ({"votes_budget": 2**31}, "votes_budget"),
        ({"cost_budget": "-1"}, "cost_budget"),
        ({"cost_budget": "NaN"}, "cost_budget"),
        ({"cost_budget": "1.00001"}, "cost_budget"),
        ({"title": "Mine"}, "title"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_and_changes_nothing(changes: dict[str, Any], field: str, olga: Operator) -> None:
    before = Pool.objects.filter(slug="panel").values().get()
    assert field_of(olga.change(**changes)) == field
    assert Pool.objects.filter(slug="panel").values().get() == before


def test_only_who_may_looks_and_changes(olga: Operator) -> None:
    looker = Operator("view_pool")
    assert looker.look().status_code == looker.look("report").status_code == 200
    assert looker.change(weight=2).status_code == 403
    for other in (Operator(), Operator("change_pool"), Operator(*BOTH, second_factor=False)):
        assert {other.look().status_code, other.look("report").status_code} == {403}
    assert Operator(*BOTH, second_factor=False).change(weight=2).status_code == 403
    assert Client().get("/api/v1/operator/pools/panel/report").status_code == 401
    assert olga.look(slug="none").status_code == olga.look("report", "none").status_code == olga.change("none").status_code == 404


def test_a_pool_without_battles_has_a_report(olga: Operator) -> None:
    report = olga.look("report").json()
    assert report["progress"] == {
        name: 1 if name == "prompts" else 0
        for name in ("prompts", "judged_prompts", "battles", "reused", "votes", "rated", "skips", "voters", "under_way")
    }
    assert report["agreement"] == {"items": 0, "judgements": 0, "raw": None, "alpha": None, "ac1": None}
    assert report["cost_a_vote"] is None
    assert report["seconds"] == {"votes": 0, "quarter": None, "median": None, "three_quarters": None}


def test_the_report_counts_what_was_judged_and_how_far_its_voters_agree(arena: Arena, olga: Operator) -> None:
    Pool.objects.filter(slug="panel").update(voters=3, votes_budget=50)
    prompt = Pool.objects.get(slug="panel").prompts.get()
    # Two panels of three; on the first all say the same, on the second one says otherwise. And a battle alone, a skip, one under way.
    for name, judged in (("one", "lll"), ("two", "llr")):
        good = ""
        for number, word in enumerate(judged):
            person = arena.person(f"{name}{number}")
            battle = answered(person, prompt) if not number else open_on(person, prompt)
            texts = shown(person.get(f"battles/{battle['id']}").json())
            left = "ab"[texts.index("One fine answer.")]
            good = left if word == "l" else "ab".replace(left, "")
            assert person.vote(battle["id"], good, measures={"vote_ms": 1000 * (number + 1)}).status_code == 200
    alone = arena.person("alone")
    assert alone.vote(answered(alone, prompt)["id"], "tie").status_code == 200
    skips = arena.person("skips")
    assert skips.vote(open_on(skips, prompt)["id"], "skip").status_code == 200
    open_on(arena.person("late"), prompt)
    report = olga.look("report").json()
    assert report["progress"] == {
        "prompts": 1,
        "judged_prompts": 1,
        "battles": 9,
        "reused": 6,
        "votes": 7,
        "rated": 7,
        "skips": 1,
        "voters": 7,
        "under_way": 1,
    }
    assert report["panels"] == {"wanted": 3, "panels": 3, "complete": 2, "waiting": 1}
    agreed = report["agreement"]
    assert (agreed["items"], agreed["judgements"]) == (2, 6)
    assert agreed["raw"] == pytest.approx(2 / 3)  # (1 + 1/3) / 2
    assert -1 <= agreed["alpha"] <= agreed["ac1"] <= 1
    assert report["budgets"]["votes"] == {"used": "7", "limit": "50"}
    assert report["budgets"]["points"] == {"used": "70", "limit": None}
    assert report["seconds"] == {"votes": 6, "quarter": pytest.approx(1.25), "median": 2.0, "three_quarters": pytest.approx(2.75)}
    places = report["positions"]
    assert sum(place["best"] for place in places["sides"]) + places["ties"] + places["both_bad"] == 7
    assert (places["ties"], places["both_bad"]) == (1, 0)


def test_a_struck_vote_is_part_of_no_agreement(arena: Arena, olga: Operator, ada: Person, ben: Person) -> None:
    Pool.objects.filter(slug="panel").update(voters=2)
    prompt = Pool.objects.get(slug="panel").prompts.get()
    first = answered(ada, prompt)
    assert ada.vote(first["id"]).status_code == ben.vote(open_on(ben, prompt)["id"]).status_code == 200
    assert olga.look("report").json()["agreement"]["items"] == 1
    projector.project()
    actions.retract_vote(vote_id=Vote.objects.latest("pk").pk, reason="mistake")
    assert olga.look("report").json()["agreement"]["items"] == 0


def test_a_ballot_of_three_is_three_things_to_agree_on(arena: Arena, olga: Operator, ada: Person, ben: Person) -> None:
    Pool.objects.filter(slug="panel").update(voters=2, sides=3)
    prompt = Pool.objects.get(slug="panel").prompts.get()
    for person, battle in ((ada, answered(ada, prompt)), (ben, open_on(ben, prompt))):
        assert person.vote(battle["id"], "ranking", ranks={"a": 0, "b": 0, "c": 0}).status_code == 200
    agreed = olga.look("report").json()["agreement"]
    assert (agreed["items"], agreed["judgements"], agreed["raw"]) == (3, 6, 1.0)
    assert olga.look("report").json()["positions"]["ties"] == 2


def test_a_battle_that_was_left_is_not_under_way(olga: Operator, ada: Person) -> None:
    open_on(ada, Pool.objects.get(slug="panel").prompts.get())
    assert olga.look("report").json()["progress"]["under_way"] == 1
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert olga.look("report").json()["progress"]["under_way"] == 0
