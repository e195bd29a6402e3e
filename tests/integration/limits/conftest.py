"""Limits of a test's own, and easy work."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from arena.settings import Limit

NONE = Limit(0, 0, 0)
Allow = Callable[..., None]


@pytest.fixture
def allow(settings: Settings) -> Allow:
    """Call it with what is limited and how: `allow(battles=Limit(2, 0, 0))`; all else is not."""

    def allowing(**limits: Limit) -> None:
        settings.LIMITS = dict.fromkeys(settings.LIMITS, NONE) | limits

    return allowing


@pytest.fixture
def easy(settings: Settings) -> None:
    """Proof of work is always asked of guests, and takes a moment."""
    settings.POW_AFTER, settings.POW_WORK = 0, 50
