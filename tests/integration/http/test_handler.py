"""The API's requests run in threads that last, and hold a database connection no longer than they need it."""

import threading
from typing import Any

import pytest

from arena.database.base import DatabaseWrapper
from arena.providers.queries import ready_contenders
from tests.cast import Arena
from tests.integration.http.asgi import acting, ask


def held() -> int:
    """Connections of Django's pool that somebody holds."""
    stats = DatabaseWrapper._connection_pools["default"].get_stats()
    return stats["pool_size"] - stats["pool_available"]


def test_many_requests_share_few_threads_and_leave_no_connection_behind(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Arena.seeded()
    threads: list[str] = []

    def noting() -> Any:
        threads.append(threading.current_thread().name)
        return ready_contenders()

    async def often() -> list[tuple[int, int]]:
        return [((await ask("GET", "/api/v1/arena")).status, held()) for _ in range(12)]

    monkeypatch.setattr("arena.battles.api.arena.ready_contenders", noting)
    before = held()
    assert acting(often) == [(200, before)] * 12
    assert len(threads) == 12
    assert {name.split("_")[0] for name in threads} == {"api"}
    assert len(set(threads)) <= 3
