"""Every test begins with closed breakers, no scripts but the files', and the door's own limits."""

from collections.abc import Iterator

import pytest

from arena import outbound
from arena.providers import registry, scripted


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    outbound.configure(outbound.Limits())
    yield
    outbound.configure(None)
    registry._breakers.clear()
    scripted.forget()
