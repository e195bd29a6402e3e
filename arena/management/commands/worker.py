"""Run background jobs until told to stop, and serve this process's metrics if METRICS_PORT is set. Any number may run.

Each queue has places of its own: jobs that wait for machines of strangers never hold up money or moderation.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from arena import metrics
from arena.asyncdb import AsyncPool
from arena.database import RECONNECT_SECONDS
from arena.database.jobs import PLACES
from arena.providers import vault

log = logging.getLogger("arena.worker")
# A worker gives up when it loses the database, and another takes its place: with the library's patience it would still wait in the
# growing pauses of a pool long after the database is back.
CONNECTION_SECONDS = 2.0
RETRY_SECONDS = 0.5
# A job that is to be tried again, or whose announcement was lost, waits no longer than this.
POLL_SECONDS = 1.0
# For looking up names, beside a thread for each job: asyncio's own would be a handful on a small machine, and strangers could fill them.
SPARE_THREADS = 4
# Of a queue: to fetch and finish jobs, to give signs of life, to look at the clock.
CONNECTIONS = 3
# Signs of life of a worker; without one for so long it counts as dead, and its jobs are done by another.
BEAT_SECONDS, SILENCE_SECONDS = 2.0, 6.0


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if refusal := vault.trouble():
            raise CommandError(refusal)
        metrics.serve()
        with app.replace_connector(_connector()), contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_work())


def _connector() -> PsycopgConnector:
    """Its pool opens without the database being there (`min_size` 0)."""

    def pool(*, check: object, **arguments: Any) -> AsyncPool[Any]:
        return AsyncPool(**arguments)  # which does its own checking

    return PsycopgConnector(
        pool_factory=pool,
        kwargs=connector_params(),
        min_size=0,
        max_size=CONNECTIONS * len(PLACES),
        timeout=CONNECTION_SECONDS,
        reconnect_timeout=RECONNECT_SECONDS,
    )


async def _work() -> None:
    """Every queue's jobs, until a signal cancels this; the jobs in hand are then finished first."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    loop.set_default_executor(ThreadPoolExecutor(sum(PLACES.values()) + SPARE_THREADS, thread_name_prefix="jobs"))
    async with app.open_async():
        with _rescuing():
            await asyncio.gather(*(_serve(queue, places) for queue, places in PLACES.items()))


async def _serve(queue: str, places: int) -> None:
    """One worker of a queue after the other. One that has lost the database ends when its jobs have ended; no other queue waits for that."""
    while True:
        try:
            await app.run_worker_async(
                queues=[queue],
                name=queue,
                concurrency=places,
                install_signal_handlers=False,
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=BEAT_SECONDS,
            )
        except (ConnectorException, psycopg.Error) as error:
            log.warning("the database is away, trying again: %s", error.__cause__ or error)
        await asyncio.sleep(RETRY_SECONDS)


@contextlib.contextmanager
def _rescuing() -> Iterator[None]:
    task = asyncio.create_task(_rescue())
    try:
        yield
    finally:
        task.cancel()


async def _rescue() -> None:
    """Have the jobs of dead workers done after all. A job must bear being done twice: the dead may have done it, but for saying so.

    Only what is found at two looks in a row: who has been frozen finds itself silent when it wakes, and beats before it looks again.
    """
    seen: set[int | None] = set()
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE_SECONDS))
            for job in stalled:
                if job.id in seen:
                    await _again(job)
            seen = {job.id for job in stalled}
        except ConnectorException as error:
            log.warning("the jobs of dead workers could not be looked for, trying again: %s", error.__cause__ or error)


async def _again(job: Job) -> None:
    log.warning("a worker has died; its job is done again: %s", job.task_name)
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:  # one of the same kind waits already and will do what this one would
        await app.job_manager.finish_job(job, Status.ABORTED, delete_job=False)
