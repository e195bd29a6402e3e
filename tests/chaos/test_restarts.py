"""A database that was restarted: every connection is dead, and nobody is told so or has to lend a hand."""

import uuid

import psycopg
import pytest
from django.db import connection

from arena.http import problems
from arena.ledger.tasks import release_due_points
from tests.processes import LiveArena, eventually


def _cut_all_others() -> int:
    """End every connection to the database but this one; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_the_requests_after_a_restart_of_the_database_are_answered(live_arena: LiveArena) -> None:
    browser = live_arena.browser(live_arena.web())
    battle = browser.open()
    assert browser.read_all(battle["stream"]["url"]).ended
    for _ in range(3):
        assert _cut_all_others() > 1
        assert browser.get("/api/v1/me").status_code == 200
        assert browser.open()
        assert browser.get("/readyz").status_code == 200


def test_a_worker_outlives_a_restart_of_the_database(live_arena: LiveArena) -> None:
    worker = live_arena.start("manage.py", "worker")
    _works()
    for _ in range(2):
        assert _cut_all_others() > 0
        _works()
    assert worker.poll() is None, "it goes on, rather than being started again"
    worker.terminate()
    assert worker.wait(10) == 0


def _works() -> None:
    """A job that is given to the worker now gets done; one with a lock of its own, because the task's would let it wait only once."""
    job = int(release_due_points.configure(queueing_lock=str(uuid.uuid4())).defer(timestamp=0))
    eventually(lambda: _done(job), within=20, what="the job")


def _done(job: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job])
        return str(cursor.fetchone()[0]) == "succeeded"


@pytest.mark.parametrize("error", [psycopg.OperationalError("gone"), psycopg.InterfaceError("the connection is closed")])
def test_a_connection_lost_on_a_lean_route_is_no_fault_of_ours(error: Exception) -> None:
    problem = problems.translate(error)
    assert (problem.status, problem.retry_after) == (503, 2)
