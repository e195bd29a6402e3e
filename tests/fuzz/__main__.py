"""Ask a real arena everything its OpenAPI schema knows, well and badly, as every role: `python -m tests.fuzz --requests 50000 --seed 7`.

No reply may be a fault (5xx) or differ from the schema; of allauth's own addresses, which its own schema describes, only the first is asked. Ends with 1, tells the first three requests of each kind of failure and keeps the
logs if anything fails. Requests are made up by schemathesis from the seed; ids are the server's own, so a run is alike, not the same.
"""

import argparse
import shutil
import sys
import time

from tests.chaos.stage import ROOT
from tests.fuzz import stage as stages


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1500)
    chosen = parser.parse_args()
    logs = ROOT / "var" / "fuzz" / f"{time.strftime('%Y%m%d-%H%M%S')}-{chosen.seed}"
    logs.mkdir(parents=True)
    stage = stages.make(logs / "processes.log")
    try:
        stage.start()
        import django

        django.setup()
        from tests.fuzz.run import Run

        run, begun = Run(stage.url, requests_=chosen.requests, seed=chosen.seed), time.monotonic()
        run.play()
    finally:
        stage.stop()
    print(run.summary(begun))
    if run.found.failures:
        print(f"Logs: {logs.relative_to(ROOT)}", file=sys.stderr)
        return 1
    shutil.rmtree(logs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
