"""What the pools do when the database has been restarted: everything that they hold is dead.

Whoever is not served within a pool's patience gets PoolTimeout. That nobody pauses between two dead connections is seen by the pauses
themselves, which the library makes with `sleep` and `asyncio.sleep`.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from arena import asyncdb
from arena.asyncdb import AsyncPool
from arena.database import RECONNECT_SECONDS
from arena.database.pools import Pool, silent
from tests.processes import database_url

NAME = "test-pools"
PATIENCE = 3.0


def _cut(name: str = NAME) -> int:
    """End every connection of that application to this database; how many there were."""
    with psycopg.connect(database_url()) as cutter:
        row = cutter.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            [name],
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def address(transactional_db: None) -> str:
    return make_conninfo(database_url(), application_name=NAME)


@pytest.fixture
def pool(address: str) -> Iterator[Pool[Any]]:
    opened: Pool[Any]
    with Pool(address, min_size=6, max_size=6, timeout=PATIENCE, reconnect_timeout=RECONNECT_SECONDS) as opened:
        opened.wait(10)
        yield opened


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each pause is that is made from now on, by a pool or by us, in a thread or in an event loop."""
    made: list[float] = []
    sleep, asleep = time.sleep, asyncio.sleep

    def pause(seconds: float) -> None:
        made.append(seconds)
        sleep(seconds)

    async def wait(seconds: float, *result: Any) -> Any:
        made.append(seconds)
        return await asleep(seconds, *result)

    monkeypatch.setattr("psycopg_pool.pool.sleep", pause)
    monkeypatch.setattr(time, "sleep", pause)
    monkeypatch.setattr(asyncio, "sleep", wait)
    return made


def test_a_pool_whose_connections_are_all_dead_serves_the_next_who_asks(pool: Pool[Any], pauses: list[float]) -> None:
    assert _cut() == 6
    with pool.connection() as taken:
        taken.execute("SELECT 1")
    assert not pauses


def test_the_librarys_own_pool_pauses_at_each_of_them_until_it_gives_up(address: str, pauses: list[float]) -> None:
    """Else the tests around it would see nothing, and the pool of ours would not be needed any more."""
    opened: ConnectionPool[Any]
    check = ConnectionPool.check_connection
    with ConnectionPool(address, min_size=6, max_size=6, timeout=PATIENCE, reconnect_timeout=RECONNECT_SECONDS, check=check) as opened:
        opened.wait(10)
        assert _cut() == 6
        with pytest.raises(PoolTimeout):
            opened.getconn()
    assert sum(pauses) > PATIENCE / 2


def test_all_who_ask_at_once_after_a_cut_are_served(pool: Pool[Any], pauses: list[float]) -> None:
    assert _cut() == 6
    served: list[object] = []

    def ask() -> None:
        with pool.connection() as taken:
            served.append(taken.execute("SELECT pg_sleep(0.01)"))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(served) == 12
    assert not pauses


def test_a_living_connection_is_not_asked_whether_it_lives_and_one_with_a_notice_is(
    pool: Pool[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    check = Pool.check_connection

    def noted(taken: Any) -> None:
        asked.append(taken)
        check(taken)

    monkeypatch.setattr(Pool, "check_connection", staticmethod(noted))
    taken = pool.getconn()
    assert silent(taken)
    assert asked == []
    taken.execute("LISTEN pools")
    taken.commit()
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("NOTIFY pools")
    until = time.monotonic() + 5
    while silent(taken) and time.monotonic() < until:
        time.sleep(0.01)
    assert not silent(taken)
    pool.putconn(taken)
    again = [pool.getconn() for _ in range(6)]
    assert asked == [taken]  # it lives, so it was given out
    assert taken in again
    for one in again:
        pool.putconn(one)


def test_a_pool_gives_up_in_time_when_nobody_gives_back(pool: Pool[Any]) -> None:
    def gives_up_after(patience: float | None) -> float:
        began = time.monotonic()
        with pytest.raises(PoolTimeout):
            pool.getconn(timeout=patience)
        return time.monotonic() - began

    taken = [pool.getconn() for _ in range(6)]
    own, given = gives_up_after(None), min(gives_up_after(PATIENCE / 15) for _ in range(3))
    assert own > PATIENCE * 0.9
    assert PATIENCE / 15 * 0.9 < given < own / 2
    for one in taken:
        pool.putconn(one)


async def test_an_asynchronous_pool_whose_connections_are_all_dead_serves_the_next_who_asks(address: str, pauses: list[float]) -> None:
    pool: AsyncPool[Any]
    taken: AsyncConnection[Any]
    async with AsyncPool(address, min_size=6, max_size=6, timeout=PATIENCE, reconnect_timeout=RECONNECT_SECONDS) as pool:
        await pool.wait(10)
        assert _cut() == 6
        pauses.clear()
        async with pool.connection() as taken:
            await taken.execute("SELECT 1")
        assert not pauses


def test_the_arena_runs_on_these_pools(transactional_db: None) -> None:
    assert isinstance(connection.pool, Pool)  # type: ignore[attr-defined]
    alone = connections.create_connection("default")
    alone.settings_dict = {**alone.settings_dict, "OPTIONS": {}}
    assert alone.pool is None  # type: ignore[attr-defined]


async def test_the_lean_routes_run_on_these_pools(transactional_db: None) -> None:
    try:
        async with asyncdb.connection() as taken:
            assert isinstance(taken._pool, AsyncPool)
    finally:
        await asyncdb.close()
