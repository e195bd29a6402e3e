"""One chaos run: load, blows, healing, promises, and the table at the end."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from django.conf import settings

from tests.chaos import promises
from tests.chaos.blows import Blow, blows, strike
from tests.chaos.crowd import Broken, Person, Record, Viewer, voter
from tests.chaos.promises import HEAL_SECONDS
from tests.chaos.stage import Stage, ready
from tests.chaos.supervise import NAMES

CHECK_EVERY = 10
GIVE_UP_SECONDS = 60.0


@dataclass(slots=True)
class Run:
    """What happened. `healed` are the seconds from each blow (from the thaw, for a freeze) to a battle that worked end to end."""

    stage: Stage
    seed: int
    kills: int
    record: Record = field(default_factory=Record)
    healed: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    checks: int = 0
    viewers: list[Viewer] = field(default_factory=list)

    async def play(self, *, voters: int, viewers: int) -> None:
        """All the blows, under load; stops at the first that leaves the arena broken."""
        rng = random.Random(self.seed + 1)
        people = [Person(self._turned(number), self.record, random.Random(rng.random())) for number in range(voters + 1)]
        self.viewers = [Viewer(self._turned(number), self.record) for number in range(viewers)]
        await people[0].arrive()
        tasks = [asyncio.create_task(voter(person)) for person in people[1:]]
        tasks += [asyncio.create_task(viewer.watch()) for viewer in self.viewers]
        try:
            for number, blow in enumerate(blows(self.seed, self.kills), 1):
                await asyncio.sleep(blow.after)
                await self._one(number, blow, people[0])
                if number % CHECK_EVERY == 0 or number == self.kills:
                    await self._check(number)
                ended = [task for task in tasks if task.done()]
                self.failures += [f"after blow {number}: {task.exception()!r}" for task in ended]
                if ended or self.failures:
                    break
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for person in people:
                await person.close()
        await self._end()

    def _turned(self, number: int) -> list[str]:
        urls = self.stage.urls
        return urls if number % 2 == 0 else urls[::-1]

    async def _one(self, number: int, blow: Blow, canary: Person) -> None:
        self._note(f"{number} {blow.victim} {blow.way}")
        await strike(blow, self.stage)
        begun = time.monotonic()
        steps: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
            ("every process runs and answers", self._serving),
            ("a battle works end to end", lambda: self._battle(canary)),
            ("the worker works", self._worker),
        )
        for what, step in steps:
            try:
                await asyncio.wait_for(step(), GIVE_UP_SECONDS)
            except (TimeoutError, Broken) as error:
                self.failures.append(f"blow {number} ({blow.victim} {blow.way}): {what}: {error!r}")
                return
            if time.monotonic() - begun > HEAL_SECONDS:
                self.failures.append(f"blow {number} ({blow.victim} {blow.way}): {what} only after {time.monotonic() - begun:.1f} s")
                return
        self.healed[str(blow)].append(time.monotonic() - begun)
        self._note(f"{number} {blow.victim} {blow.way}: healed in {time.monotonic() - begun:.2f} s, {len(self.record.votes)} votes")

    def _note(self, sentence: str) -> None:
        with self.stage.log.with_name("blows.log").open("a") as log:
            print(time.strftime("%H:%M:%S"), sentence, file=log)

    async def _serving(self) -> None:
        while set(self.stage.pids()) != set(NAMES) or not all([await asyncio.to_thread(ready, url) for url in self.stage.urls]):
            await asyncio.sleep(0.1)

    async def _battle(self, canary: Person) -> None:
        """From the prompt to the vote, its number, and the board of everybody who watches."""
        while True:
            view = await canary.sit()
            if view["vote"]["rated"]:
                break
        while (view := await canary.look(view["id"]))["vote"]["seq"] is None:
            await asyncio.sleep(0.05)
        while not all(viewer.seq >= view["vote"]["seq"] for viewer in self.viewers):
            await asyncio.sleep(0.05)

    async def _worker(self) -> None:
        if not await asyncio.to_thread(promises.worked):
            raise Broken("a job was not done")

    async def _check(self, number: int) -> None:
        self.checks += 1
        found = await asyncio.to_thread(promises.broken, list(self.record.votes))
        self.failures += [f"after blow {number}: {sentence}" for sentence in found + self.record.wrongs[:5]]
        self.record.wrongs.clear()

    async def _end(self) -> None:
        """Once the load is gone, nothing may be left streaming for longer than its lease and the healer's round."""
        self.failures += [f"at the end: {sentence}" for sentence in self.record.wrongs[:5]]
        if await asyncio.to_thread(promises.stuck, settings.LEASE_SECONDS):
            self.failures.append("answers stream beyond their lease")

    def summary(self, seconds: float) -> str:
        """The table: blows by kind, how soon each was healed, what the crowd saw, and what failed."""
        lines = [f"{'blow':<22}{'times':>6}{'healed, median s':>18}{'slowest s':>11}"]
        for kind, took in sorted(self.healed.items()):
            lines.append(f"{kind:<22}{len(took):>6}{sorted(took)[len(took) // 2]:>18.2f}{max(took):>11.2f}")
        done = sum(map(len, self.healed.values()))
        lines.append(f"{'all':<22}{done:>6}")
        seen = ", ".join(f"{count} {what}" for what, count in sorted(self.record.counts.items()))
        lines.append(f"seed {self.seed}; {seconds:.0f} s; {len(self.record.votes)} acknowledged votes; {self.checks} checks; {seen}")
        lines += [f"FAILED {sentence}" for sentence in self.failures] or ["every promise held"]
        return "\n".join(lines)
