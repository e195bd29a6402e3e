"""The health page counts what there is, says what is wrong, and is quick to answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from arena import clock
from arena.battles import projector
from arena.battles.models import Answer
from arena.catalogue import health as catalogue
from arena.console import health
from arena.credits.models import Alarm
from tests.cast import Arena
from tests.integration.battles.pools import answered, open_on, prompt_of, source_of
from tests.integration.console.staff import registered, staff
from tests.integration.users.account import Account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _arena(arena: Arena) -> None:
    cache.clear()


@pytest.fixture
def olga() -> Account:
    return staff("operator")


def voter(email: str = "ada@example.org") -> Account:
    who = registered(email)
    who.consent()
    return who


def troubles(told: dict[str, Any]) -> set[str]:
    return {one["code"] for one in told["troubles"]}


def worker_lives() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def test_votes_battles_and_failures_are_counted_where_they_happened(arena: Arena, olga: Account) -> None:
    ada = voter()
    for _ in range(3):
        battle = ada.open()["id"]
        arena.answer(battle, started_at=clock.now(), first_token_at=clock.now() + timedelta(milliseconds=200))
        assert ada.vote(battle).status_code == 200
    Answer.objects.filter(turn__battle=ada.open()["id"]).update(status="failed", started_at=clock.now(), finished_at=clock.now())
    told = olga.get("operator/health?hours=24").json()
    assert [sum(bar[name] for bar in told["bars"]) for name in ("votes", "battles", "failed")] == [3, 4, 2]
    assert told["bars"][-1]["votes"] == 3
    assert len(told["bars"]) == 24
    assert sum(row["answers"] for row in told["contenders"]) == 8
    assert sum(row["failed"] for row in told["contenders"]) == 2
    assert all(abs(row["first_ms"] - 200) < 1 for row in told["contenders"] if row["failed"] == 0)
    assert told["projector"]["pending"] == 3


def test_answers_that_a_panel_looks_at_again_were_asked_for_once(arena: Arena, olga: Account) -> None:
    prompt = prompt_of(voters=3)
    answered(arena.person("ada"), prompt, started_at=clock.now(), first_token_at=clock.now())
    for name in ("ben", "eve"):
        assert source_of(open_on(arena.person(name), prompt))
    assert Answer.objects.filter(status="done").count() == 6
    told = olga.get("operator/health?hours=24").json()
    assert sum(row["answers"] for row in told["contenders"]) == 2
    assert sum(figures.answers for figures in catalogue.by_contender(timedelta(hours=1)).values()) == 2


@pytest.mark.parametrize(("hours", "bars"), [(6, 24), (24, 24), (168, 28)])
def test_each_window_has_its_bars_up_to_now(olga: Account, hours: int, bars: int) -> None:
    told = olga.get(f"operator/health?hours={hours}").json()
    assert len(told["bars"]) == bars
    assert told["bars"][-1]["at"] <= told["at"].replace("+00:00", "Z")


@pytest.mark.parametrize("hours", ["0", "7", "x", "-24", "1e3"])
def test_another_window_is_refused(olga: Account, hours: str) -> None:
    assert olga.get(f"operator/health?hours={hours}").status_code == 400


def test_a_quiet_arena_with_a_worker_is_well(olga: Account) -> None:
    assert troubles(olga.get("operator/health").json()) == {"no_worker"}
    worker_lives()
    projector.project()
    assert troubles(olga.get("operator/health").json()) == set()


def test_what_is_wrong_is_said(olga: Account) -> None:
    worker_lives()
    Alarm.objects.create(code="x", subject="y", detail="Z.")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('default', 'some.task', 'failed')")
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
            " VALUES ('default', 'some.task', 'todo', now() - interval '10 minutes')"
        )
        cursor.execute(
            "INSERT INTO votelog_pending (kind, subject, commit, at)"
            " VALUES ('vote', gen_random_uuid(), '\\x00', now() - interval '10 minutes')"
        )
    told = olga.get("operator/health").json()
    assert troubles(told) >= {"alarms", "jobs_failed", "queue_waits", "projector_behind"}
    assert told["troubles"][0]["code"] == "alarms"
    assert (told["queue"]["failed"], told["queue"]["waiting"] >= 1) == (1, True)


def test_a_contender_that_fails_often_is_named_with_its_slug_and_one_that_fails_once_is_not() -> None:
    calm = {
        "alarms": 0,
        "projector": {"oldest_seconds": None, "pending": 0},
        "queue": {"workers": 1, "oldest_seconds": None, "waiting": 0, "failed": 0},
        "spending": {"tokens": 0, "tokens_limit": 0, "cost": "0", "cost_limit": "0"},
    }
    rows = [
        {"slug": "bad-1", "name": "Bad", "answers": 10, "failed": 2},
        {"slug": "unlucky", "name": "Unlucky", "answers": 2, "failed": 1},
        {"slug": "good", "name": "Good", "answers": 99, "failed": 1},
        {"slug": "bad-2", "name": "Bad", "answers": 10, "failed": 10},
    ]
    found = health.troubles({**calm, "contenders": rows})
    assert found == [{"code": "contender_fails", "subject": "Bad", "slug": slug} for slug in ("bad-1", "bad-2")]


def test_the_page_asks_the_database_no_more_often_in_a_larger_arena(arena: Arena, olga: Account) -> None:
    from django.test.utils import CaptureQueriesContext

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert olga.get("operator/health").status_code == 200
        return len(seen.captured_queries)

    before = statements()
    ada = voter()
    for _ in range(3):
        arena.answer(ada.open()["id"])
    assert statements() == before
