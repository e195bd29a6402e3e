"""What befalls the arena: which process, and whether it is killed, frozen, or ended without a goodbye."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.stage import NAMES, Stage

LONGEST_FREEZE = 3.0
WAYS = dict.fromkeys(NAMES, ("kill", "freeze")) | {"postgres": ("kill", "immediate", "backend", "freeze")}


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault. `seconds` is how long a freeze lasts; `after` how long the load runs before it falls."""

    victim: str
    way: str
    seconds: float
    after: float

    def __str__(self) -> str:
        kind = self.victim.partition("-")[0]
        return f"{kind} {self.way}"


def blows(seed: int, count: int) -> Iterator[Blow]:
    """The same for the same seed; every victim and way once before chance decides."""
    rng = random.Random(seed)
    every = [(victim, way) for victim, ways in WAYS.items() for way in ways]
    rng.shuffle(every)
    for number in range(count):
        victim, way = every[number] if number < len(every) else rng.choice(every)
        yield Blow(victim, way, seconds=rng.uniform(0.2, LONGEST_FREEZE), after=rng.uniform(0, 0.6))


async def strike(blow: Blow, stage: Stage) -> None:
    """Let it fall; returns at once after a kill, and at the thaw after a freeze."""
    victims = stage.postgres_pids() if blow.victim == "postgres" else [pid for pid in [stage.pids().get(blow.victim)] if pid]
    match blow.way:
        case "freeze":
            _signal(victims, signal.SIGSTOP)
            await asyncio.sleep(blow.seconds)
            _signal(victims, signal.SIGCONT)
        case "immediate":
            _signal(victims[:1], signal.SIGQUIT)
        case "backend":
            # PostgreSQL takes the death of one process of its own as a crash of all.
            _signal(victims[-1:], signal.SIGKILL)
        case _:
            _signal(victims[:1], signal.SIGKILL)


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
