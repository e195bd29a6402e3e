"""A failed job is done again once, by those who may, and nothing else is."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from pytest_django import Settings

from arena import clock
from arena.console import jobs, tasks
from arena.trail.models import Change
from tests.integration.console.staff import staff
from tests.integration.users.account import Account

pytestmark = pytest.mark.django_db
TASK = "arena.some.task"


@pytest.fixture
def olga() -> Account:
    return staff("operator")


def job(status: str = "failed", *, lock: str | None = None, **args: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, queueing_lock, args)"
            " VALUES ('default', %s, %s::procrastinate_job_status, 5, %s, %s::jsonb) RETURNING id",
            [TASK, status, lock, json.dumps(args)],
        )
        return int(cursor.fetchone()[0])


def status(id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [id])
        return str(cursor.fetchone()[0])


def test_failed_jobs_are_shown_first_with_what_they_were_called_with(olga: Account) -> None:
    failed, waiting = job(person="x"), job("todo")
    told = olga.get("operator/jobs").json()
    assert [(row["id"], row["args"], row["attempts"]) for row in told["jobs"]] == [(failed, {"person": "x"}, 5)]
    assert [row["id"] for row in olga.get("operator/jobs?status=todo").json()["jobs"] if row["task"] == TASK] == [waiting]
    assert olga.get("operator/jobs?task=arena.other").json()["jobs"] == []
    (counts,) = (row for row in told["tasks"] if row["task"] == TASK)
    assert (counts["failed"], counts["todo"], counts["doing"]) == (1, 1, 0)


def test_a_failed_job_is_put_back_once_and_on_the_record(olga: Account) -> None:
    id = job()
    for _ in range(2):
        assert olga.post(f"operator/jobs/{id}/retry").json() == {"status": "todo"}
    assert status(id) == "todo"
    change = Change.objects.get(changes__has_key="status")
    assert (change.changes, str(change.actor_id)) == ({"status": ["failed", "todo"]}, olga.id)


@pytest.mark.parametrize("done", ["succeeded", "cancelled", "aborted"])
def test_what_ended_otherwise_is_left_alone(olga: Account, done: str) -> None:
    id = job(done)
    assert olga.post(f"operator/jobs/{id}/retry").status_code == 409
    assert status(id) == done


def test_a_job_whose_work_waits_already_is_left_alone(olga: Account) -> None:
    id = job(lock="one-at-a-time")
    job("todo", lock="one-at-a-time")
    refused = olga.post(f"operator/jobs/{id}/retry")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert status(id) == "failed"


def test_there_is_no_such_job_or_status(olga: Account) -> None:
    assert olga.post("operator/jobs/999999999/retry").status_code == 404
    assert olga.get("operator/jobs?status=lost").status_code == 400
    assert olga.get("operator/jobs?task=%00").status_code == 200


def test_the_treasurer_looks_and_does_nothing_again() -> None:
    id, treasurer = job(), staff("treasurer")
    assert treasurer.get("operator/jobs").json()["can_retry"] is False
    assert treasurer.post(f"operator/jobs/{id}/retry").status_code == 403
    assert status(id) == "failed"


def past(status: str) -> int:
    """A job that has just come into this state."""
    id = job(status)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_events (job_id, type) VALUES (%s, 'started')", [id])
    return id


def remembered() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT j.id FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id WHERE task_name = %s", [TASK])
        return sorted({row[0] for row in cursor.fetchall()})


def forget_after(days: float) -> int:
    with clock.frozen(clock.now() + timedelta(days=days)):
        return jobs.forget_ended()


def test_jobs_that_ended_are_forgotten_after_two_days_and_failed_ones_after_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    waiting, running, failed = past("todo"), past("doing"), past("failed")
    ended = [past(status) for status in ("succeeded", "succeeded", "cancelled", "aborted", "aborted")]
    forget_after(1.9)
    assert remembered() == [waiting, running, failed, *ended]
    assert forget_after(2.1) >= 5
    assert remembered() == [waiting, running, failed]
    forget_after(29)
    assert remembered() == [waiting, running, failed]
    forget_after(31)
    assert remembered() == [waiting, running]


def test_an_old_job_that_was_just_done_again_is_remembered_from_then_on() -> None:
    again, gone = past("doing"), past("succeeded")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '90 days'")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [again])
    assert forget_after(0) >= 1
    assert gone not in remembered()
    assert remembered() == [again]


def test_a_job_that_a_time_table_refers_to_is_forgotten_too() -> None:
    id = past("succeeded")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, job_id) VALUES (%s, 60, %s)", [TASK, id])
        forget_after(3)
        cursor.execute("SELECT job_id FROM procrastinate_periodic_defers WHERE task_name = %s", [TASK])
        assert cursor.fetchall() == [(None,)]
    assert remembered() == []


def test_jobs_are_forgotten_every_hour_with_a_chain_or_without(settings: Settings) -> None:
    assert not settings.CHAIN_RPC_URL
    assert (tasks.forget_jobs.name, "") in app.periodic_registry.periodic_tasks
    assert app.tasks["arena.credits.tasks.forget_rounds"] is tasks.forget_jobs, "a worker of the version before may have put it there"
    tasks.forget_jobs(timestamp=0)
