"""What the pools do when the database has been restarted: everything that they hold is dead."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolTimeout

from arena import asyncdb
from arena.asyncdb import AsyncPool
from arena.database import RECONNECT_SECONDS
from arena.database.pools import Pool, silent
from tests.processes import database_url

NAME = "test-pools"
SOON = 1.0


def _cut(name: str = NAME) -> int:
    """End every connection of that application; how many there were."""
    with psycopg.connect(database_url()) as cutter:
        row = cutter.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = %s", [name]
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def address(transactional_db: None) -> str:
    return make_conninfo(database_url(), application_name=NAME)


@pytest.fixture
def pool(address: str) -> Iterator[Pool[Any]]:
    opened: Pool[Any]
    with Pool(address, min_size=6, max_size=6, timeout=3, reconnect_timeout=RECONNECT_SECONDS) as opened:
        opened.wait(10)
        yield opened


def _seconds(what: Callable[[], object]) -> float:
    began = time.monotonic()
    what()
    return time.monotonic() - began


def test_a_pool_whose_connections_are_all_dead_serves_the_next_who_asks(pool: Pool[Any]) -> None:
    assert _cut() == 6

    def ask() -> None:
        with pool.connection() as taken:
            taken.execute("SELECT 1")

    assert _seconds(ask) < SOON


def test_all_who_ask_at_once_after_a_cut_are_served(pool: Pool[Any]) -> None:
    assert _cut() == 6
    took: list[float] = []

    def ask() -> None:
        with pool.connection() as taken:
            taken.execute("SELECT pg_sleep(0.01)")
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == 12
    assert max(took) < SOON


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
    taken = [pool.getconn() for _ in range(6)]
    began = time.monotonic()
    with pytest.raises(PoolTimeout):
        pool.getconn(timeout=0.2)
    assert 0.15 < time.monotonic() - began < SOON
    for one in taken:
        pool.putconn(one)


async def test_an_asynchronous_pool_whose_connections_are_all_dead_serves_the_next_who_asks(address: str) -> None:
    pool: AsyncPool[Any]
    taken: AsyncConnection[Any]
    async with AsyncPool(address, min_size=6, max_size=6, timeout=3, reconnect_timeout=RECONNECT_SECONDS) as pool:
        await pool.wait(10)
        assert _cut() == 6
        began = time.monotonic()
        async with pool.connection() as taken:
            await taken.execute("SELECT 1")
        assert time.monotonic() - began < SOON


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
