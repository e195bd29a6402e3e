"""A real PostgreSQL: started, shared, killed, healed, stopped."""

import os
import pwd
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

from arena.embedded import EmbeddedError, account, locks, postgres, postmaster
from arena.embedded.cluster import Cluster
from tests.integration.embedded.conftest import address, end, eventually, is_alive, start_user


def silent(sentence: str) -> None:
    pass


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def server_pid(cluster: Cluster) -> int:
    pid = postmaster.running_pid(cluster.data)
    assert pid is not None
    return pid


def keeper_pid(cluster: Cluster) -> int:
    found = subprocess.run(["pgrep", "-f", f"arena.embedded.keeper {cluster.folder} "], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])


def test_the_database_is_durable_and_utf8_and_its_role_no_superuser(cluster: Cluster) -> None:
    told: list[str] = []
    url = postgres.attach(cluster, progress=told.append)
    assert told == ["Preparing the database (first start only) ..."]
    assert ask(url, "SHOW fsync") == "on"
    assert ask(url, "SHOW server_version_num") >= "180000"  # type: ignore[operator]
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert int(str(ask(url, "SHOW max_connections"))) == 200
    assert ask(url, "SELECT current_database() || ' ' || current_user") == "evenhand evenhand"
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_it_stops_after_its_last_user_and_keeps_what_was_written(cluster: Cluster) -> None:
    url = postgres.attach(cluster, progress=silent)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pid = server_pid(cluster)
    postgres.detach(cluster, wait=10)
    assert not is_alive(pid)
    assert not cluster.state.exists()
    told: list[str] = []
    assert ask(postgres.attach(cluster, progress=told.append), "SELECT answer FROM kept") == 42
    assert told == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_stays_for_a_second_process_and_stops_however_the_last_one_ends(cluster: Cluster, number: int) -> None:
    first, second = start_user(cluster.folder), start_user(cluster.folder)
    url = address(first)
    assert address(second) == url
    pid = server_pid(cluster)
    end(first)
    assert not eventually(lambda: not is_alive(pid), 0.4)
    assert ask(url, "SELECT 1") == 1
    end(second, number)
    assert eventually(lambda: not is_alive(pid))


def test_two_starters_at_once_share_one_server(cluster: Cluster) -> None:
    users = [start_user(cluster.folder) for _ in range(3)]
    urls = {address(user) for user in users}
    assert len(urls) == 1
    assert ask(urls.pop(), "SELECT 1") == 1
    found = subprocess.run(["pgrep", "-fc", f"bin/postgres -D {cluster.data} "], capture_output=True, text=True, check=False)
    assert int(found.stdout) == 1
    for user in users:
        end(user)


def test_a_stale_lock_after_a_kill_heals(cluster: Cluster) -> None:
    user = start_user(cluster.folder)
    url = address(user)
    ask(url, "SELECT 1")
    server, keeper = server_pid(cluster), keeper_pid(cluster)
    for pid in (keeper, server, user.pid):
        os.kill(pid, signal.SIGKILL)
    user.communicate()
    assert eventually(lambda: not is_alive(server))
    assert (cluster.data / "postmaster.pid").exists()
    assert cluster.state.exists()
    assert ask(postgres.attach(cluster, progress=silent), "SELECT 1") == 1


def test_a_pid_file_that_names_a_stranger_heals(cluster: Cluster) -> None:
    postgres.attach(cluster, progress=silent)
    contents = (cluster.data / "postmaster.pid").read_text()
    postgres.detach(cluster, wait=10)
    stranger = contents.replace(contents.splitlines()[0], str(os.getpid()), 1)
    (cluster.data / "postmaster.pid").write_text(stranger)
    assert postmaster.running_pid(cluster.data) is None
    assert ask(postgres.attach(cluster, progress=silent), "SELECT 1") == 1


def test_a_killed_server_comes_back_under_its_users(cluster: Cluster) -> None:
    url = postgres.attach(cluster, progress=silent)
    killed = server_pid(cluster)
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: postmaster.running_pid(cluster.data) not in (None, killed) and cluster.state.exists())
    assert ask(url, "SELECT 1") == 1


def test_a_killed_keeper_leaves_the_server_running_and_the_next_one_adopts_it(cluster: Cluster) -> None:
    url = postgres.attach(cluster, progress=silent)
    server = server_pid(cluster)
    os.kill(keeper_pid(cluster), signal.SIGKILL)
    assert eventually(lambda: not locks.is_held(cluster.lock("keeper")))
    assert ask(url, "SELECT 1") == 1
    assert postgres.attach(cluster, progress=silent) == url
    assert server_pid(cluster) == server
    postgres.detach(cluster, wait=10)
    assert eventually(lambda: not is_alive(server))


def test_a_kill_while_the_database_is_prepared_heals(cluster: Cluster) -> None:
    half = cluster.folder / "postgres.half"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    cluster.data.mkdir()
    assert ask(postgres.attach(cluster, progress=silent), "SELECT 1") == 1
    assert not half.exists()


def test_a_long_path_works_and_leaves_nothing_behind(folder: Path) -> None:
    cluster = Cluster(folder / ("a-long-name-" * 9) / "with, comma", linger=0.0)
    url = postgres.attach(cluster, progress=silent)
    assert ask(url, "SELECT 1") == 1
    postgres.detach(cluster, wait=10)
    assert not cluster.socket_folder.exists()


def test_a_folder_of_another_version_is_refused_with_its_name(cluster: Cluster) -> None:
    cluster.data.mkdir()
    (cluster.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match="written by PostgreSQL 16"):
        postgres.attach(cluster, progress=silent)


def test_a_folder_with_other_things_in_it_is_not_touched(cluster: Cluster) -> None:
    cluster.data.mkdir()
    (cluster.data / "thesis.txt").write_text("mine")
    with pytest.raises(EmbeddedError, match="is not empty"):
        postgres.attach(cluster, progress=silent)
    assert (cluster.data / "thesis.txt").read_text() == "mine"


def test_a_deleted_folder_ends_its_server(folder: Path) -> None:
    cluster = Cluster(folder / "data", linger=0.0)
    postgres.attach(cluster, progress=silent)
    pid = server_pid(cluster)
    # The server may remove its own files at the same moment.
    shutil.rmtree(cluster.folder, ignore_errors=True)
    assert eventually(lambda: not is_alive(pid))
    postgres.detach(cluster)


def test_a_throwaway_database_takes_its_folder_with_it(folder: Path) -> None:
    cluster = Cluster(folder / "data", throwaway=True, linger=0.0)
    assert ask(postgres.attach(cluster, progress=silent), "SHOW fsync") == "off"
    postgres.detach(cluster, wait=10)
    assert not cluster.folder.exists()


def test_threads_of_one_process_may_attach_at_once(cluster: Cluster) -> None:
    urls: list[str] = []
    threads = [threading.Thread(target=lambda: urls.append(postgres.attach(cluster, progress=silent))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(urls) == 4
    assert len(set(urls)) == 1


def test_closed_parents_are_reported_and_never_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    somebody = pwd.getpwnam("nobody")
    monkeypatch.setattr(account, "find_account", lambda: somebody)
    with pytest.raises(EmbeddedError, match=f"may not pass through {closed}"):
        postmaster.start(Cluster(closed / "data"), silent)
    assert closed.stat().st_mode & 0o777 == 0o700


def test_programs_that_the_account_cannot_reach_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = pwd.getpwnam("nobody")
    monkeypatch.setattr(account, "_open_to_all", lambda installed: False)
    programs = account.find_programs(folder, somebody)
    assert programs.is_relative_to(folder)
    shown = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=True)
    assert "PostgreSQL) 18" in shown.stdout
