"""A chain on which blocks become final only after a while, as everywhere but on the development chain."""

from typing import Any

import pytest

from arena.chain.client import Chain
from tests.anvil import Anvil, Contracts

CONFIRMATIONS = 12


@pytest.fixture
def slow_chain(deployed_chain: Contracts, settings: Any) -> Chain:
    """The chain with our contracts; final is what lies 12 blocks below the head."""
    settings.CHAIN_CONFIRMATIONS = CONFIRMATIONS
    deployed_chain.anvil.mine(CONFIRMATIONS)
    return Chain(deployed_chain.anvil.url, deployed_chain.anvil.chain.id, seconds=10, confirmations=CONFIRMATIONS)


@pytest.fixture
def held(slow_chain: Chain, anvil: Anvil) -> Anvil:
    """The same, which mines when it is told to."""
    anvil.hold()
    return anvil
