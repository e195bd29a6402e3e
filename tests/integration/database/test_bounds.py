"""What every connection of the arena is bound by."""

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from arena.database import settings_of
from tests.processes import database_url

SHOWN = ("idle_in_transaction_session_timeout", "lock_timeout")


def _in_force(options: str) -> list[str]:
    with psycopg.connect(make_conninfo(database_url(), options=options)) as connection:
        return [str((connection.execute(f"SHOW {name}").fetchone() or ("",))[0]) for name in SHOWN]


def test_a_connection_neither_holds_nor_waits_for_locks_for_long(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGOPTIONS", raising=False)
    assert _in_force(settings_of(database_url(), 1)["OPTIONS"]["options"]) == ["5s", "10s"]
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=7s")
    assert _in_force(settings_of(database_url(), 1)["OPTIONS"]["options"]) == ["5s", "7s"]


def test_what_the_address_says_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=7s")
    told = settings_of("postgresql://ada:secret@somewhere:5433/hall?connect_timeout=2&sslmode=require&options=-c%20lock_timeout%3D3s", 4)
    assert (told["NAME"], told["USER"], told["PASSWORD"], told["HOST"], told["PORT"]) == ("hall", "ada", "secret", "somewhere", "5433")
    options = told["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"], options["pool"]["max_size"]) == ("2", "require", 4)
    assert options["options"].split("-c ")[-1] == "lock_timeout=3s"


def test_a_frozen_holder_of_a_lock_is_sent_away_and_told_so_when_it_wakes(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c idle_in_transaction_session_timeout=300")
    options = settings_of(database_url(), 1)["OPTIONS"]["options"]
    with psycopg.connect(make_conninfo(database_url(), options=options)) as frozen, psycopg.connect(database_url()) as other:
        frozen.execute("SELECT pg_advisory_xact_lock(4711)")
        other.execute("SELECT pg_advisory_xact_lock(4711)")  # waits until the first is sent away
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            frozen.execute("SELECT 1")
