"""A door with a fresh arena behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.operation.serving import Door
from tests.processes import LiveArena


@pytest.fixture
def door(live_arena: LiveArena, tmp_path: Path) -> Iterator[Door]:
    made = Door(live_arena, tmp_path)
    yield made
    live_arena.stop()
    made.listening.close()
