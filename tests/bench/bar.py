"""One measured bar: our figure, the limit taken in the same run, and their ratio."""

import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bar:
    """What a run found; `ratio` is always value / limit, and `bar` says in words what it must be."""

    name: str
    what: str
    value: float
    limit: float
    unit: str
    bar: str
    reached: bool
    runs: int
    spread: tuple[float, float]
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.value / self.limit if self.limit else float("nan")


Bench = Callable[[], list[Bar]]


def middle(values: list[float]) -> tuple[float, tuple[float, float]]:
    """The median of several runs, and their (smallest, largest)."""
    return statistics.median(values), (min(values), max(values))


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used so far, seconds (its threads too, its children not)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / resource_ticks()


def resource_ticks() -> int:
    """Clock ticks a second, the unit of /proc/<pid>/stat."""
    return os.sysconf("SC_CLK_TCK")


def own_cpu_seconds() -> float:
    """User and system time of this process so far, seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_bytes(pid: int) -> int:
    """Resident memory of a process, bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


def threads(pid: int) -> int:
    """How many threads a process has now."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def settle(seconds: float = 0.5) -> None:
    """Let what was started come to rest before measuring."""
    time.sleep(seconds)
