"""Django's `migrate`, bounded: a migration that waits for a lock gives up soon, before the arena queues up behind it, and is tried again."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg.errors import LockNotAvailable

TRIES = 5
PAUSE_SECONDS = 1.0
# Where a restore keeps what there was until the backup has proved sound.
ASIDE = "before_restore"


class Command(migrate.Command):
    """Each migration is one transaction: one that gave up has changed nothing, and those before it are done."""

    restoring = False

    def handle(self, *args: Any, **options: Any) -> None:
        if not self.restoring and broken_off(options["database"]):
            raise CommandError(
                f"A restore was broken off: what there was is in the schema {ASIDE}. Run `manage.py restore` again with the backup, or with"
                " --put-back and no file to have it back. Nothing was changed."
            )
        for left in reversed(range(TRIES)):
            try:
                with bounded(options["database"]):
                    super().handle(*args, **options)
                return
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                if not left:
                    raise CommandError("Somebody holds a lock on a table; what was migrated so far is kept. Try again.") from error
                self.stderr.write(f"A table is locked by somebody; trying again in {PAUSE_SECONDS:g} s.")
                sleep(PAUSE_SECONDS)


def broken_off(alias: str = "default") -> bool:
    """Whether a restore has put the arena aside and has not ended."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [ASIDE])
        return bool(cursor.fetchone()[0])


@contextmanager
def bounded(alias: str) -> Iterator[None]:
    """Time-outs for every statement of this thread's connection, and the former ones again afterwards. 0 seconds: none."""
    limits = {
        "lock_timeout": settings.MIGRATE_LOCK_SECONDS,
        "statement_timeout": settings.MIGRATE_STATEMENT_SECONDS,
        "idle_in_transaction_session_timeout": 0,  # a migration may think between two statements
    }
    connection = connections[alias]
    with connection.cursor() as cursor:
        for name, seconds in limits.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, str(int(seconds * 1000))])
    try:
        yield
    finally:
        if connection.connection is not None and connection.is_usable():
            with connection.cursor() as cursor:
                for name in limits:
                    cursor.execute(f"RESET {name}")
