"""The arena's processes of a chaos run under the supervisor that `make run` uses: two web, two projectors, a worker, a provider.

python -m tests.chaos.supervise <pid of the runner> <provider's port> <web port> <web port>
"""

import os
import sys
from dataclasses import replace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")

from arena.embedded import children, supervisor
from arena.management.commands.run import processes
from tests.chaos.stage import NAME, NAMES

# One that lived so long has not crashed at its start, and comes back after the shortest pause.
HEALTHY_SECONDS = 1.0


def cast(provider: int, webs: list[int]) -> list[supervisor.Process]:
    """What runs, in the order of NAMES; each carries its name in its environment."""
    left, right = (processes("127.0.0.1", port, models=False) for port in webs)
    stage = supervisor.Process("provider", [sys.executable, "-m", "tests.chaos.provider", str(provider)])
    chosen = [stage, left[0], left[1], right[0], right[1], left[2]]
    return [
        replace(process, name=name, env={**os.environ, NAME: name}, healthy=HEALTHY_SECONDS)
        for name, process in zip(NAMES, chosen, strict=True)
    ]


if __name__ == "__main__":
    runner, provider, *webs = (int(argument) for argument in sys.argv[1:])
    children.die_with_parent(runner)
    raise SystemExit(supervisor.run(cast(provider, webs)))
