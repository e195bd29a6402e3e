"""What a chaos run acts on: a PostgreSQL of its own, and the arena's processes under the supervisor of `make run`."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from arena.embedded import postgres, postmaster
from arena.embedded.cluster import SUPERUSER, Cluster
from arena.embedded.paths import checkout
from tests.chaos.cores import Used, parent, used

# The arena's processes; each has its name in its environment, by which it is found again after every restart.
NAME = "CHAOS_NAME"
NAMES = ("provider", "web-1", "projector-1", "web-2", "projector-2", "worker")
CONTENDERS = ("amber", "birch", "cedar", "dune")
# A few people act here for a crowd.
UNLIMITED = [f"LIMIT_{what}_PER_HOUR{of}" for what in ("BATTLES", "TURNS", "VOTES", "CONSENTS") for of in ("", "_NETWORK", "_ARENA")]
START_SECONDS = 60.0
ROOT = checkout()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Stage:
    """A running arena. `log` is where its processes write."""

    folder: Path
    log: Path
    provider: int = field(default_factory=free_port)
    webs: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    supervisor: subprocess.Popen[bytes] | None = None
    keeper: int = 0

    @property
    def cluster(self) -> Cluster:
        """Not a throwaway one: that acknowledges what it has not written yet, and a kill would rightly lose it."""
        return Cluster(self.folder / "data", linger=0.0)

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.webs]

    def prepare(self) -> None:
        """Start PostgreSQL and set this process's environment, which the arena's processes inherit."""
        url = postgres.attach(self.cluster, progress=_nothing)
        self.keeper = parent(self.postgres_pids()[0])
        # What was written survives the death of its writer, which is all that happens here; only a power cut would need the disk.
        with psycopg.connect(url, user=SUPERUSER, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        catalogue = self.folder / "contenders.json"
        catalogue.write_text(json.dumps(_catalogue(self.provider)))
        ours = {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "arena.settings",
            "SECRET_KEY": "chaos" * 10,
            "SECRETS_KEYS": "YS1rZXktZm9yLXRlc3RzLWFuZC1ub3RoaW5nLWVsc2U=",
            "DEBUG": "1",
            "LOG_LEVEL": "WARNING",
            "EVENHAND_DATA_DIR": str(self.folder / "data"),
            "PROVIDERS_FILE": str(catalogue),
            "HOLD_SECONDS": "1",
            "REWARD_DAILY_CAP": str(10**9),
            "REWARD_NETWORK_CAP": str(10**9),
            "POW_AFTER": "-1",
            **dict.fromkeys(UNLIMITED, "0"),
        }
        os.environ.update(ours)
        for command in ("migrate", "seed"):
            subprocess.run([sys.executable, "manage.py", command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> float:
        """Start the processes; returns when both web processes can serve: the seconds that it took."""
        begun = time.monotonic()
        command = [sys.executable, "-m", "tests.chaos.supervise", str(os.getpid()), str(self.provider), *map(str, self.webs)]
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        until = time.monotonic() + START_SECONDS
        while not all(ready(url) for url in self.urls):
            assert time.monotonic() < until, f"the arena did not start; see {self.log}"
            time.sleep(0.1)
        return time.monotonic() - begun

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        assert self.supervisor is not None
        assert self.supervisor.poll() is None, f"the supervisor ended; see {self.log}"
        named = ((_name(pid), pid) for pid in self._children())
        return {name: pid for name, pid in named if name in NAMES}

    def _children(self) -> list[int]:
        """The supervisor's, those that are dead and not yet buried among them."""
        assert self.supervisor is not None
        listings = Path(f"/proc/{self.supervisor.pid}/task").glob("*/children")
        return [int(pid) for listing in listings for pid in listing.read_text().split()]

    def postgres_pids(self) -> list[int]:
        """PostgreSQL's processes, the postmaster first; none while it is down."""
        leader = postmaster.running_pid(self.cluster.data)
        if leader is None:
            return []
        with contextlib.suppress(FileNotFoundError):
            listing = Path(f"/proc/{leader}/task/{leader}/children").read_text()
            return [leader, *map(int, listing.split())]
        return []

    def used(self) -> Used:
        """What the arena, its database and this process have used of the cores. What the dead had used is their parents'."""
        assert self.supervisor is not None
        return used([os.getpid(), self.supervisor.pid, *self._children(), self.keeper, *self.postgres_pids()])

    def stop(self) -> None:
        if self.supervisor is not None:
            self.supervisor.send_signal(signal.SIGTERM)
            try:
                self.supervisor.wait(40)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
                self.supervisor.wait()
        postgres.detach(self.cluster, wait=20)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(self.cluster.log, self.log.with_name("postgres.log"))
        shutil.rmtree(self.folder, ignore_errors=True)


def make(log: Path) -> Stage:
    """A stage in a new temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-chaos-"))
    # As root PostgreSQL runs as a system user, who must be able to pass.
    folder.chmod(0o711)
    return Stage(folder, log)


def ready(url: str) -> bool:
    """Whether a web process says that it can serve."""
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _name(pid: int) -> str:
    """What a child of the supervisor is called; empty for one that has gone, or is not yet what it will be."""
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return next((entry.partition(b"=")[2].decode() for entry in environ if entry.startswith(f"{NAME}=".encode())), "")


def _catalogue(port: int) -> dict[str, object]:
    provider = {"slug": "stage", "name": "Stage", "protocol": "openai", "base_url": f"http://127.0.0.1:{port}/v1", "key_env": ""}
    rows = [
        {"slug": f"{name}-7", "name": f"{name.title()}-7", "vendor": f"{name.title()} Labs", "provider": "stage", "model": name}
        for name in CONTENDERS
    ]
    return {"providers": [{**provider, "max_streams": 100}], "contenders": rows}


def _nothing(sentence: str) -> None:
    pass
