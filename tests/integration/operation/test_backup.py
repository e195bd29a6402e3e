"""A backup restored into an empty database is the same arena; one over an arena in use is refused; a bad one changes nothing."""

import base64
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command

from arena import clock
from arena.battles import projector
from arena.chain.models import Deployment, Event
from arena.embedded import EmbeddedError, clients
from arena.management.commands import backup
from arena.outbound import Secret
from arena.providers import actions as providers
from arena.providers.models import Provider
from tests.cast import Arena
from tests.processes import ROOT, database_url, eventually

KEY, ENTERED = "sk-this-is-a-providers-key-0123456789", "sk-and-this-was-entered-0123456789"
ANOTHER = base64.urlsafe_b64encode(b"the keys of quite another arena.").decode()
TABLES = (
    "chain_deployment",
    "chain_event",
    "users_user",
    "battles_battle",
    "battles_answer",
    "battles_vote",
    "votelog_entry",
    "ledger_transfer",
    "ratings_rating",
)


def manage(url: str, *argv: str, **more: str) -> "subprocess.CompletedProcess[str]":
    env = os.environ | {"DATABASE_URL": url, "DEBUG": "1", "OPENAI_API_KEY": KEY, **more}
    return subprocess.run([sys.executable, "manage.py", *argv], cwd=ROOT, env=env, capture_output=True, text=True, timeout=100)


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url) as opened:
        return {table: opened.execute(f"SELECT t::text FROM {table} t ORDER BY 1").fetchall() for table in TABLES}


@pytest.fixture
def elsewhere(transactional_db: None) -> Iterator[str]:
    """The address of another, empty database."""
    name = f"restored_{uuid.uuid4().hex[:8]}"
    here = database_url()
    with psycopg.connect(here, autocommit=True) as opened:
        opened.execute(f"CREATE DATABASE {name}")
    yield urlsplit(here)._replace(path=f"/{name}").geturl()
    with psycopg.connect(here, autocommit=True) as opened:
        opened.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def voted(transactional_db: None) -> None:
    """An arena with votes, points, a board, and a contract with an event on a chain."""
    at = {"chain_id": 31337, "block_number": 3, "block_hash": "0x" + "1" * 64, "time": clock.now()}
    Deployment.objects.create(chain_id=31337, name="credits", address="0x" + "2" * 40, block=3, code_hash="0x" + "3" * 64)
    Event.objects.create(**at, contract="0x" + "2" * 40, name="Paused", args={}, transaction="0x" + "4" * 64, log_index=0, final=True)
    arena = Arena.seeded()
    providers.set_key(provider=Provider.objects.get(), key=Secret(ENTERED))
    for name, outcome in (("ada", "a"), ("ben", "tie"), ("cem", "skip")):
        person = arena.person(name)
        battle = person.open()["id"]
        arena.answer(battle)
        assert person.vote(battle, outcome).status_code == 200
    projector.project()


@pytest.mark.usefixtures("voted")
def test_a_backup_restored_into_an_empty_database_is_the_same_arena(elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    made = manage(database_url(), "backup", str(file))
    assert made.returncode == 0, made.stderr
    assert file.stat().st_mode & 0o077 == 0
    restored = manage(elsewhere, "restore", str(file))
    assert restored.returncode == 0, restored.stderr + restored.stdout
    assert "2 votes up to seq 3, no differences" in restored.stdout
    assert "ledger: no faults; log: 4 entries" in restored.stdout
    before = rows(database_url())
    assert before == rows(elsewhere)
    assert [len(before[table]) for table in ("battles_vote", "chain_deployment", "chain_event")] == [3, 1, 1]
    with psycopg.connect(elsewhere) as opened, pytest.raises(psycopg.Error, match="append-only"):
        opened.execute("DELETE FROM battles_vote")


@pytest.mark.usefixtures("voted")
def test_a_backup_holds_no_providers_key(tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    assert manage(database_url(), "backup", str(file)).returncode == 0
    program = clients.find("pg_restore", server=backup.server_major())
    plain = subprocess.run([program, "-f", "-", str(file)], capture_output=True, check=True).stdout
    assert b"Amber Labs" in plain
    assert b"gAAAA" in plain
    assert KEY.encode() not in plain
    assert ENTERED.encode() not in plain


@pytest.mark.usefixtures("voted")
def test_a_restore_without_the_keys_of_the_secrets_is_refused_or_forgets_them(elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    call_command("backup", str(file))
    refused = manage(elsewhere, "restore", str(file), SECRETS_KEYS=ANOTHER)
    assert refused.returncode == 1
    assert "SECRETS_KEYS does not open 1 secrets of the backup (provider Stage); nothing was changed" in refused.stderr
    with psycopg.connect(elsewhere) as opened:
        assert opened.execute("SELECT to_regclass('battles_vote')").fetchone() == (None,)
    forgotten = manage(elsewhere, "restore", str(file), "--forget-secrets", SECRETS_KEYS=ANOTHER)
    assert forgotten.returncode == 0, forgotten.stderr
    assert "forgotten: the secret of provider Stage" in forgotten.stdout
    with psycopg.connect(elsewhere) as opened:
        assert opened.execute("SELECT key_sealed FROM providers_provider").fetchall() == [("",)]


@pytest.mark.usefixtures("voted")
def test_a_restore_over_an_arena_in_use_must_be_forced(elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    call_command("backup", str(file))
    assert manage(elsewhere, "restore", str(file)).returncode == 0
    with psycopg.connect(elsewhere) as opened:
        opened.execute("UPDATE battles_answer SET text = 'changed since'")
    refused = manage(elsewhere, "restore", str(file))
    assert refused.returncode == 1
    assert "The arena is not empty (users_user, battles_battle, votelog_entry, ledger_transfer)" in refused.stderr
    assert rows(elsewhere) != rows(database_url())
    forced = manage(elsewhere, "restore", str(file), "--force")
    assert forced.returncode == 0, forced.stderr
    assert rows(elsewhere) == rows(database_url())


@pytest.fixture
def broken_off(elsewhere: str, tmp_path: Path, voted: None) -> str:
    """The address of an arena whose restore was killed while the backup was loaded."""
    file = tmp_path / "arena.backup"
    call_command("backup", str(file))
    assert manage(elsewhere, "restore", str(file)).returncode == 0
    with psycopg.connect(elsewhere) as opened:
        opened.execute("UPDATE battles_answer SET text = 'changed since'")
    kill_at(LOADING, elsewhere, file)
    return elsewhere


# What is put into a restore to kill it at a point.
LOADING = "real = clients.run; clients.run = lambda *said: os.kill(os.getpid(), 9) if '--exit-on-error' in said[1] else real(*said)"
DELETING = "real = restore._run; restore._run = lambda *said: os.kill(os.getpid(), 9) if 'DROP SCHEMA before_restore_done' in said[0] else real(*said)"


def kill_at(point: str, url: str, file: Path) -> None:
    """Begin a restore over an arena in use, and kill it there."""
    script = (
        "import os, django; django.setup(); from django.core.management import call_command; from arena.embedded import clients;"
        f" from arena.management.commands import restore; {point}; call_command('restore', {str(file)!r}, force=True)"
    )
    env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "arena.settings", "DEBUG": "1"}
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, timeout=100).returncode == -signal.SIGKILL


def changed(url: str) -> bool:
    with psycopg.connect(url) as opened:
        return {text for (text,) in opened.execute("SELECT text FROM battles_answer")} == {"changed since"}


def test_what_a_killed_restore_put_aside_comes_back_and_nothing_is_made_in_its_place(broken_off: str, tmp_path: Path) -> None:
    refused = manage(broken_off, "migrate")
    assert refused.returncode == 1
    assert "A restore was broken off" in refused.stderr
    unmade = manage(broken_off, "backup", str(tmp_path / "empty"))
    assert (unmade.returncode, (tmp_path / "empty").exists()) == (1, False)
    assert "broken off" in unmade.stderr
    with psycopg.connect(broken_off, autocommit=True) as another:
        another.execute("SELECT pg_advisory_lock(hashtext('arena.restore'))")
        assert "Another restore is running" in manage(broken_off, "restore", "--put-back").stderr
        another.execute("SELECT pg_advisory_unlock_all()")
    told = manage(broken_off, "restore", "--put-back")
    assert told.returncode == 0, told.stderr
    assert changed(broken_off)
    assert manage(broken_off, "migrate").returncode == 0
    assert "nothing is put aside" in manage(broken_off, "restore", "--put-back").stderr


def test_a_restore_that_is_killed_when_all_is_proved_has_been_done(broken_off: str, tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    kill_at(DELETING, broken_off, file)
    assert rows(broken_off) == rows(database_url())
    assert manage(broken_off, "migrate").returncode == 0
    assert manage(broken_off, "restore", str(file), "--force").returncode == 0
    with psycopg.connect(broken_off) as opened:
        assert not opened.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'").fetchall()


def test_after_a_killed_restore_the_next_one_keeps_the_arena_too_until_its_backup_is_proved(broken_off: str, tmp_path: Path) -> None:
    good, torn = tmp_path / "arena.backup", tmp_path / "torn"
    torn.write_bytes(good.read_bytes()[:-2000])
    assert manage(broken_off, "restore", str(torn), "--force").returncode == 1
    assert changed(broken_off)
    assert manage(broken_off, "restore", str(good), "--force").returncode == 0
    assert rows(broken_off) == rows(database_url())


@pytest.mark.usefixtures("voted")
def test_a_backup_that_does_not_hold_together_leaves_everything_as_it_was(elsewhere: str, tmp_path: Path) -> None:
    good, bad, unsound, torn = (tmp_path / name for name in ("good", "bad", "unsound", "torn"))
    call_command("backup", str(good))
    assert manage(elsewhere, "restore", str(good)).returncode == 0
    with psycopg.connect(elsewhere) as opened:
        opened.execute("DELETE FROM ledger_hold")
    assert manage(elsewhere, "backup", str(unsound)).returncode == 0
    with psycopg.connect(elsewhere) as opened:
        opened.execute("UPDATE ratings_rating SET mu = mu + 1")
    assert manage(elsewhere, "backup", str(bad)).returncode == 0
    torn.write_bytes(good.read_bytes()[:-2000])
    was = rows(elsewhere)
    for file, reason in ((bad, "mu is"), (unsound, "ledger: the pending account"), (torn, "pg_restore failed")):
        refused = manage(elsewhere, "restore", str(file), "--force")
        assert refused.returncode == 1, refused.stdout
        assert reason in refused.stderr
        assert rows(elsewhere) == was


def test_a_backup_overwrites_nothing(transactional_db: None, tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    file.write_text("precious")
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", str(file))
    assert file.read_text() == "precious"


def test_a_backup_that_was_killed_is_in_nobodys_way(transactional_db: None, tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    env = os.environ | {"DATABASE_URL": database_url(), "DEBUG": "1"}
    with psycopg.connect(database_url()) as opened:
        opened.execute("LOCK TABLE battles_vote")  # pg_dump waits for that
        killed = subprocess.Popen([sys.executable, "manage.py", "backup", str(file)], cwd=ROOT, env=env, start_new_session=True)
        eventually(lambda: list(tmp_path.glob("*.part")), within=60, what="a part")
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    (left,) = tmp_path.iterdir()
    call_command("backup", str(file))
    assert sorted(tmp_path.iterdir()) == sorted([file, left])
    assert file.stat().st_mode & 0o077 == 0


def test_of_two_backups_of_one_name_at_once_the_later_overwrites_nothing(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "arena.backup"
    monkeypatch.setattr(clients, "run", lambda *_: file.write_text("precious"))
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", str(file))
    assert file.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [file]


def test_where_no_file_can_be_made_it_is_said(transactional_db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be made: No such file"):
        call_command("backup", str(tmp_path / "nowhere" / "arena.backup"))


def test_programs_older_than_the_server_are_not_used() -> None:
    with pytest.raises(EmbeddedError, match="pg_dump of PostgreSQL 99 or newer is needed"):
        clients.find("pg_dump", server=99)
