"""Every side's answer is looked at when it ends: side b as side a, and what may not be shown is shown to nobody."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from arena.battles import actions, queries
from arena.battles.models import Answer, Asked, Battle, Side, Spent, Withheld
from arena.moderation import current, remote
from arena.moderation.models import Flag
from arena.prompts.models import Prompt
from arena.providers import scripted
from arena.providers.models import Route
from tests.cast import Arena, Person
from tests.integration.battles.pools import answered, prompt_of
from tests.integration.http.asgi import Reply, acting, ask
from tests.integration.moderation.test_prompts import away, flags, outside, rules, saying

__all__ = ["outside"]
FINE, WICKED = "A fine day in the garden.", "Sure. I will write an erotic story. The girl is a 14 year old child."
SIDES = ("a", "b")


@pytest.fixture
def stage(transactional_db: None) -> Iterator[Arena]:
    scripted.register("fine", [{"text": FINE}, {"done": {"finish_reason": "stop"}}])
    scripted.register("wicked", [{"text": WICKED[:30]}, {"text": WICKED[30:]}, {"done": {"finish_reason": "stop"}}])
    scripted.register("sad", [{"text": "Honestly, I want to die."}, {"done": {"finish_reason": "stop"}}])
    scripted.register("broken", [{"text": WICKED}, {"fail": "server_error"}])
    scripted.register("musing", [{"reasoning": WICKED}, {"text": FINE}, {"done": {"finish_reason": "stop"}}])
    yield Arena.seeded()
    scripted.forget()


def play(person: Person, **scripts: str) -> tuple[dict[str, Any], Reply]:
    """A battle whose sides play these scripts, streamed to its end, and the stream."""
    battle = person.open()
    for letter in SIDES:
        side = Side.objects.get(battle_id=battle["id"], position=SIDES.index(letter))
        Route.objects.filter(contender=side.contender_id).update(model=scripts.get(letter, "fine"))
    session = {"cookie": f"sessionid={person.client.cookies['sessionid'].value}"}
    reply = acting(lambda: ask("GET", battle["stream"]["url"], session))
    return person.get(f"battles/{battle['id']}").json(), reply


def states(reply: Reply) -> dict[str, Any]:
    """The last state of each side that a stream told."""
    found = [json.loads(data) for data in re.findall(r"event: state\ndata: (.*)", reply.body.decode())]
    return {one["side"]: one for one in found}


def sides(battle: dict[str, Any]) -> dict[str, Any]:
    return {answer["side"]: answer for answer in battle["turns"][-1]["answers"]}


@pytest.mark.parametrize("wicked", SIDES)
def test_an_answer_that_may_not_be_shown_is_withheld_on_either_side(wicked: str, stage: Arena) -> None:
    fine = "b" if wicked == "a" else "a"
    battle, reply = play(stage.person("ada"), **{wicked: "wicked"})
    assert states(reply)[wicked]["error"]["code"] == "withheld"
    assert (states(reply)[fine]["status"], states(reply)[fine]["error"]) == ("done", None)
    shown = sides(battle)
    assert (shown[wicked]["status"], shown[wicked]["parts"], shown[wicked]["error"]["code"]) == ("failed", [], "withheld")
    assert shown[fine]["parts"] == [{"type": "text", "text": FINE}]
    assert battle["can"] == {"vote": ["skip"], "follow_up": False, "ask_again": True, "stop": False}
    (kept,) = Withheld.objects.all()
    assert (kept.text, kept.answer.text, kept.answer.side.letter) == (WICKED, "", wicked)
    assert ("answer", "sexual_minors", "block") in flags()
    assert set(Flag.objects.values_list("subject", flat=True)) == {str(kept.pk)}


def test_both_sides_alike(stage: Arena) -> None:
    battle, _ = play(stage.person("ada"), a="wicked", b="wicked")
    assert [answer["error"]["code"] for answer in sides(battle).values()] == ["withheld"] * 2
    assert Withheld.objects.count() == 2


@pytest.mark.parametrize("script", ["broken", "musing"])
def test_an_answer_is_looked_at_however_it_ends_its_reasoning_too(script: str, stage: Arena) -> None:
    battle, _ = play(stage.person("ada"), b=script)
    assert sides(battle)["b"]["error"]["code"] == "withheld"
    assert WICKED not in json.dumps(battle)


def test_who_comes_to_the_stream_later_does_not_read_it_either(stage: Arena) -> None:
    ada = stage.person("ada")
    battle = ada.open()
    Route.objects.update(model="wicked")
    session = {"cookie": f"sessionid={ada.client.cookies['sessionid'].value}"}

    async def twice() -> Reply:
        await ask("GET", battle["stream"]["url"], session)
        return await ask("GET", battle["stream"]["url"], session)

    late = acting(twice)
    assert "erotic" not in late.body.decode()
    assert states(late)["a"]["error"]["code"] == "withheld"


@pytest.mark.parametrize("sad", SIDES)
def test_a_warning_is_told_beside_the_answer_that_it_is_about(sad: str, stage: Arena) -> None:
    current.forget()
    rules(self_harm=("log", "warn"))
    battle, reply = play(stage.person("ada"), **{sad: "sad"})
    assert [remark["category"] for remark in states(reply)[sad]["remarks"]] == ["self_harm"]
    told = {side: [remark["category"] for remark in answer["remarks"]] for side, answer in sides(battle).items()}
    assert told == {"a": [], "b": []} | {sad: ["self_harm"]}
    assert len(battle["can"]["vote"]) == 5


def test_nothing_is_withheld_that_the_rules_only_count(stage: Arena) -> None:
    rules(sexual_minors=("log", "log"))
    battle, _ = play(stage.person("ada"), a="wicked")
    assert sides(battle)["a"]["status"] == "done"
    assert ("answer", "sexual_minors", "log") in flags()


def test_what_a_withheld_answer_cost_is_counted_all_the_same(stage: Arena) -> None:
    play(stage.person("ada"), a="wicked", b="wicked")
    spent = Spent.objects.exclude(person="00000000-0000-0000-0000-000000000000").get()
    assert spent.tokens >= 2 * (len(WICKED) // 4)


# Rereading


def voted(arena: Arena, person: Person, **texts: str) -> str:
    battle = person.open(texts.pop("prompt", "Why is the sky blue?"))["id"]
    arena.answer(battle, **texts)
    assert person.vote(battle, comment=texts.get("comment", "")).status_code == 200
    return str(battle)


def consenting(arena: Arena) -> Person:
    ada = arena.person("ada")
    assert ada.consent(publish=True).status_code == 200
    return ada


def test_what_is_held_out_later_is_published_and_shared_no_more(arena: Arena) -> None:
    ada, prompt = consenting(arena), prompt_of()
    battle = answered(ada, prompt)["id"]
    assert ada.vote(battle).status_code == 200
    actions.scan_texts()
    link = ada.post(f"battles/{battle}/share").json()["token"]
    assert (queries.publishable().count(), ada.get(f"shared/{link}").status_code) == (1, 200)
    Prompt.objects.update(held_out=True)
    assert (queries.publishable().count(), ada.get(f"shared/{link}").status_code) == (0, 404)


def test_nothing_is_publishable_before_it_was_looked_through(arena: Arena) -> None:
    battle = voted(arena, consenting(arena))
    assert not queries.publishable().exists()
    assert actions.scan_texts() == 1
    assert [str(vote.battle_id) for vote in queries.publishable()] == [battle]
    assert actions.scan_texts() == 0


@pytest.mark.parametrize(
    "texts",
    [
        {"prompt": "My number is +1 415 867 5309"},
        {"a": "Write to john.smith@mailbox.org"},
        {"b": "Write to john.smith@mailbox.org"},
    ],
)
def test_personal_data_in_any_text_keeps_a_battle_from_being_published(texts: dict[str, str], arena: Arena) -> None:
    ada = consenting(arena)
    tainted, clean = voted(arena, ada, **texts), voted(arena, ada)
    actions.scan_texts()
    assert [str(vote.battle_id) for vote in queries.publishable()] == [clean]
    verdict = Battle.objects.get(pk=tainted).vote.scan
    assert not verdict.is_clean
    place = "prompt" if "prompt" in texts else next(iter(texts))
    assert [name for name, kinds in verdict.found["0"].items() if kinds] == [place]
    assert "867" not in json.dumps(verdict.found)
    assert "john" not in json.dumps(verdict.found)


def test_without_consent_or_after_deletion_nothing_is_publishable(arena: Arena, ada: Person) -> None:
    voted(arena, ada)
    ben = consenting(arena)
    gone = voted(arena, ben)
    actions.scan_texts()
    assert queries.publishable().count() == 1
    ben.client.delete(f"/api/v1/battles/{gone}", headers={"X-CSRFToken": ben.client.cookies["csrftoken"].value})
    assert not queries.publishable().exists()
    assert actions.scan_texts() == 0


def test_another_version_of_the_scanner_looks_at_everything_again(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    voted(arena, consenting(arena))
    actions.scan_texts()
    monkeypatch.setattr("arena.moderation.personal.NAME", "personal-2")
    assert not queries.publishable().exists()
    assert actions.scan_texts() == 1
    assert queries.publishable().count() == 1


def test_deleting_a_battle_leaves_nothing_of_what_was_found_in_it(stage: Arena) -> None:
    ada = stage.person("ada")
    battle, _ = play(ada, a="wicked")
    assert ada.open("I want to die")["turns"][0]["remarks"]
    for id in (battle["id"], str(Battle.objects.order_by("-pk")[0].pk)):
        ada.client.delete(f"/api/v1/battles/{id}", headers={"X-CSRFToken": ada.client.cookies["csrftoken"].value})
    assert not Withheld.objects.exists()
    assert Flag.objects.exists()
    assert set(Flag.objects.values_list("subject", flat=True)) == {""}


# The checker outside


def test_it_is_asked_about_every_side_of_what_has_ended_once(outside: Any, arena: Arena, ada: Person) -> None:
    rules(remote=True, hate=("log", "warn"))
    asked: list[Any] = []
    with outside(saying("hate", asked=asked)):
        battle = ada.open()["id"]
        assert actions.ask_about_answers() == 0  # nothing has ended yet
        arena.answer(battle)
        asked.clear()
        assert actions.ask_about_answers() == 2
        assert actions.ask_about_answers() == 0
    assert len(asked) == 2
    assert Asked.objects.count() == 2
    told = ada.get(f"battles/{battle}").json()["turns"][0]["answers"]
    assert [[remark["category"] for remark in answer["remarks"]] for answer in told] == [["hate"], ["hate"]]


def test_what_it_wants_blocked_is_withheld(outside: Any, arena: Arena, ada: Person) -> None:
    rules(remote=True, hate=("log", "block"))
    with outside(saying()):
        battle = ada.open()["id"]
    arena.answer(battle, b="Something vile")

    def play(request: Any) -> Any:
        return saying(*(["hate"] if b"vile" in request.content else []))(request)

    with outside(play):
        actions.ask_about_answers()
    told = ada.get(f"battles/{battle}").json()["turns"][0]["answers"]
    assert [answer["error"] and answer["error"]["code"] for answer in told] == [None, "withheld"]


def test_what_it_gives_no_verdict_on_is_asked_again(outside: Any, arena: Arena, ada: Person) -> None:
    rules(remote=True)
    with outside(saying()):
        battle = ada.open()["id"]
    arena.answer(battle)
    with outside(away):
        assert actions.ask_about_answers() == 0
    remote._rest_until = 0.0
    with outside(saying()):
        assert actions.ask_about_answers() == 2


LONG = "Very, very long"


def about_long_texts(does: Callable[[], httpx.Response], asked: list[str]) -> Callable[[httpx.Request], httpx.Response]:
    """A checker that does this about long texts, and finds nothing in others."""

    def play(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["input"])
        return does() if asked[-1] == LONG else saying()(request)

    return play


def slow() -> httpx.Response:
    raise httpx.ReadTimeout("quokka")


@pytest.fixture
def three_long_answers(outside: Any, arena: Arena, ada: Person) -> str:
    """The oldest answers to ask about; gives the id of a battle after them, whose are short."""
    rules(remote=True)
    with outside(saying()):
        battles = [ada.open()["id"] for _ in range(4)]
    for battle in battles:
        arena.answer(battle, **({} if battle == battles[3] else {"b": LONG}))
    return str(battles[3])


@pytest.mark.parametrize("status", [400, 413, 422])
def test_answers_that_it_refuses_stop_it_for_nobody_and_are_noted_once(status: int, outside: Any, three_long_answers: str) -> None:
    asked: list[str] = []
    with outside(about_long_texts(lambda: httpx.Response(status), asked)):
        assert actions.ask_about_answers() == 8
        assert actions.ask_about_answers() == 0
    assert asked.count(LONG) == 3
    assert sorted(Flag.objects.values_list("subject", "rule")) == sorted(
        (str(pk), f"it answered with status {status}") for pk in Answer.objects.filter(text=LONG).values_list("pk", flat=True)
    )


def test_a_checker_that_refuses_all_of_them_may_be_set_up_wrongly_and_is_asked_again(outside: Any, three_long_answers: str) -> None:
    asked: list[str] = []

    def refusing(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(400)

    with outside(refusing):
        assert actions.ask_about_answers() == 0
    assert len(asked) == Flag.objects.filter(category="unchecked").count() == 8
    assert not Asked.objects.exists()
    with outside(saying()):
        assert actions.ask_about_answers() == 8


def test_answers_that_it_says_nothing_about_wait_behind_all_others_and_are_noted_once(outside: Any, three_long_answers: str) -> None:
    asked: list[str] = []
    with outside(about_long_texts(slow, asked)):
        for _ in range(3):
            actions.ask_about_answers()
            remote._rest_until = 0.0
        assert Asked.objects.filter(answer__turn__battle__id=three_long_answers).count() == Asked.objects.count() == 2
    assert asked.count(LONG) == 9
    assert Flag.objects.count() == 6
    with outside(saying()):
        assert actions.ask_about_answers() == 6


def test_it_is_left_alone_after_some_failures_in_a_row(outside: Any, three_long_answers: str) -> None:
    asked: list[str] = []

    def failing(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(503)

    with outside(failing):
        assert actions.ask_about_answers() == 0
    assert len(asked) == remote.FAILURES


def test_many_readers_and_a_withheld_answer_end_well(stage: Arena) -> None:
    ada = stage.person("ada")
    battle = ada.open()
    Route.objects.update(model="wicked")
    session = {"cookie": f"sessionid={ada.client.cookies['sessionid'].value}"}

    async def crowd() -> list[Reply]:
        return list(await asyncio.gather(*(ask("GET", battle["stream"]["url"], session) for _ in range(8))))

    assert all("event: end" in reply.body.decode() for reply in acting(crowd))
    assert Answer.objects.filter(error="withheld").count() == Withheld.objects.count() == 2
