"""One chaos run: load, blows, healing, promises, and the table at the end."""

import asyncio
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings

from tests.chaos import promises
from tests.chaos.blows import Blow, blows, strike
from tests.chaos.cores import Used
from tests.chaos.crowd import Broken, Person, Record, Viewer, voter
from tests.chaos.promises import HEAL_SECONDS
from tests.chaos.stage import NAMES, Stage, ready

CHECK_EVERY = 4
MOST_TOGETHER = 9
GIVE_UP_SECONDS = 60.0
SLOWEST_SHOWN = 5


@dataclass(slots=True)
class Healing:
    """How one round ended: the seconds from its last blow (the thaw, for a freeze) to a battle that worked end to end, and to each step."""

    round: int
    blows: list[Blow]
    before: Used
    begun: float = field(default_factory=time.monotonic)
    steps: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    cores: str = ""

    def step(self, name: str) -> None:
        self.steps[name] = time.monotonic() - self.begun

    def end(self, now: Used) -> None:
        self.seconds = time.monotonic() - self.begun
        ours = max(0.0, now.ours - self.before.ours) / self.seconds
        others = max(0.0, (now.all - self.before.all) / self.seconds - ours)
        self.cores = f"of {os.cpu_count()} cores it had {ours:.1f}, others {others:.1f}"

    def __str__(self) -> str:
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in sorted(self.steps.items(), key=lambda step: step[1]))
        return f"{self.seconds:.1f} s in round {self.round} ({', '.join(map(str, self.blows))}): {steps}; {self.cores}"


@dataclass(slots=True)
class Run:
    """What happened."""

    stage: Stage
    seed: int
    kills: int
    start: float
    record: Record = field(default_factory=Record)
    healed: list[Healing] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    checks: int = 0
    viewers: list[Viewer] = field(default_factory=list)

    async def play(self, *, voters: int, viewers: int) -> None:
        """All the blows, under load; stops at the first that leaves the arena broken."""
        rng = random.Random(self.seed + 1)
        people = [Person(self._turned(number), self.record, random.Random(rng.random())) for number in range(voters + 1)]
        self.viewers = [Viewer(self._turned(number), self.record) for number in range(viewers)]
        people[0].outcomes = ("a", "b", "tie")
        await people[0].arrive()
        tasks = [asyncio.create_task(voter(person)) for person in people[1:]]
        tasks += [asyncio.create_task(viewer.watch()) for viewer in self.viewers]
        try:
            for round, together in enumerate(_rounds(list(blows(self.seed, self.kills)), rng), 1):
                for blow in together:
                    await asyncio.sleep(blow.after)
                    self._note(f"round {round}: {blow}")
                    await strike(blow, self.stage)
                await self._heal(round, together, people[0])
                if round % CHECK_EVERY == 0:
                    await self._check(round)
                ended = [task for task in tasks if task.done()]
                self.failures += [f"in round {round}: {task.exception()!r}" for task in ended]
                if ended or self.failures:
                    break
            await self._check(0)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for person in people:
                await person.close()
        await self._end()
        self.failures += self.slow

    def _turned(self, number: int) -> list[str]:
        urls = self.stage.urls
        return urls if number % 2 == 0 else urls[::-1]

    async def _heal(self, round: int, together: list[Blow], canary: Person) -> None:
        healing = Healing(round, together, self.stage.used())
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                await self._serving(healing)
                await asyncio.gather(self._battle(canary, healing), self._worker(healing))
        except (TimeoutError, Broken) as error:
            healing.end(self.stage.used())
            self.failures.append(f"round {round} was not healed: {error!r}; {healing}")
            return
        healing.end(self.stage.used())
        self.healed.append(healing)
        if healing.seconds > HEAL_SECONDS:
            self.slow.append(f"healed only after {healing}")
        self._note(f"healed after {healing}; {len(self.record.votes)} votes")

    def _note(self, sentence: str) -> None:
        with self.stage.log.with_name("blows.log").open("a") as log:
            print(time.strftime("%H:%M:%S"), sentence, file=log)

    async def _serving(self, healing: Healing) -> None:
        """Every process runs and answers."""
        while set(self.stage.pids()) != set(NAMES):
            await asyncio.sleep(0.05)
        healing.step("all started")
        for url in self.stage.urls:
            while not await asyncio.to_thread(ready, url):
                await asyncio.sleep(0.05)
        healing.step("web ready")

    async def _battle(self, canary: Person, healing: Healing) -> None:
        """From the prompt to the vote, its number, and the board of everybody who watches."""
        while True:
            view = await canary.sit()
            if view["vote"]["rated"]:
                break
        healing.step("vote taken")
        while (view := await canary.look(view["id"]))["vote"]["seq"] is None:
            await asyncio.sleep(0.05)
        healing.step("vote numbered")
        while not all(viewer.seq >= view["vote"]["seq"] for viewer in self.viewers):
            await asyncio.sleep(0.05)
        healing.step("board seen")

    async def _worker(self, healing: Healing) -> None:
        if not await asyncio.to_thread(promises.worked, GIVE_UP_SECONDS):
            raise Broken("a job was not done")
        healing.step("job done")

    async def _check(self, round: int) -> None:
        self.checks += 1
        found = await asyncio.to_thread(promises.broken, list(self.record.votes))
        self.failures += [f"check {self.checks} (round {round or 'last'}): {sentence}" for sentence in found + self.record.wrongs[:5]]
        self.record.wrongs.clear()

    async def _end(self) -> None:
        """Once the load is gone, nothing may be left streaming for longer than its lease and the healer's round."""
        self.failures += [f"at the end: {sentence}" for sentence in self.record.wrongs[:5]]
        if await asyncio.to_thread(promises.stuck, settings.LEASE_SECONDS):
            self.failures.append("answers stream beyond their lease")

    def summary(self, seconds: float) -> str:
        """The table: blows by kind, how soon each was healed, the slowest and why, what the crowd saw, and what failed."""
        by_kind: dict[str, list[float]] = defaultdict(list)
        for healing in self.healed:
            for blow in healing.blows:
                by_kind[str(blow)].append(healing.seconds)
        lines = [f"{'blow':<22}{'times':>6}{'healed, median s':>18}{'slowest s':>11}"]
        for kind, took in sorted(by_kind.items()):
            lines.append(f"{kind:<22}{len(took):>6}{_median(took):>18.2f}{max(took):>11.2f}")
        every = [healing.seconds for healing in self.healed]
        lines.append(f"{'all':<22}{sum(map(len, by_kind.values())):>6}{_median(every):>18.2f}{max(every, default=0.0):>11.2f}")
        slowest = sorted(self.healed, key=lambda healing: healing.seconds, reverse=True)[:SLOWEST_SHOWN]
        lines += [f"slowest: {healing}" for healing in slowest]
        seen = ", ".join(f"{count} {what}" for what, count in sorted(self.record.counts.items()))
        lines.append(
            f"seed {self.seed}; {seconds:.0f} s; started in {self.start:.1f} s, to heal within {HEAL_SECONDS:g} s; {len(self.healed)} rounds; {len(self.record.votes)} acknowledged votes; {self.checks} checks; {seen}"
        )
        lines += [f"FAILED {sentence}" for sentence in self.failures] or ["every promise held"]
        return "\n".join(lines)


def _median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0


def _rounds(all: list[Blow], rng: random.Random) -> Iterator[list[Blow]]:
    """One to MOST_TOGETHER blows at a time: the next may fall before the arena has recovered from the last."""
    while all:
        together = rng.randint(1, MOST_TOGETHER)
        yield all[:together]
        all = all[together:]
