"""Streams of real web processes: at the same time, continued anywhere, kept when a reader or a process goes."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from arena.prompts.models import Prompt
from tests.integration.battles.conftest import PATIENCE
from tests.integration.battles.stage import Stage, at_once, chance, ended, look, played, read_some, shown, statuses
from tests.processes import Browser, Event, Story, eventually


def test_both_answers_reach_the_voter_whole(stage: Stage) -> None:
    browser = stage.browser()
    battle = browser.open()
    story = browser.read_all(battle["stream"]["url"])
    assert story.ended
    assert story.status == {"a": "done", "b": "done"}
    assert all(story.text.values())
    assert shown(look(browser, battle)) == story.text


def test_two_answers_take_as_long_as_one_and_interleave(stage: Stage) -> None:
    browser = stage.browser()
    stage.only("amber", "birch")
    stage.scripts("second")
    alone = browser.open()
    assert browser.send_json(f"battles/{alone['id']}/stop", {"side": "b"}).status_code == 202
    one = _events(browser, alone)
    both = _events(browser, browser.open())
    deltas = [event.data["side"] for event in both if event.name == "delta"]
    assert _seconds(both) / _seconds(one) < 1.5
    assert min(deltas.count("a"), deltas.count("b")) > 25, "streamed in pieces, not in a lump"
    assert sum(this != that for this, that in pairwise(deltas)) > len(deltas) / 3


def _events(browser: Browser, battle: dict[str, Any]) -> list[Event]:
    with browser.streaming(battle["stream"]["url"]) as arriving:
        return list(arriving)


def _seconds(events: list[Event]) -> float:
    """From the first word to the last."""
    at = [event.at for event in events if event.name == "delta"]
    return at[-1] - at[0]


def test_a_side_stopped_before_the_stream_begins_leaves_the_other_to_answer(stage: Stage) -> None:
    browser = stage.browser()
    battle = browser.open()
    browser.send_json(f"battles/{battle['id']}/stop", {"side": "a"})
    story = browser.read_all(battle["stream"]["url"])
    assert story.status == {"a": "stopped", "b": "done"}
    assert "a" not in story.text
    assert statuses(look(browser, battle)) == {"a": "stopped", "b": "done"}


def test_a_reader_cut_anywhere_gets_exactly_the_rest_from_another_process(stage: Stage, request: pytest.FixtureRequest) -> None:
    stage.scripts("slow", speed=3)
    pairs: list[tuple[Browser, Browser, dict[str, Any]]] = []
    for _ in range(4):
        left = stage.browser()
        pairs.append((left, stage.browser(stage.right, of=left), left.open()))
    rng = chance(request)
    with ThreadPoolExecutor(len(pairs)) as pool:
        wholes = list(pool.map(lambda pair: _read_in_bits(random.Random(rng.random()), *pair), pairs))
    for (left, _, battle), (whole, cuts) in zip(pairs, wholes, strict=True):
        view = ended(left, battle)
        assert cuts >= 3
        assert whole.text == shown(view)
        assert whole.reasoning == shown(view, "reasoning")
        assert whole.status == {"a": "done", "b": "done"}
        assert all(text.count("wörd") == 190 for text in whole.text.values())


def _read_in_bits(rng: random.Random, left: Browser, right: Browser, battle: dict[str, Any]) -> tuple[Story, int]:
    """Read at one process, drop after a few events, go on at the other, until the end."""
    whole, cuts, here, there = Story(), 0, left, right
    while not whole.ended:
        left_to_read = rng.randrange(1, 25) if cuts < 12 else 10_000
        with here.streaming(battle["stream"]["url"], whole.last or None) as arriving:
            for event in arriving:
                whole.add(event)
                left_to_read -= 1
                if not left_to_read:
                    break
        cuts, here, there = cuts + 1, there, here
    return whole, cuts


def test_a_finished_answer_is_continued_from_every_point_on_any_process(stage: Stage, request: pytest.FixtureRequest) -> None:
    stage.scripts("slow", speed=20)
    browser = stage.browser()
    battle = browser.open()
    so_far, points = Story(), []
    with browser.streaming(battle["stream"]["url"]) as arriving:
        for event in arriving:
            so_far.add(event)
            points.append((event.id, dict(so_far.text), dict(so_far.reasoning)))
    other = stage.browser(stage.right, of=browser)
    for last, text, reasoning in chance(request).sample(points, 8):
        for reader in (browser, other):
            rest = reader.read_all(battle["stream"]["url"], last)
            assert rest.ended
            assert {side: text.get(side, "") + rest.text.get(side, "") for side in "ab"} == so_far.text
            assert {side: reasoning.get(side, "") + rest.reasoning.get(side, "") for side in "ab"} == so_far.reasoning


def test_two_readers_at_once_see_the_same(stage: Stage) -> None:
    stage.scripts("slow", speed=5)
    browser = stage.browser()
    battle = browser.open()
    readers = [browser, stage.browser(of=browser), stage.browser(stage.right, of=browser)]
    stories = at_once(lambda reader: reader.read_all(battle["stream"]["url"]), readers)
    assert all(story.text == stories[0].text and story.status == stories[0].status for story in stories)
    assert stories[0].text == shown(look(browser, battle))


def test_the_answers_go_on_when_their_reader_leaves(stage: Stage) -> None:
    stage.scripts("slow", speed=5)
    browser = stage.browser()
    battle = browser.open()
    part = read_some(browser, battle["stream"]["url"], lambda story, _: len(story.text) == 2)
    view = ended(browser, battle)
    assert statuses(view) == {"a": "done", "b": "done"}
    assert all(text.count("wörd") == 190 > part.text[side].count("wörd") for side, text in shown(view).items())


def test_readers_on_two_processes_at_once_begin_one_generation(stage: Stage) -> None:
    browsers = [stage.browser() for _ in range(6)]
    battles = [browser.open() for browser in browsers]
    for battle in battles:
        for side in "ab":
            stage.recast(battle, side, "drip")
    readers = [
        (reader, battle)
        for browser, battle in zip(browsers, battles, strict=True)
        for reader in (browser, stage.browser(stage.right, of=browser))
    ]
    stories = at_once(lambda reader: reader[0].read_all(reader[1]["stream"]["url"]), readers)
    assert all(story.text == {"a": "dripped ✓", "b": "dripped ✓"} for story in stories)
    assert len(stage.server.requests) == 2 * len(battles)


def test_a_killed_process_leaves_its_answer_interrupted_and_kept_and_it_can_be_asked_again(stage: Stage) -> None:
    lease = 2.0
    victim = stage.live.web(LEASE_SECONDS=str(lease))
    stage.scripts("slow")
    browser = stage.browser()
    there = stage.browser(victim, of=browser)
    battle = browser.open()
    read = read_some(there, battle["stream"]["url"], lambda story, _: all(len(story.text.get(side, "")) > 150 for side in "ab"))
    eventually(lambda: all(shown(look(browser, battle)).values()), what="the first flush")
    watcher = _Watcher(stage.browser(of=browser), battle)
    victim.kill()
    view = ended(browser, battle, within=lease + 2)
    assert statuses(view) == {"a": "interrupted", "b": "interrupted"}
    assert view["can"] == {"vote": ["skip"], "follow_up": False, "ask_again": True, "stop": False}
    assert {answer["error"]["code"] for answer in view["turns"][0]["answers"]} == {"interrupted"}
    for side, kept in shown(view).items():
        assert kept
        assert kept.startswith(read.text[side]) or read.text[side].startswith(kept)
    assert watcher.story().status == {"a": "interrupted", "b": "interrupted"}
    assert watcher.story().text == shown(view)
    stage.scripts("short")
    again = browser.send_json(f"battles/{battle['id']}/attempts").json()
    assert browser.read_all(again["stream"]["url"]).status == {"a": "done", "b": "done"}
    assert browser.cast(battle["id"], attempt=1).status_code == 200
    assert all(answer.text for answer in stage.answers(battle, attempt=0).values())


class _Watcher:
    """Somebody who reads along to the end, elsewhere."""

    def __init__(self, browser: Browser, battle: dict[str, Any]):
        self._found: list[Story] = []
        self._thread = threading.Thread(target=lambda: self._found.append(browser.read_all(battle["stream"]["url"])))
        self._thread.start()

    def story(self) -> Story:
        self._thread.join(10)
        return self._found[0]


def test_a_second_turn_tells_each_side_its_own_words_only(stage: Stage) -> None:
    browser = stage.browser()
    battle = played(stage, browser)
    said = shown(look(browser, battle))
    for side in "ab":
        stage.recast(battle, side, "stream")
    turn = browser.send_json(f"battles/{battle['id']}/turns", {"prompt": "And at night?"}).json()
    assert browser.read_all(turn["stream"]["url"]).status == {"a": "done", "b": "done"}
    told = [[message["content"] for message in request.json["messages"]] for request in stage.server.requests]  # type: ignore[attr-defined]
    assert sorted(told) == sorted([["Why is the sky blue?", said[side], "And at night?"] for side in "ab"])


def test_battles_that_have_ended_make_room_for_others(stage: Stage) -> None:
    stage.scripts("short", speed=3)
    browser = stage.browser()
    for _ in range(int(PATIENCE["BATTLES_PER_PROCESS"]) + 2):
        battle = browser.open()
        assert browser.read_all(battle["stream"]["url"]).ended
        ended(browser, battle)


def test_a_pools_system_prompt_and_sampling_reach_the_contenders_in_every_turn(stage: Stage) -> None:
    prompt = Prompt.objects.get()
    Prompt.objects.filter(pk=prompt.pk).update(
        system="You are a lighthouse.", parameters={"temperature": 0.25, "seed": 7, "max_tokens": 50}
    )
    browser = stage.browser()
    stage.only("amber", "birch")
    battle = browser.send_json("battles", {"prompt_id": str(prompt.pk)}).json()
    for side in "ab":
        stage.recast(battle, side, "fluent")
    assert browser.read_all(battle["stream"]["url"]).ended
    again = browser.send_json(f"battles/{battle['id']}/turns", {"prompt": "And then?"}).json()
    assert browser.read_all(again["stream"]["url"]).ended
    sent: list[Any] = [request.json for request in stage.server.requests]
    assert len(sent) == 4
    for body in sent:
        assert body["messages"][:2] == [{"role": "system", "content": "You are a lighthouse."}, {"role": "user", "content": prompt.text}]
        assert (body["temperature"], body["seed"]) == (0.25, 7)
        assert 50 in (body.get("max_tokens"), body.get("max_completion_tokens"))
