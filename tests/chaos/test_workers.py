"""A worker that dies or is frozen with a job in hand: the job is done all the same, and the worker does not fall over its absence."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from arena.management.commands import worker as command
from tests.chaos.jobs import done, given, status
from tests.processes import LiveArena, database_url, eventually

# From the last sign of life: until it counts as silent, two looks of the other, and the job.
HEALED = command.SILENCE_SECONDS + 2 * command.BEAT_SECONDS + 2


@contextmanager
def _held() -> Iterator[Callable[[], None]]:
    """While this lasts, or until it is called, the job has to wait in its midst."""
    with psycopg.connect(database_url()) as holder:
        holder.execute("LOCK TABLE ledger_hold IN ACCESS EXCLUSIVE MODE")
        yield holder.rollback


def _in_hand(job: int) -> None:
    eventually(lambda: status(job) == "doing", what="the job's beginning")


def test_the_job_of_a_killed_worker_is_done_by_the_next(live_arena: LiveArena) -> None:
    first = live_arena.start("manage.py", "worker")
    with _held() as let_go:
        job = given()
        _in_hand(job)
        first.kill()
        first.wait(10)
        second = live_arena.start("manage.py", "worker")
        let_go()
        eventually(lambda: done(job), within=HEALED + 8, what="the job, by a worker that had to start first")
    assert second.poll() is None


def test_the_job_of_a_frozen_worker_is_done_by_another_and_the_frozen_one_goes_on_when_it_wakes(live_arena: LiveArena) -> None:
    first = live_arena.start("manage.py", "worker")
    with _held() as let_go:
        job = given()
        _in_hand(job)
        first.send_signal(signal.SIGSTOP)
        second = live_arena.start("manage.py", "worker")
        let_go()
        eventually(lambda: done(job), within=HEALED + 8, what="the job, by a worker that had to start first")
    second.terminate()
    assert second.wait(10) == 0
    first.send_signal(signal.SIGCONT)
    again = given()
    eventually(lambda: done(again), within=10, what="a job after the thaw")
    assert first.poll() is None
    assert status(job) == "succeeded", "what woke late has changed nothing"


def test_a_worker_that_was_frozen_for_long_does_not_do_its_own_job_twice(live_arena: LiveArena) -> None:
    # The job waits for longer than a lock may be waited for elsewhere: that would have it tried again, and tell nothing of the freeze.
    alone = live_arena.start("manage.py", "worker", PGOPTIONS="-c lock_timeout=60s")
    with _held() as let_go:
        job = given()
        _in_hand(job)
        alone.send_signal(signal.SIGSTOP)
        threading.Event().wait(command.SILENCE_SECONDS + 1)
        alone.send_signal(signal.SIGCONT)
        threading.Event().wait(2 * command.BEAT_SECONDS)
        let_go()
        eventually(lambda: done(job), within=10, what="the job")
    assert _attempts(job) == 1


def _attempts(job: int) -> int:
    with psycopg.connect(database_url()) as reader:
        row = reader.execute("SELECT attempts FROM procrastinate_jobs WHERE id = %s", [job]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_worker_is_back_soon_after_a_database_that_was_away_for_long(live_arena: LiveArena) -> None:
    alone = live_arena.start("manage.py", "worker")
    job = given()
    eventually(lambda: done(job), what="a job")
    with _away():
        threading.Event().wait(10)
    later = given()
    eventually(lambda: done(later), within=4, what="a job after the return")
    assert alone.poll() is None


@contextmanager
def _away() -> Iterator[None]:
    """Closed to newcomers, and everybody who was there has been sent away: a worker cannot tell that from a server that is down."""
    name = conninfo_to_dict(database_url())["dbname"]
    with psycopg.connect(make_conninfo(database_url(), dbname="postgres"), autocommit=True) as keeper:
        keeper.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        try:
            keeper.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
        finally:
            keeper.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
            connection.close()
