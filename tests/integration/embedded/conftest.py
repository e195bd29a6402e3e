"""Folders and child processes for the tests of the embedded services."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arena.embedded import locks, postgres
from arena.embedded.cluster import Cluster
from arena.embedded.paths import checkout

USER = """
import sys, time
from pathlib import Path
from arena.embedded import postgres
from arena.embedded.cluster import Cluster
print(postgres.attach(Cluster(Path(sys.argv[1]), linger=0.0), progress=lambda sentence: None), flush=True)
time.sleep(60)
"""


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether `holds()` becomes true within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def start_user(folder: Path) -> subprocess.Popen[str]:
    """A process of its own that uses the database of `folder`; its first line of output is the address."""
    command = [sys.executable, "-c", USER, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(checkout())})


def end(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    """Send a signal, collect the process, close its pipes."""
    process.send_signal(number)
    process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    """The address that a process of `start_user` printed."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may pass through: as root PostgreSQL runs as a system user."""
    # In memory where there is room: the durable clusters here wait for the disk many times.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30
    place = Path(tempfile.mkdtemp(prefix="evenhand-test-", dir=memory if roomy else None))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster that is not started, and is stopped at the end whatever the test left behind."""
    one = Cluster(folder, linger=0.0)
    yield one
    postgres.detach(one)
    assert eventually(lambda: not locks.is_held(one.lock("keeper")), 20.0)
