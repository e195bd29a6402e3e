"""Number facts and fold them into the boards, until told to stop. Any number may run; one works at a time."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from arena import metrics
from arena.battles import projector

log = logging.getLogger("arena.projector")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="Do what waits, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            while projector.project():
                pass
            return
        metrics.serve()
        stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            if not _round():
                stopping.wait(settings.PROJECTOR_POLL_SECONDS)


def _round() -> int:
    """One round; while the database is away, nothing is done and nothing is lost."""
    try:
        return projector.project()
    except Error as error:
        log.warning("the database is away, trying again: %s", error)
        close_old_connections()
        return 0
