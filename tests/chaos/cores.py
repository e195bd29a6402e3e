"""Who uses the machine's cores: a round that healed slowly may have had none."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of processor time since the machine began: by everybody, and by the processes that were asked about."""

    all: float
    ours: float


def used(pids: Iterable[int]) -> Used:
    """Of `pids` with what their dead children used; those who have gone count as nothing."""
    line = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    user, nice, system, _, _, interrupts, soft = map(int, line[1:8])
    return Used((user + nice + system + interrupts + soft) / _TICKS, sum(map(_of, pids)))


def _of(pid: int) -> float:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return sum(map(int, _fields(pid)[11:15])) / _TICKS
    return 0.0


def parent(pid: int) -> int:
    """Raises FileNotFoundError when there is no such process."""
    return int(_fields(pid)[1])


def _fields(pid: int) -> list[str]:
    """Of /proc/<pid>/stat, what follows the name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
