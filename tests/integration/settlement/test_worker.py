"""The worker's own rounds: by themselves, and with a worker that is frozen and wakes."""

import signal
from typing import Any

import pytest

from tests.anvil import DELAY, Anvil
from tests.integration.settlement.stage import Town, alarms, signed
from tests.processes import LiveArena, eventually

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def worker(live_arena: LiveArena, anvil: Anvil) -> Any:
    return live_arena.start("manage.py", "worker", CHAIN_RPC_URL=anvil.url, CHAIN_ID="31337", CHAIN_CONFIRMATIONS="0", SETTLE_SECONDS="1")


def test_workers_bring_epochs_to_their_end_and_one_that_was_frozen_does_no_harm(live_arena: LiveArena, town: Town, anvil: Anvil) -> None:
    town.seal(ada=30, ben=12)
    first = worker(live_arena, anvil)
    eventually(lambda: town.head == 1, within=60, what="the post")
    first.send_signal(signal.SIGSTOP)
    second = worker(live_arena, anvil)
    anvil.pass_time(DELAY)
    eventually(lambda: town.anchored == 1, within=60, what="the anchor, by another worker")
    town.seal(ben=5)
    eventually(lambda: town.head == 2, within=30, what="the next post")
    first.send_signal(signal.SIGCONT)
    anvil.pass_time(DELAY)
    eventually(lambda: town.anchored == 2, within=30, what="the next anchor")
    assert (first.poll(), second.poll()) == (None, None)
    assert signed() == ["post:1", "anchor:1", "post:2", "anchor:2"]
    town.check_chain()
    assert not alarms()
