"""Kill, freeze and bring back every process of an arena under load, and see that nothing is lost: `python -m tests.chaos --seed 7`.

After each round of a few blows the arena must heal by itself within ten seconds, so far that a battle works from its prompt to its
place on every viewer's board, and the worker works; after every few rounds the promises of tests/chaos/promises.py are checked. Ends with 1 and keeps the logs if anything fails.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import time
from pathlib import Path

from tests.chaos import stage as stages
from tests.chaos.stage import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--voters", type=int, default=3)
    parser.add_argument("--viewers", type=int, default=4)
    chosen = parser.parse_args()
    logs = _logs(chosen.seed)
    stage = stages.make(logs / "processes.log")
    begun = time.monotonic()
    try:
        stage.prepare()
        start = stage.start()
        import django

        django.setup()
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # of this process, whose connections are cut like everybody's
        from tests.chaos.run import Run

        run = Run(stage, seed=chosen.seed, kills=chosen.kills, start=start)
        asyncio.run(run.play(voters=chosen.voters, viewers=chosen.viewers))
    finally:
        stage.stop()
    print(run.summary(time.monotonic() - begun))
    if run.failures:
        print(f"Logs: {logs.relative_to(ROOT)}", file=sys.stderr)
        return 1
    shutil.rmtree(logs)
    return 0


def _logs(seed: int) -> Path:
    folder = ROOT / "var" / "chaos" / f"{time.strftime('%Y%m%d-%H%M%S')}-{seed}"
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
