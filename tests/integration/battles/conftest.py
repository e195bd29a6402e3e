"""Two web processes for the whole run (starting one takes seconds), and a fresh arena behind them for each test."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cast import Arena
from tests.integration.battles.stage import Stage, misbehaving
from tests.processes import LiveArena, Web

# Short enough to wait for, long enough for a busy machine.
PATIENCE = {"FIRST_TOKEN_SECONDS": "1.5", "IDLE_SECONDS": "1.5", "LEASE_SECONDS": "4", "BATTLES_PER_PROCESS": "20"}
# All who play here are of one network.
PLACES = {"BATTLES_NETWORK_SHARE": "1"}
_BUDGETS = ("DAILY_TOKENS", "DAILY_TOKENS_PERSON", "DAILY_COST_USD", "DAILY_COST_USD_PERSON")
UNCAPPED = {"REWARD_DAILY_CAP": "1000000", "REWARD_NETWORK_CAP": "1000000", **dict.fromkeys(_BUDGETS, "0")}


@pytest.fixture(scope="session")
def house(django_db_setup: None) -> Iterator[LiveArena]:
    """Processes that outlive a test."""
    live = LiveArena(Arena({}))
    try:
        yield live
    finally:
        live.stop()


@pytest.fixture(scope="session")
def webs(house: LiveArena) -> tuple[Web, Web]:
    with ThreadPoolExecutor(2) as pool:
        left, right = pool.map(lambda _: house.web(**PATIENCE, **PLACES, **UNCAPPED), range(2))
    return left, right


@pytest.fixture
def stage(transactional_db: None, house: LiveArena, webs: tuple[Web, Web]) -> Iterator[Stage]:
    """The four of the cast, two web processes and a provider that misbehaves; everything else is new."""
    house.arena = Arena.seeded()
    lasting = len(house.children)
    with misbehaving() as server:
        yield Stage(house, *webs, server)
    house.dismiss(keep=lasting)
