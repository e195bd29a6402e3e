"""Whoever runs the catalogue, and a contender that nobody else knows of."""

import pytest
from django.core.cache import cache

from tests.cast import Arena
from tests.integration.console.staff import Operator

EVERYTHING = tuple(f"{verb}_{noun}" for noun in ("provider", "contender") for verb in ("view", "add", "change"))


@pytest.fixture
def olga(arena: Arena) -> Operator:
    cache.clear()
    return Operator("olga", *EVERYTHING)
