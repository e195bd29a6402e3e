"""What a day may cost: counted by the database as answers end, and a stop that holds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from arena import clock
from arena.battles import actions, budgets
from arena.battles.budgets import ARENA, Use, used_today
from arena.battles.models import Answer, Battle, Spent, Status
from arena.battles.tasks import forget_spending
from arena.users.models import User
from tests.cast import Arena, Person
from tests.integration.http.asgi import asked
from tests.integration.http.threads import results

PROMPT = {"prompt": "Why is the sky blue?"}
pytestmark = pytest.mark.django_db


def user(person: Person) -> User:
    return User.objects.get(pk=person.get("me").json()["user"]["id"])


def spend(battle: str, *, read: int | None = 100, written: int | None = 50, status: str = Status.DONE, **fields: Any) -> None:
    """Let both answers of a battle's latest turn be written and end."""
    answers = Answer.objects.filter(turn__battle__pk=battle, status=Status.PENDING)
    ids = list(answers.values_list("pk", flat=True))
    answers.update(status=Status.STREAMING)
    values = {"text": "Fine.", "finished_at": clock.now(), **fields}
    Answer.objects.filter(pk__in=ids).update(status=status, input_tokens=read, output_tokens=written, **values)


def refused(reply: Any) -> tuple[int, str]:
    body = reply.json()
    assert reply["Retry-After"] == str(body["retry_after"])
    return reply.status_code, body["type"]


BUDGET, SHARE = (503, "/problems/budget-spent"), (429, "/problems/share-spent")


def test_an_answer_is_counted_once_for_its_person_and_once_for_all(ada: Person, ben: Person) -> None:
    spend(ada.open()["id"])
    # Two sides; 1.37 and 9.41 USD for a million tokens read and written.
    one = Use(300, 2 * (100 * Decimal("1.37") + 50 * Decimal("9.41")) / 1_000_000)
    assert used_today(user(ada).pk) == used_today(ARENA) == one
    Answer.objects.update(text="Touched again.")
    Answer.objects.update(status=Status.DONE)
    assert used_today(ARENA) == one
    spend(ben.open()["id"])
    assert used_today(ARENA) == Use(600, 2 * one.cost)
    assert used_today(user(ben).pk) == one


@pytest.mark.parametrize("status", [Status.STOPPED, Status.FAILED, Status.INTERRUPTED])
def test_an_answer_that_was_cut_off_is_counted_by_its_length(ada: Person, status: str) -> None:
    spend(ada.open()["id"], read=None, written=None, status=status, text="x" * 400, reasoning="y" * 41)
    content = len('[{"text": "Why is the sky blue?", "type": "text"}]')
    assert used_today(ARENA).tokens == 2 * ((content + 3) // 4 + 111)


def test_an_answer_that_never_began_costs_nothing(ada: Person) -> None:
    spend(ada.open()["id"], read=None, written=None, status=Status.FAILED, text="")
    assert used_today(ARENA) == Use(0, Decimal(0))


def test_an_answer_whose_writer_died_is_counted_when_that_is_found_out(ada: Person) -> None:
    battle = ada.open()["id"]
    past = clock.now() - timedelta(seconds=1)
    Answer.objects.filter(turn__battle__pk=battle).update(status=Status.STREAMING, text="x" * 4000, lease_until=past)
    assert used_today(ARENA).tokens == 0
    actions.heal(Battle.objects.get(pk=battle))
    assert used_today(ARENA).tokens > 2000


def test_the_arena_stops_at_its_tokens(ada: Person, ben: Person, settings: Settings) -> None:
    settings.DAILY_TOKENS = 301
    battle = ada.open()["id"]
    spend(battle)
    other = ben.open()["id"]
    spend(other)
    before = Answer.objects.count()
    assert refused(ada.post("battles", PROMPT)) == BUDGET
    assert refused(ada.post(f"battles/{battle}/turns", PROMPT)) == BUDGET
    assert Answer.objects.count() == before
    assert ada.vote(battle).status_code == 200, "what was paid for may be judged"


def test_the_arena_stops_at_its_dollars(ada: Person, settings: Settings) -> None:
    settings.DAILY_COST_USD = used = Decimal("0.001215")
    spend(ada.open()["id"])
    assert used_today(ARENA).cost == used
    assert refused(ada.post("battles", PROMPT)) == BUDGET
    settings.DAILY_COST_USD = used + Decimal("0.000001")
    ada.open()


def test_a_person_stops_at_their_share_and_others_go_on(ada: Person, ben: Person, settings: Settings) -> None:
    settings.DAILY_TOKENS_PERSON = 300
    spend(ada.open()["id"])
    assert refused(ada.post("battles", PROMPT)) == SHARE
    ben.open()


def test_asking_again_costs_like_asking(ada: Person, settings: Settings) -> None:
    battle = ada.open()["id"]
    spend(battle, status=Status.FAILED)
    settings.DAILY_TOKENS_PERSON = 300
    assert refused(ada.post(f"battles/{battle}/attempts")) == SHARE
    settings.DAILY_TOKENS_PERSON = 0
    assert ada.post(f"battles/{battle}/attempts").status_code == 201


def test_a_new_day_begins_when_the_refusal_said(ada: Person, settings: Settings) -> None:
    settings.DAILY_TOKENS = 300
    evening = datetime(2026, 11, 22, 22, 15, tzinfo=UTC)
    with clock.frozen(evening):
        spend(ada.open()["id"])
        reply = ada.post("battles", PROMPT)
        assert refused(reply) == BUDGET
    wait = int(reply["Retry-After"])
    with clock.frozen(evening + timedelta(seconds=wait - 2)):
        assert refused(ada.post("battles", PROMPT)) == BUDGET
    with clock.frozen(evening + timedelta(seconds=wait)):
        ada.open()


def test_past_days_are_forgotten(ada: Person) -> None:
    spend(ada.open()["id"])
    forget_spending(0)
    assert Spent.objects.exists()
    with clock.frozen(clock.now() + timedelta(days=2)):
        forget_spending(0)
    assert not Spent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_streamed_is_counted() -> None:
    ada = Arena.seeded().person("ada")
    url = ada.open()["stream"]["url"]
    reply = asked("GET", url, {"cookie": f"sessionid={ada.client.cookies['sessionid'].value}"})
    assert b"event: end" in reply.body
    told = Answer.objects.all()
    assert {answer.status for answer in told} == {Status.DONE}
    assert used_today(ARENA).tokens == sum((answer.input_tokens or 0) + (answer.output_tokens or 0) for answer in told) > 0


@pytest.mark.django_db(transaction=True)
def test_answers_that_end_at_the_same_moment_are_all_counted() -> None:
    people = [Arena.person(arena, "x") for arena in [Arena.seeded()] for _ in range(3)]
    battles = [person.open()["id"] for person in people for _ in range(4)]
    results([lambda battle=battle: spend(battle) for battle in battles])  # type: ignore[misc]
    assert used_today(ARENA).tokens == 300 * len(battles)
    assert used_today(*(user(person).pk for person in people)).tokens == 300 * len(battles)


def test_no_limit_is_no_limit(ada: Person, settings: Settings) -> None:
    settings.DAILY_TOKENS = settings.DAILY_TOKENS_PERSON = 0
    settings.DAILY_COST_USD = settings.DAILY_COST_USD_PERSON = Decimal(0)
    spend(ada.open()["id"], written=10**9)
    budgets.require_budget(user(ada))
