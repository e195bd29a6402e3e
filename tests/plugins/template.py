"""Tables are made once a run, and copied for every worker: making them anew takes each a minute."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def made_once(folder: Path) -> None:
    """Migrate the database of `DATABASE_URL`, or wait until another worker of this run has; `folder` is the run's own."""
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "template.done"
        if not done.exists():
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=os.environ, check=True)
            done.touch()
