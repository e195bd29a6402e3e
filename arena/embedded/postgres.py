"""Attach this process to the embedded PostgreSQL of a folder, starting it when nobody has yet."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from arena.embedded import locks
from arena.embedded.cluster import Cluster, Progress
from arena.embedded.errors import EmbeddedError
from arena.embedded.paths import checkout

WAIT_SECONDS = 30.0

_held: dict[Path, int] = {}


def attach(cluster: Cluster, progress: Progress) -> str:
    """Use the cluster until this process ends (or `detach`); return its address as a libpq URL.

    Starts the server when it does not run; any number of processes may call this at once. Processes made
    by fork count as users too; those made by exec must attach themselves. Raises EmbeddedError with a
    sentence for the operator when the server cannot run.
    """
    _make_folder(cluster.folder)
    starting = locks.hold(cluster.lock("starting"))
    assert starting is not None
    try:
        users = _held.pop(cluster.folder, None) or locks.hold(cluster.lock("users"), shared=True)
        assert users is not None
        try:
            url = _find_or_start(cluster, progress)
        except BaseException:
            locks.release(users)
            raise
        _held[cluster.folder] = users
        return url
    finally:
        locks.release(starting)


def detach(cluster: Cluster, *, wait: float = 0.0) -> None:
    """Stop using the cluster; wait up to `wait` seconds for it to stop, as it does after its last user."""
    users = _held.pop(cluster.folder, None)
    if users is not None:
        locks.release(users)
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline and _is_there(cluster):
        time.sleep(0.02)


def _is_there(cluster: Cluster) -> bool:
    return locks.is_held(cluster.lock("keeper")) or (cluster.throwaway and cluster.folder.exists())


def _make_folder(folder: Path) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # Whatever the umask: the account that runs PostgreSQL must pass through what we made.
            for path in missing:
                path.chmod(0o755)
    except OSError as error:
        raise EmbeddedError(f"{folder} cannot be made ({error.strerror}): set EVENHAND_DATA_DIR.") from None
    if not os.access(folder, os.W_OK):
        raise EmbeddedError(f"{folder} belongs to another user: set EVENHAND_DATA_DIR to a folder of your own.")


def _find_or_start(cluster: Cluster, progress: Progress) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if not locks.is_held(cluster.lock("keeper")):
            _start_keeper(cluster, progress)
        url = _published(cluster)
        if url:
            return url
        time.sleep(0.05)
    raise EmbeddedError(f"The database of {cluster.folder} does not answer; its log is {cluster.log}.")


def _published(cluster: Cluster) -> str | None:
    """The address, if the server behind it takes connections."""
    try:
        url = cluster.state.read_text()
    except FileNotFoundError:
        return None
    place = parse_qs(urlsplit(url).query)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(f"{place['host'][0]}/.s.PGSQL.{place['port'][0]}")
        except OSError:
            return None
    return url


def _start_keeper(cluster: Cluster, progress: Progress) -> None:
    command = [sys.executable, "-m", "arena.embedded.keeper", str(cluster.folder)]
    command += ["1" if cluster.throwaway else "0", str(cluster.linger)]
    path = os.pathsep.join([str(checkout()), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    with cluster.log.open("ab") as log:
        keeper = subprocess.Popen(
            command,
            cwd="/",
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # It outlives us, and Ctrl-C in our terminal is not meant for it.
            start_new_session=True,
        )
    assert keeper.stdout is not None
    problem = f"The keeper of the database ended at once; its log is {cluster.log}."
    with keeper.stdout:
        for line in keeper.stdout:
            if line.strip() == "ready":
                # Ours to forget: a Popen that is dropped while its process lives warns, and this one lives on.
                keeper.returncode = 0
                return
            if line.startswith("error: "):
                problem = line.removeprefix("error: ").strip()
            else:
                progress(line.strip())
    keeper.wait()
    raise EmbeddedError(problem)
