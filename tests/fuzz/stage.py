"""What a fuzz run asks: one real web process and a projector as in production (DEBUG off), on a PostgreSQL of their own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from arena.embedded import postgres
from arena.embedded.cluster import Cluster
from tests.chaos.stage import ROOT, START_SECONDS, free_port, ready

CONTENDERS = ("amber", "birch", "cedar")
WHATS = ("BATTLES", "TURNS", "VOTES", "CONSENTS", "REPORTS", "READS")
UNLIMITED = [f"LIMIT_{what}_PER_HOUR{of}" for what in WHATS for of in ("", "_NETWORK", "_ARENA")]
FREE = ("DAILY_TOKENS", "DAILY_TOKENS_PERSON", "DAILY_COST_USD", "DAILY_COST_USD_PERSON")
METRICS_TOKEN = "fuzz-metrics"


@dataclass(slots=True)
class Stage:
    """A running arena. `log` is where its processes write."""

    folder: Path
    log: Path
    port: int = field(default_factory=free_port)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.folder, throwaway=True, linger=0.0)

    def start(self) -> None:
        """Start everything and set this process's environment; returns when the web process can serve."""
        os.environ.update(self._environment(postgres.attach(self.cluster, progress=lambda sentence: None)))
        for command in ("migrate", "seed"):
            subprocess.run([sys.executable, "manage.py", command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        options = ["--port", str(self.port), "--ws", "arena.live.sockets:Sockets", "--log-level", "warning", "--no-access-log"]
        with self.log.open("ab") as log:
            for argv in (["-m", "uvicorn", "arena.asgi:application", *options], ["manage.py", "projector"]):
                self.children.append(subprocess.Popen([sys.executable, *argv], cwd=ROOT, stdout=log, stderr=log))
        until = time.monotonic() + START_SECONDS
        while not ready(self.url):
            assert time.monotonic() < until, f"the arena did not start; see {self.log}"
            time.sleep(0.1)

    def _environment(self, database: str) -> dict[str, str]:
        catalogue = self.folder / "contenders.json"
        catalogue.write_text(json.dumps(_catalogue()))
        return {
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "arena.settings",
            "SECRET_KEY": "fuzz" * 13,
            "SECRETS_KEYS": "YS1rZXktZm9yLXRlc3RzLWFuZC1ub3RoaW5nLWVsc2U=",
            "DEBUG": "0",
            "HTTPS": "0",
            "ALLOWED_HOSTS": "127.0.0.1",
            # Each person comes from an address of their own: allauth counts by address, and nobody would get past that.
            "PROXY_DEPTH": "1",
            "EMAIL_URL": f"file:{self.folder / 'mails'}",
            "LOG_LEVEL": "WARNING",
            "METRICS_TOKEN": METRICS_TOKEN,
            "PROVIDERS_FILE": str(catalogue),
            "CONTENDERS": "",
            "BATTLES_PER_PROCESS": "10000",
            "BATTLES_PER_SESSION": "0",
            "REWARD_DAILY_CAP": str(10**9),
            "REWARD_NETWORK_CAP": str(10**9),
            "POW_AFTER": "-1",
            **dict.fromkeys((*UNLIMITED, *FREE), "0"),
        }

    def stop(self) -> None:
        for child in self.children:
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        postgres.detach(self.cluster, wait=20)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder)


def make(log: Path) -> Stage:
    """A stage in a new temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-fuzz-"))
    # As root PostgreSQL runs as a system user, who must be able to pass.
    folder.chmod(0o711)
    return Stage(folder, log)


def _catalogue() -> dict[str, object]:
    rows = [
        {"slug": f"{name}-7", "name": f"{name.title()}-7", "vendor": f"{name.title()} Labs", "provider": "stage", "model": f"short@{name}"}
        for name in CONTENDERS
    ]
    provider = {"slug": "stage", "name": "Stage", "protocol": "scripted", "base_url": "scripted:", "key_env": "", "max_streams": 1000}
    return {"providers": [provider], "contenders": [{**row, "params": {"speed": 0}} for row in rows]}
