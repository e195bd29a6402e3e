"""A circuit breaker: leaves a provider that keeps failing alone for a while. Pure; `now` is seconds on any steady clock."""

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Opens after `threshold` failures in a row; after `cooldown` seconds lets one probe through, whose fate decides.

    The pause is short at first, so that a provider that was merely started again is back within seconds, and doubles with each probe
    that fails, up to `longest` seconds.

    Each `enter` that gives a ticket is followed by one `settle` with it. A ticket from before the last opening or probe says nothing
    about now and is ignored, so that a late answer neither closes the breaker nor ends another's probe.
    """

    threshold: int = 5
    cooldown: float = 2.0
    longest: float = 60.0
    failures: int = 0
    opened_at: float | None = None
    probing: bool = False
    failed_probes: int = 0
    generation: int = 0

    @property
    def pause(self) -> float:
        """How many seconds pass between its opening and the next probe."""
        return min(self.cooldown * 2.0 ** min(self.failed_probes, 16), self.longest)

    def would_enter(self, now: float) -> bool:
        """Whether `enter` would give a ticket; changes nothing."""
        return self.opened_at is None or (not self.probing and now - self.opened_at >= self.pause)

    def enter(self, now: float) -> int | None:
        """A ticket for one request, or None while the provider is left alone."""
        if not self.would_enter(now):
            return None
        if self.opened_at is not None:
            self.probing = True
            self.generation += 1
        return self.generation

    def settle(self, ticket: int, *, well: bool | None, now: float) -> None:
        """Tell how the request went; None if it was given up before that was known (another may probe then)."""
        if ticket != self.generation:
            return
        if well is None:
            self.probing = False
        elif well:
            self.failures, self.opened_at, self.probing, self.failed_probes = 0, None, False, 0
        else:
            self.failures += 1
            if self.probing or self.failures >= self.threshold:
                self.failed_probes += self.probing
                self.opened_at, self.probing = now, False
                self.generation += 1
