"""A migration never waits long for a lock, and leaves no time-out behind."""

import threading
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.core.management.commands import migrate as django_migrate
from django.db import connection
from pytest_django import Settings

from arena.management.commands import migrate
from tests.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)


def alters_votes(self: Any, *args: Any, **options: Any) -> None:
    """Stands for a migration that needs a table for itself."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE battles_vote IN ACCESS EXCLUSIVE MODE") if connection.in_atomic_block else cursor.execute(
            "DO $$ BEGIN LOCK TABLE battles_vote IN ACCESS EXCLUSIVE MODE; END $$"
        )


@pytest.fixture
def _impatient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIGRATE_LOCK_SECONDS = 0.2
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(django_migrate.Command, "handle", alters_votes)


@pytest.mark.usefixtures("_impatient")
def test_a_migration_gives_up_on_a_table_that_stays_locked(capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE battles_vote IN ACCESS SHARE MODE")
        with pytest.raises(CommandError, match="Somebody holds a lock"):
            call_command("migrate")
    assert capsys.readouterr().err.count("trying again") == migrate.TRIES - 1


@pytest.mark.usefixtures("_impatient")
def test_a_migration_goes_on_once_the_lock_is_gone() -> None:
    other = psycopg.connect(database_url())
    other.execute("LOCK TABLE battles_vote IN ACCESS SHARE MODE")
    leaving = threading.Timer(0.4, other.close)
    leaving.start()
    call_command("migrate")
    leaving.join()


def test_statements_are_bounded_while_migrating_and_not_afterwards(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIGRATE_LOCK_SECONDS, settings.MIGRATE_STATEMENT_SECONDS = 2.5, 60
    seen = []

    def limits(*args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
            seen.append(cursor.fetchone())

    limits()
    monkeypatch.setattr(django_migrate.Command, "handle", limits)
    call_command("migrate")
    limits()
    assert seen == [("10s", "0"), ("2500ms", "1min"), ("10s", "0")]
