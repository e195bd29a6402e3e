"""An arena whose contracts stand on a chain that nobody asks."""

import pytest
from pytest_django import Settings

from tests.integration.credits import stage


@pytest.fixture(autouse=True)
def _credits(settings: Settings) -> None:
    settings.CHAIN_RPC_URL = "http://127.0.0.1:9"
    settings.CONVERSION_MINIMUM = 1


@pytest.fixture
def credited(db: None) -> None:
    """The contracts are deployed."""
    stage.deployed()
