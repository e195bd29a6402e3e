"""A chain on which blocks become final only after a while, as everywhere but on the development chain."""

import contextlib
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from arena.chain.client import Chain
from tests.anvil import Anvil, Contracts
from tests.integration.settlement.stage import Town
from tests.processes import LiveArena

CONFIRMATIONS = 12
KILLED = 9


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


@pytest.fixture
def town(deployed_chain: Contracts, slow_chain: Chain, settings: Any) -> Town:
    settings.CONVERSION_MINIMUM = 1
    return Town.built(deployed_chain, slow_chain)


class Settler:
    """A process that settles, and dies where it is told; the next life is a new process."""

    def __init__(self, live: LiveArena, url: str):
        env = {"CHAIN_RPC_URL": url, "CHAIN_ID": "31337", "CHAIN_CONFIRMATIONS": str(CONFIRMATIONS), "FEE_PATIENCE_SECONDS": "3600"}
        self.live = live
        self.process = self._start(env)
        self.impatient: subprocess.Popen[str] | None = None
        self.env = env

    def _start(self, env: dict[str, str]) -> "subprocess.Popen[str]":
        import sys

        from tests.processes import ROOT

        argv = [sys.executable, "-m", "tests.integration.settlement.zygote"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process: subprocess.Popen[str] = subprocess.Popen(argv, cwd=ROOT, env=self.live.environment(**env), text=True, **pipes)
        self.live.children.append(process)  # type: ignore[arg-type]
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def round(self, times: int = 1, *, dies: str = "none", crossing: int = 1) -> bool:
        """Whether it was killed on the way."""
        return self._live(self.process, times, dies, crossing)

    def impatiently(self, *, dies: str = "none") -> bool:
        """One round of a process that replaces whatever is in no block yet."""
        if self.impatient is None:
            self.impatient = self._start({**self.env, "FEE_PATIENCE_SECONDS": "0"})
        return self._live(self.impatient, 1, dies, 1)

    def _live(self, process: "subprocess.Popen[str]", times: int, dies: str, crossing: int) -> bool:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{times} {crossing} {dies}\n")
        process.stdin.flush()
        ended = int(process.stdout.readline())
        assert ended in (0, KILLED), f"the settler ended with {ended}"
        return ended == KILLED

    def stop(self) -> None:
        for process in filter(None, (self.process, self.impatient)):
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe and pipe.close()
            process.wait(10)


@pytest.fixture
def settler(transactional_db: None, town: Town, anvil: Anvil) -> Iterator[Settler]:
    """Child processes around the committed town."""
    live = LiveArena.__new__(LiveArena)
    live.children, live.browsers = [], []
    found = Settler(live, anvil.url)
    try:
        yield found
    finally:
        found.stop()
        live.stop()
