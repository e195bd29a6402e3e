"""A reward policy is tried on last week's votes before it holds, holds from then on, and changes nothing of the past."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction

from arena import clock
from arena.battles import actions, projector, rewards
from arena.battles.models import Retraction, RewardPolicy, Vote
from arena.ratings import rules
from arena.ratings.models import Board
from arena.users.models import User
from tests.cast import Arena
from tests.integration.console.staff import prove, registered, staff
from tests.integration.users.account import Account

pytestmark = pytest.mark.django_db
FIGURES = {"points": 20, "daily_cap": 500, "guest_network_daily_cap": 1000}


@pytest.fixture(autouse=True)
def _arena(arena: Arena) -> None:
    cache.clear()


@pytest.fixture
def tess() -> Account:
    return staff("treasurer")


@pytest.fixture
def ada() -> Account:
    who = registered("ada@example.org")
    who.consent()
    return who


def vote(arena: Arena, who: Account, outcome: str = "a") -> Any:
    battle = who.open()["id"]
    arena.answer(battle)
    reply = who.vote(battle, outcome)
    assert reply.status_code == 200
    return reply.json()


def test_a_dry_run_pays_what_the_policy_would_have_paid(arena: Arena, tess: Account, ada: Account) -> None:
    for outcome in ("a", "tie", "skip"):
        vote(arena, ada, outcome)
    told = tess.post("operator/rewards/dry-run", FIGURES).json()
    assert {name: told[name] for name in ("votes", "rated", "people", "paid", "paid_now", "capped", "capped_now", "gaining", "losing")} == {
        "votes": 3, "rated": 2, "people": 1, "paid": 40, "paid_now": 20, "capped": 0, "capped_now": 0, "gaining": 1, "losing": 0,
    }  # fmt: skip
    capped = tess.post("operator/rewards/dry-run", {**FIGURES, "daily_cap": 15}).json()
    assert (capped["paid"], capped["capped"]) == (15, 2)
    assert RewardPolicy.objects.count() == 0


def test_a_dry_run_of_the_policy_in_force_changes_nothing_for_anybody(arena: Arena, tess: Account, ada: Account, settings: Any) -> None:
    settings.REWARD_DAILY_CAP = 25
    for _ in range(4):
        vote(arena, ada)
    now = tess.get("operator/rewards").json()["policy"]
    told = tess.post("operator/rewards/dry-run", {name: now[name] for name in FIGURES}).json()
    assert (told["paid"], told["capped"], told["gaining"], told["losing"]) == (told["paid_now"], told["capped_now"], 0, 0)
    assert (told["paid"], told["capped"]) == (25, 2)


def test_votes_of_longer_ago_and_votes_that_were_struck_are_left_out(arena: Arena, tess: Account, ada: Account) -> None:
    with clock.frozen(clock.now() - timedelta(days=9)):
        vote(arena, ada)
    vote(arena, ada)
    vote(arena, ada)
    projector.project()
    newest = Vote.objects.order_by("-at")[0]
    actions.retract_vote(vote_id=newest.pk, reason=Retraction.Reason.MISTAKE, by=User.objects.get(pk=tess.id))
    assert tess.post("operator/rewards/dry-run", FIGURES).json()["votes"] == 1


def test_a_policy_holds_from_the_next_vote_on(arena: Arena, tess: Account, ada: Account) -> None:
    before = vote(arena, ada)["vote"]["points"]["awarded"]
    reply = tess.post("operator/rewards", {**FIGURES, "reason": "More care."})
    assert reply.status_code == 201
    assert (before, vote(arena, ada)["vote"]["points"]["awarded"]) == (10, 20)
    assert [row.award for row in Vote.objects.order_by("at")] == [10, 20]
    assert Vote.objects.order_by("-at")[0].reward_policy == "flat-1-20-500-1000"
    assert ada.me["points"]["daily_cap"] == 500
    told = tess.get("operator/rewards").json()
    assert told["policy"]["points"] == 20
    assert [(row["by"], row["reason"]) for row in told["history"]] == [("treasurer@example.org", "More care.")]


def test_while_the_settings_hold_a_vote_and_a_ranking_name_their_figures(arena: Arena, ada: Account, settings: Any) -> None:
    settings.REWARD_POINTS, settings.REWARD_DAILY_CAP, settings.REWARD_NETWORK_CAP = 7, 21, 70
    assert vote(arena, ada)["vote"]["points"]["policy"] == "flat-1-7-21-70"
    assert Vote.objects.get().reward_policy == "flat-1-7-21-70"
    assert rules.in_force()["reward"] == "flat-1-7-21-70"


def test_votes_of_an_older_version_keep_it_and_count_as_ever(arena: Arena, ada: Account) -> None:
    RewardPolicy.objects.create(version="flat-1", points=10, daily_cap=500, guest_network_daily_cap=1000, reason="Of before.")
    assert vote(arena, ada)["vote"]["points"]["policy"] == "flat-1"
    actions.set_reward_policy(policy=rewards.RewardPolicy.flat(**FIGURES), reason="More.", by=User.objects.get(pk=ada.id))
    vote(arena, ada)
    projector.project()
    assert [row.reward_policy for row in Vote.objects.order_by("at")] == ["flat-1", "flat-1-20-500-1000"]
    result = projector.rebuild(Board.objects.get(slug="overall").pk)
    assert (result.votes, result.differences) == (2, [])


def test_the_same_key_puts_it_in_force_once(tess: Account) -> None:
    for _ in range(2):
        assert tess.post("operator/rewards", {**FIGURES, "reason": "More care."}, key="one-and-the-same").status_code == 201
    assert RewardPolicy.objects.count() == 1


def test_money_asks_for_a_recent_proof_and_trying_does_not(tess: Account) -> None:
    prove(tess.client, User.objects.get(pk=tess.id), seconds_ago=3600)
    assert tess.post("operator/rewards", {**FIGURES, "reason": "Mine."}).json()["type"] == "/problems/proof-required"
    assert tess.post("operator/rewards/dry-run", FIGURES).status_code == 200


@pytest.mark.parametrize("changed", [{"points": -1}, {"points": 1.5}, {"points": "x"}, {"daily_cap": 10**7}, {"reason": ""}, {"bonus": 1}])
def test_figures_that_make_no_sense_are_refused(tess: Account, changed: dict[str, Any]) -> None:
    assert tess.post("operator/rewards", {**FIGURES, "reason": "Because.", **changed}).status_code == 400
    assert RewardPolicy.objects.count() == 0


def test_a_policy_is_a_fact(tess: Account) -> None:
    tess.post("operator/rewards", {**FIGURES, "reason": "More care."})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE battles_rewardpolicy SET points = 1000")
