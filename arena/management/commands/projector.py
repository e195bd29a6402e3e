"""Number facts, fold them into the boards, and heal battles that nobody looks at, until told to stop. Any number may run; one works at a time."""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from arena import clock, metrics
from arena.battles import actions, projector

log = logging.getLogger("arena.projector")
# How often answers are looked for whose writer has died.
HEAL_SECONDS = 2.0


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

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
        healed = clock.monotonic()
        while not stopping.is_set():
            if not _bravely(projector.project):
                stopping.wait(settings.PROJECTOR_POLL_SECONDS)
            if clock.monotonic() - healed >= HEAL_SECONDS:
                _bravely(actions.heal_abandoned)
                healed = clock.monotonic()


def _bravely(round: Callable[[], int]) -> int:
    """The work that `round` did; while the database is away, nothing is done and nothing is lost."""
    try:
        return round()
    except Error as error:
        log.warning("the database is away, trying again: %s", error)
        close_old_connections()
        return 0
