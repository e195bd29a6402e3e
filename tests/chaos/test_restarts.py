"""A database that was restarted: every connection is dead, and nobody is told so or has to lend a hand."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection

from arena.http import problems
from tests.chaos.jobs import done, given
from tests.processes import Browser, LiveArena, eventually

AT_ONCE = 6


def _cut_all_others() -> int:
    """End every connection to the database but this one; how many there were. All are gone when it returns: who meets the end is told 503."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
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


def test_every_web_process_answers_the_very_next_requests_however_many_connections_were_cut(live_arena: LiveArena) -> None:
    first = live_arena.browser(live_arena.web())
    browsers = [first, live_arena.browser(live_arena.web(), of=first)]
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        for browser in browsers:
            _many(crowd, browser)
    for path in ("/api/v1/me", "/readyz"):
        assert _cut_all_others() >= 2 * AT_ONCE, "the pools hold several connections each"
        for browser in browsers:
            # Whoever is not given a living connection within WAIT_SECONDS is answered 503: a pool that pauses at its dead gives none.
            assert [browser.get(path).status_code for _ in range(4)] == [200] * 4
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            for browser in browsers:
                _many(crowd, browser)


def _many(crowd: ThreadPoolExecutor, browser: Browser) -> None:
    """So many requests at once, through threads and lean routes, that the pools grow."""
    for _ in range(3):
        for path in ("/api/v1/me", "/readyz"):
            assert {reply.status_code for reply in crowd.map(browser.get, [path] * AT_ONCE)} == {200}


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
    """A job that is given to the worker now gets done."""
    job = given()
    eventually(lambda: done(job), within=20, what="the job")


@pytest.mark.parametrize("error", [psycopg.OperationalError("gone"), psycopg.InterfaceError("the connection is closed")])
def test_a_connection_lost_on_a_lean_route_is_no_fault_of_ours(error: Exception) -> None:
    problem = problems.translate(error)
    assert (problem.status, problem.retry_after) == (503, 2)
