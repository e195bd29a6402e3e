"""Run background jobs until told to stop, and serve this process's metrics if METRICS_PORT is set. Any number may run."""

import asyncio
import contextlib
import logging
import signal
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException

from arena import metrics

log = logging.getLogger("arena.worker")
# A worker gives up when it loses the database. The pool's own 30 s would keep it waiting long after the database is back.
CONNECTION_SECONDS = 1.0
RETRY_SECONDS = 0.5


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        metrics.serve()
        connector = PsycopgConnector(kwargs=connector_params(), timeout=CONNECTION_SECONDS)
        with app.replace_connector(connector), contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_work())


async def _work() -> None:
    """One worker after the other, until a signal cancels this; the job in hand is then finished first."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    while True:
        try:
            async with app.open_async():
                await app.run_worker_async(install_signal_handlers=False)
        except (ConnectorException, psycopg.Error) as error:
            log.warning("the database is away, trying again: %s", error.__cause__ or error)
        await asyncio.sleep(RETRY_SECONDS)
