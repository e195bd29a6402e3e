"""One side goes wrong: the other side, the stream and the voter stay well."""

from typing import Any

import pytest

from arena.battles import projector
from arena.battles.models import Side, Status
from arena.providers.models import Provider, Route
from arena.ratings.models import Rating
from tests.integration.battles.stage import GOSSIP, Stage, ended, look, shown, statuses, vote_of
from tests.integration.ledger.issuance import issued
from tests.processes import Browser

# What the provider does, what the voter is told, and what was read before.
FAULTS = [
    ("hang", "timed_out", "one "),
    ("mute", "timed_out", ""),
    ("pings", "timed_out", ""),
    ("garbage", "failed", ""),
    ("half", "failed", "one "),
    ("endless", "failed", ""),
    ("empty", "empty", ""),
    ("nothing", "failed", ""),
    ("limited", "failed", ""),
    ("error", "failed", ""),
    ("echo-key", "failed", ""),
    ("redirect", "failed", ""),
    ("gossip", "failed", "one "),
    ("reset", "failed", "one "),
    ("refused", "failed", ""),
]


@pytest.mark.parametrize(("behaviour", "code", "kept"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_of_one_side_leaves_the_other_and_the_stream_well(stage: Stage, behaviour: str, code: str, kept: str) -> None:
    browser, battle = _with_fault(stage, behaviour)
    story = browser.read_all(battle["stream"]["url"])
    assert story.ended
    assert story.status == {"a": "done", "b": "failed"}
    assert story.text["a"]
    assert story.text.get("b", "") == kept
    assert story.error["b"]["code"] == code
    view = ended(browser, battle)
    assert shown(view) == {"a": story.text["a"], "b": kept}
    assert view["turns"][0]["answers"][1]["error"] == story.error["b"]
    assert view["can"] == {"vote": ["skip"], "follow_up": False, "ask_again": True, "stop": False}
    broken = stage.answers(battle)["b", 0]
    assert broken.fault
    told = str(view["turns"][0]["answers"][1]).lower()
    assert not any(word in told for word in (*GOSSIP.split(), broken.fault.lower(), "slow down", "oops", "api key", "http", "500", "429"))


def _with_fault(stage: Stage, behaviour: str) -> tuple[Browser, dict[str, Any]]:
    """A battle of the only two contenders, one of which misbehaves from now on: there is nobody to draw instead."""
    stage.only("amber", "birch")
    browser = stage.browser()
    battle = browser.open()
    stage.recast(battle, "b", behaviour)
    return browser, battle


def test_an_answer_of_five_megabytes_is_cut_and_the_voter_is_told(stage: Stage) -> None:
    browser, battle = _with_fault(stage, "huge")
    story = browser.read_all(battle["stream"]["url"])
    assert story.status == {"a": "done", "b": "done"}
    view = ended(browser, battle)
    long = view["turns"][0]["answers"][1]
    assert long["truncated"]
    assert not view["turns"][0]["answers"][0]["truncated"]
    assert story.text["b"] == long["parts"][0]["text"] == "x" * 100_000
    assert "b" in view["can"]["vote"]


def test_of_a_broken_battle_only_a_skip_can_be_voted_and_it_earns_nothing(stage: Stage) -> None:
    browser, battle = _with_fault(stage, "reset")
    browser.read_all(battle["stream"]["url"])
    for outcome in ("a", "b", "tie", "both_bad"):
        refused = browser.cast(battle["id"], outcome)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/battle-failed")
    assert browser.send_json(f"battles/{battle['id']}/turns", {"prompt": "Go on."}).status_code == 409
    skipped = browser.cast(battle["id"], "skip").json()["vote"]
    assert skipped["points"]["awarded"] == 0
    assert not skipped["rated"]
    assert skipped["unrated_reason"] == "skip"
    assert len(skipped["sides"]) == 2
    assert issued() == 0


def test_a_broken_battle_asked_again_is_voted_by_its_new_attempt(stage: Stage) -> None:
    browser, battle = _with_fault(stage, "gossip")
    browser.read_all(battle["stream"]["url"])
    stage.recast(battle, "b", "stream")
    again = browser.send_json(f"battles/{battle['id']}/attempts")
    assert again.status_code == 201
    assert again.json()["turns"][0]["attempt"] == 1
    assert browser.send_json(f"battles/{battle['id']}/attempts").json()["type"] == "/problems/still-streaming"
    assert browser.get(battle["stream"]["url"]).json()["type"] == "/problems/stale-attempt"
    story = browser.read_all(again.json()["stream"]["url"])
    assert story.status == {"a": "done", "b": "done"}
    assert story.text["b"] == "one two three"
    stale = browser.cast(battle["id"], "b", attempt=0)
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/stale-attempt")
    assert browser.cast(battle["id"], "b", attempt=1).status_code == 200
    assert (vote_of(battle).attempt, vote_of(battle).rated) == (1, True)
    assert stage.answers(battle, attempt=0)["b", 0].text == "one "


def test_a_prompt_is_asked_again_a_bounded_number_of_times(stage: Stage) -> None:
    browser, battle = _with_fault(stage, "reset")
    url = battle["stream"]["url"]
    for _ in range(2):
        browser.read_all(url)
        url = browser.send_json(f"battles/{battle['id']}/attempts").json()["stream"]["url"]
    browser.read_all(url)
    assert not ended(browser, battle)["can"]["ask_again"]
    assert browser.send_json(f"battles/{battle['id']}/attempts").json()["type"] == "/problems/turn-limit"


def test_a_side_that_fails_before_its_first_word_is_drawn_again_once(stage: Stage) -> None:
    browser = stage.browser()
    battle = browser.open()
    failing, other = stage.recast(battle, "b", "grudge"), stage.side(battle, "a")
    story = browser.read_all(battle["stream"]["url"])
    assert story.status == {"a": "done", "b": "done"}
    assert story.text["b"]
    first, second = Side.objects.filter(battle_id=battle["id"], position=1).order_by("draw")
    assert (first.contender_id, first.probability) == (failing.contender_id, None)
    assert second.draw == 1
    assert second.contender_id not in (failing.contender_id, other.contender_id)
    assert second.probability == pytest.approx(1 / 2), "one of the two who were left, both as fresh as the other"
    answers = stage.answers(battle)
    assert (answers["b", 0].status, answers["b", 0].error) == (Status.FAILED, "failed")
    assert "vexilco" in answers["b", 0].fault
    assert answers["b", 1].text == story.text["b"]
    view = ended(browser, battle)
    assert statuses(view) == {"a": "done", "b": "done"}
    assert shown(view) == story.text
    assert "tie" in view["can"]["vote"]


def test_a_vote_on_a_side_drawn_again_is_about_who_answered(stage: Stage) -> None:
    browser = stage.browser()
    battle = browser.open()
    failing = stage.recast(battle, "a", "grudge")
    browser.read_all(battle["stream"]["url"])
    answering, other = stage.side(battle, "a"), stage.side(battle, "b")
    sides = browser.cast(battle["id"], "a").json()["vote"]["sides"]
    assert [side["contender"]["slug"] for side in sides] == [answering.contender.slug, other.contender.slug]
    assert vote_of(battle).contenders == [answering.contender_id, other.contender_id]
    projector.project()
    assert {row.contender_id for row in Rating.objects.all()} == {answering.contender_id, other.contender_id}
    assert not Rating.objects.filter(contender_id=failing.contender_id).exists()


def test_two_sides_that_fail_at_once_are_drawn_two_different_others(stage: Stage) -> None:
    for _ in range(6):
        browser = stage.browser()
        battle = browser.open()
        failing = {stage.recast(battle, side, "grudge").contender_id for side in "ab"}
        story = browser.read_all(battle["stream"]["url"])
        assert story.status == {"a": "done", "b": "done"}
        drawn = Side.objects.filter(battle_id=battle["id"], draw=1).values_list("contender_id", flat=True)
        assert len(set(drawn)) == 2
        assert not failing & set(drawn)
        Route.objects.filter(contender__in=failing).update(provider=Provider.objects.get(slug="stage"), model="short@again")


def test_a_side_that_nobody_is_left_for_fails(stage: Stage) -> None:
    stage.only("amber", "birch", "cedar")
    browser = stage.browser()
    battle = browser.open()
    for name in ("amber", "birch", "cedar"):
        contender = stage.arena.contenders[name]
        if contender.pk != stage.side(battle, "a").contender_id:
            Route.objects.filter(contender=contender).update(model="limited@x")
    story = browser.read_all(battle["stream"]["url"])
    assert story.status == {"a": "done", "b": "failed"}
    assert Side.objects.filter(battle_id=battle["id"], position=1).count() == 2, "drawn again, once"
    assert ended(browser, battle)["can"]["vote"] == ["skip"]


def test_a_side_that_fails_in_a_later_turn_is_not_drawn_again(stage: Stage) -> None:
    browser = stage.browser()
    battle = browser.open()
    browser.read_all(battle["stream"]["url"])
    stage.recast(battle, "b", "grudge")
    turn = browser.send_json(f"battles/{battle['id']}/turns", {"prompt": "And at night?"}).json()
    assert browser.read_all(turn["stream"]["url"]).status == {"a": "done", "b": "failed"}
    assert not Side.objects.filter(battle_id=battle["id"], draw=1).exists()
    assert look(browser, battle)["can"]["vote"] == ["skip"]
