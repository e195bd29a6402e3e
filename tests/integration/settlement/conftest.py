"""A chain on which blocks become final only after a while, as everywhere but on the development chain."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from arena.chain.client import Chain
from tests.anvil import Anvil, Contracts
from tests.integration.settlement.stage import Town
from tests.processes import ROOT, database_url

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
    """Processes that settle and die where they are told; each life is a new one."""

    def __init__(self, url: str):
        ours = {"CHAIN_RPC_URL": url, "CHAIN_ID": "31337", "CHAIN_CONFIRMATIONS": str(CONFIRMATIONS), "DEBUG": "1", "PGOPTIONS": ""}
        self.env = {**os.environ, **ours, "DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY}
        self.started: dict[str, subprocess.Popen[str]] = {}

    def mother(self, name: str) -> "subprocess.Popen[str]":
        """Who has all of the code loaded, and brings forth those that live and die; one a name, for those that live at the same time."""
        if name not in self.started:
            patience = "0" if name == "impatient" else "3600"
            argv = [sys.executable, "-m", "tests.integration.settlement.zygote"]
            env = {**self.env, "FEE_PATIENCE_SECONDS": patience}
            process = subprocess.Popen(argv, cwd=ROOT, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.started[name] = process
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        return self.started[name]

    def round(self, times: int = 1, *, dies: str = "none", crossing: int = 1, name: str = "patient") -> bool:
        """Whether it was killed on the way."""
        self.begin(times, dies=dies, crossing=crossing, name=name)
        return self.end(name)

    def impatiently(self, *, dies: str = "none") -> bool:
        """One round of a process that replaces whatever is in no block yet."""
        return self.round(dies=dies, name="impatient")

    def begin(self, times: int = 1, *, dies: str = "none", crossing: int = 1, name: str = "patient") -> None:
        process = self.mother(name)
        assert process.stdin is not None
        process.stdin.write(f"{times} {crossing} {dies}\n")
        process.stdin.flush()

    def end(self, name: str = "patient") -> bool:
        process = self.mother(name)
        assert process.stdout is not None
        ended = int(process.stdout.readline())
        assert ended in (0, KILLED), f"the settler ended with {ended}"
        return ended == KILLED

    def stop(self) -> None:
        for process in self.started.values():
            with process:
                process.kill()


@pytest.fixture(scope="session")
def _mothers(settled_anvil: Anvil, django_db_setup: None, django_db_blocker: Any) -> Iterator[Settler]:
    with django_db_blocker.unblock():
        found = Settler(settled_anvil.url)
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def settler(transactional_db: None, town: Town, _mothers: Settler) -> Settler:
    """Child processes around the committed town."""
    return _mothers
