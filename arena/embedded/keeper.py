"""The process that keeps an embedded PostgreSQL running while anybody uses it, and stops it afterwards.

Every process that uses the database holds a shared lock on one file. The keeper, alone in a session of its
own, tries that lock for itself: it succeeds exactly when nobody is left, because the kernel lifts the locks
of the dead, whether they returned, were signalled or were killed with -9. So no list of process ids is
kept that could go stale, and the users need no exit handlers.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from arena.embedded import locks, postmaster
from arena.embedded.cluster import Cluster
from arena.embedded.errors import EmbeddedError

POLL_SECONDS = 0.1
LARGEST_LOG = 5_000_000
SLOWEST_RESTART = 10.0


class Keeper:
    """Keeps one cluster. `own_lock` is the descriptor that makes it the only keeper."""

    def __init__(self, cluster: Cluster, own_lock: int) -> None:
        self.cluster = cluster
        self.own_lock = own_lock
        self.asked_to_stop = False
        self.server: postmaster.Postmaster | None = None

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        """A signal handler: stop at the next look, even while the database is used."""
        self.asked_to_stop = True

    def start(self) -> None:
        """Start the server and publish its address. Raises EmbeddedError."""
        self.cluster.state.unlink(missing_ok=True)
        self.server = postmaster.start(self.cluster, progress=say)
        half = self.cluster.state.with_name(f"{self.cluster.state.name}.half")
        half.write_text(self.cluster.url)
        half.rename(self.cluster.state)

    def watch(self) -> int:
        """Stay until nobody has used the database for `linger` seconds; return the lock that proves it."""
        unused_since: float | None = None
        while not self.asked_to_stop and locks.still_there(self.own_lock, self.cluster.lock("keeper")):
            self._revive()
            alone = locks.hold(self.cluster.lock("users"), wait=False)
            now = time.monotonic()
            if alone is None:
                unused_since = None
            else:
                unused_since = now if unused_since is None else unused_since
                if now - unused_since >= self.cluster.linger:
                    return alone
                locks.release(alone)
            time.sleep(POLL_SECONDS)
        return -1

    def _revive(self) -> None:
        pause = 0.2
        while self.server is None or not self.server.alive():
            if self.asked_to_stop:
                return
            try:
                self.start()
            except EmbeddedError as error:
                self.server = None
                print(error, file=sys.stderr, flush=True)
                time.sleep(pause)
                pause = min(pause * 2, SLOWEST_RESTART)

    def stop(self) -> None:
        """Withdraw the address, then stop the server."""
        self.cluster.state.unlink(missing_ok=True)
        if self.server is not None:
            self.server.stop()
        if self.cluster.throwaway:
            shutil.rmtree(self.cluster.folder, ignore_errors=True)


def say(sentence: str) -> None:
    """Tell whoever started us; nobody may be listening any more."""
    try:
        print(sentence, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: list[str]) -> int:
    """Keep the cluster named by `folder throwaway linger`; prints progress, then `ready` or `error: ...`."""
    cluster = Cluster(Path(arguments[0]), throwaway=arguments[1] == "1", linger=float(arguments[2]))
    own_lock = locks.hold(cluster.lock("keeper"), wait=False)
    if own_lock is None:
        say("ready")
        return 0
    keeper = Keeper(cluster, own_lock)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, keeper.ask_to_stop)
    if cluster.log.exists() and cluster.log.stat().st_size > LARGEST_LOG:
        cluster.log.rename(cluster.log.with_suffix(".log.old"))
    try:
        keeper.start()
    except EmbeddedError as error:
        say(f"error: {error}")
        return 1
    say("ready")
    log = os.open(cluster.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    alone = keeper.watch()
    keeper.stop()
    # In this order: who gets the users' lock next must find no keeper.
    locks.release(own_lock)
    if alone >= 0:
        locks.release(alone)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
