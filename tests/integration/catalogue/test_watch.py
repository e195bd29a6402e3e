"""Who fails too often is paused, with notice, and brought back by hand; who is no more the same is quarantined."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from arena import clock
from arena.battles.models import Answer, Side, Status
from arena.catalogue import actions, health, tasks
from arena.catalogue.canary import PROMPTS
from arena.catalogue.models import CanaryRun
from arena.contenders.models import Contender, Event
from arena.providers import actions as providers
from arena.providers import scripted
from arena.providers.models import Route
from arena.providers.queries import ready_contenders
from tests.cast import Arena, Person
from tests.integration.console.staff import Operator

LEAST = 4


@pytest.fixture(autouse=True)
def _soon(settings: Any) -> None:
    settings.PAUSE_LEAST_ANSWERS, settings.PAUSE_FAILURE_SHARE = LEAST, 0.5


def answered(arena: Arena, who: Person, name: str, count: int, *, fault: str = "") -> None:
    """So many answers of one contender, which ended well or by this fault."""
    contender = arena.contenders[name]
    Route.objects.exclude(contender=contender).filter(contender__slug="dune-7").update(enabled=True)
    done = 0
    while done < count:
        battle = who.open()["id"]
        for side in Side.objects.filter(battle=battle, contender=contender):
            values = {"status": Status.FAILED, "error": "failed", "fault": fault} if fault else {"status": Status.DONE, "text": "Fine."}
            Answer.objects.filter(side=side).update(**values, finished_at=clock.now())
            done += 1


def kinds(contender: Contender) -> list[str]:
    return list(contender.events.order_by("pk").values_list("kind", flat=True))


def run_jobs() -> None:
    """What the worker would do, and no more than was asked of it."""
    for job in ProcrastinateJob.objects.filter(status="todo", task_name="arena.catalogue.tasks.tell_operators").order_by("pk"):
        tasks.tell_operators(**job.args)


def test_who_fails_too_often_is_paused_told_of_and_drawn_no_more(arena: Arena, ada: Person, olga: Operator) -> None:
    amber = arena.contenders["amber"]
    answered(arena, ada, "amber", LEAST, fault="server_error: 500 from sk-***")
    assert actions.pause_failing() == 1
    assert actions.pause_failing() == 0
    assert amber.slug not in {contender.slug for contender in ready_contenders()}
    event = Event.objects.filter(contender=amber).latest("pk")
    assert (event.kind, event.reason) == ("paused", f"{LEAST} of {LEAST} answers failed within 15 minutes")
    run_jobs()
    (message,) = mail.outbox
    assert message.to == ["olga@example.org"]
    assert message.subject == "[Evenhand] Amber-7 was paused"
    assert "/operator/contenders#amber-7" in message.body


def test_who_was_brought_back_is_not_paused_for_what_was_before(arena: Arena, ada: Person, olga: Operator) -> None:
    amber = arena.contenders["amber"]
    answered(arena, ada, "amber", LEAST, fault="timed_out: no answer in time")
    actions.pause_failing()
    back = olga.post("contenders/amber-7/resume", {"reason": "the provider has mended it"})
    assert (back.status_code, back.json()["ready"], back.json()["paused_at"]) == (200, "ready", None)
    assert amber.slug in {contender.slug for contender in ready_contenders()}
    assert actions.pause_failing() == 0
    answered(arena, ada, "amber", LEAST, fault="timed_out: no answer in time")
    assert actions.pause_failing() == 1
    assert kinds(amber)[-3:] == ["paused", "resumed", "paused"]


def test_battles_that_are_open_go_on_with_who_was_paused(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    side = Side.objects.filter(battle=battle).first()
    assert side is not None
    providers.pause(contender=side.contender, reason="it fails")
    arena.answer(battle)
    assert ada.post(f"battles/{battle}/turns", {"prompt": "And?"}).status_code == 201
    arena.answer(battle)
    assert ada.vote(battle, turn=1).json()["vote"]["rated"] is True


@pytest.mark.parametrize("fault", ["refused: content policy", "empty: no answer (stop)", "too_long: longer than allowed", ""])
def test_nobody_has_a_contender_paused_by_what_they_ask_of_it(arena: Arena, ada: Person, fault: str) -> None:
    answered(arena, ada, "amber", LEAST * 2, fault=fault)
    assert health.failing() == []


def test_a_few_failures_among_many_answers_pause_nobody(arena: Arena, ada: Person) -> None:
    answered(arena, ada, "amber", LEAST - 1, fault="server_error: 500")
    assert health.failing() == [], "too few to tell"
    answered(arena, ada, "amber", LEAST)
    assert health.failing() == []


def test_what_is_older_than_the_window_is_forgotten(arena: Arena, ada: Person) -> None:
    answered(arena, ada, "amber", LEAST, fault="server_error: 500")
    Answer.objects.update(finished_at=clock.now() - timedelta(hours=1))
    assert health.failing() == []
    assert health.by_contender(timedelta(hours=2))[arena.contenders["amber"].pk].failed == LEAST


def test_the_figures_of_a_contender_are_those_of_its_answers(arena: Arena, ada: Person, olga: Operator) -> None:
    battle = ada.open()["id"]
    now = clock.now()
    times: dict[str, Any] = {"started_at": now - timedelta(seconds=3), "first_token_at": now - timedelta(seconds=2), "finished_at": now}
    arena.answer(battle, input_tokens=1000, output_tokens=100, **times)
    slug = Side.objects.filter(battle=battle).values_list("contender__slug", flat=True)[0]
    told = {row["slug"]: row["health"] for row in olga.get("contenders?hours=1").json()["results"]}
    cost = f"{(1000 * 1.37 + 100 * 9.41) / 1e6:.6f}"
    figures = {"answers": 1, "failed": 0, "first_token_ms": 1000, "slow_token_ms": 1000, "tokens_per_second": 50.0, "cost_usd": cost}
    assert told[slug] == figures
    idle = next(row for row in told.values() if row["answers"] == 0)
    assert idle == {
        "answers": 0,
        "failed": 0,
        "first_token_ms": None,
        "slow_token_ms": None,
        "tokens_per_second": None,
        "cost_usd": "0.000000",
    }


def test_an_operator_sees_what_the_provider_said(arena: Arena, ada: Person, olga: Operator) -> None:
    answered(arena, ada, "amber", 1, fault="auth: 401 invalid key ***")
    assert [row["fault"] for row in olga.get("contenders/amber-7").json()["faults"]] == ["auth: 401 invalid key ***"]


@pytest.fixture
def voiced(arena: Arena) -> Contender:
    """Amber, who answers the canary's prompts in a voice of its own."""
    says(arena.contenders["amber"], "plainly")
    return Contender.objects.select_related("route__provider").get(slug="amber-7")


def says(contender: Contender, voice: str) -> None:
    words = [f"{voice} {word}{number} and {voice}{number} again" for number, word in enumerate("abcdefgh")]
    scripted.register(voice, [{"text": words}, {"done": {}}])
    Route.objects.filter(contender=contender).update(model=voice)


def look() -> CanaryRun:
    return actions.look(Contender.objects.select_related("route__provider").get(slug="amber-7"))


def test_the_first_look_is_the_reference_and_the_same_voice_again_is_no_news(voiced: Contender) -> None:
    first, second = look(), look()
    assert (first.kind, len(first.rounds), len(first.rounds[0])) == ("reference", 3, len(PROMPTS))
    assert (second.kind, second.flagged, second.shift, second.noise) == ("check", False, 0.0, 0.0)
    assert Contender.objects.get(pk=voiced.pk).quarantined_at is None


def test_another_voice_is_quarantined_and_its_votes_are_not_rated_until_somebody_clears_it(
    arena: Arena, ada: Person, voiced: Contender, olga: Operator
) -> None:
    look()
    says(voiced, "strangely")
    run = look()
    assert (run.flagged, len(run.rounds)) == (True, 2), "asked once more before anything is done"
    assert kinds(voiced)[-1] == "quarantined"
    run_jobs()
    assert [message.subject for message in mail.outbox] == ["[Evenhand] Amber-7 is in quarantine"]
    Route.objects.exclude(contender__slug__in=["amber-7", "birch-7"]).update(enabled=False)
    assert outcome(arena, ada) == (False, "quarantine", True)
    cleared = olga.post("contenders/amber-7/clear", {"reason": "the vendor has moved machines"})
    assert (cleared.status_code, cleared.json()["quarantined_at"]) == (200, None)
    assert outcome(arena, ada) == (True, None, True)
    assert look().kind == "reference", "what it says now is the measure"
    assert not look().flagged


def outcome(arena: Arena, who: Person) -> tuple[bool, str | None, bool]:
    """Of a vote: whether it is rated, why not, whether it was paid."""
    battle = who.open()["id"]
    arena.answer(battle)
    vote = who.vote(battle).json()["vote"]
    return vote["rated"], vote["unrated_reason"], vote["points"]["awarded"] > 0


def test_who_is_cleared_with_the_old_reference_is_compared_with_it_again(voiced: Contender, olga: Operator) -> None:
    look()
    says(voiced, "strangely")
    look()
    olga.post("contenders/amber-7/clear", {"reason": "it will be put right", "anew": False})
    assert look().flagged
    says(voiced, "plainly")
    assert not look().flagged


def test_a_provider_that_fails_is_not_taken_for_another(voiced: Contender) -> None:
    look()
    scripted.register("broken-now", [{"fail": "server_error"}])
    Route.objects.filter(contender=voiced).update(model="broken-now")
    run = look()
    assert (run.flagged, run.shift, run.fault[:12]) == (False, None, "server_error")
    assert Contender.objects.get(pk=voiced.pk).quarantined_at is None


def test_canaries_are_sent_to_who_is_drawn_and_was_not_looked_at_lately(arena: Arena, voiced: Contender, settings: Any) -> None:
    settings.CANARY_SECONDS = 0
    assert actions.due_for_canary() == []
    settings.CANARY_SECONDS = 3600
    look()
    providers.pause(contender=arena.contenders["birch"], reason="x")
    assert {contender.slug for contender in actions.due_for_canary()} == {"cedar-7", "dune-7"}
    for _ in range(2):
        tasks.send_canaries(timestamp=0)
    waiting = ProcrastinateJob.objects.filter(task_name="arena.catalogue.tasks.ask_canary", status="todo")
    assert sorted(job.args["contender"] for job in waiting) == sorted(arena.contenders[name].pk for name in ("cedar", "dune"))
    CanaryRun.objects.update(at=clock.now() - timedelta(days=91), kind=CanaryRun.Kind.CHECK)
    assert actions.forget_old_runs() == 1
