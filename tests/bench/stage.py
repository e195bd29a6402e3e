"""What bars act on: one PostgreSQL for the whole run, emptied and seeded for each of them, and real processes around it."""

import atexit
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from arena.embedded import account, postgres
from arena.embedded.cluster import SUPERUSER, Cluster
from tests.bench import cores

if TYPE_CHECKING:  # Django's settings are read when it is imported, and `prepare` writes the environment first
    from tests.processes import LiveArena

WHATS = ("BATTLES", "TURNS", "VOTES", "CONSENTS", "REPORTS", "READS")
UNLIMITED = {
    "POW_AFTER": "-1",
    "MAX_SOCKETS_NETWORK": "100000",
    "REWARD_DAILY_CAP": str(10**9),
    "REWARD_NETWORK_CAP": str(10**9),
    **{f"LIMIT_{what}_PER_HOUR{of}": "0" for what in WHATS for of in ("", "_NETWORK", "_ARENA")},
    **dict.fromkeys(("DAILY_TOKENS", "DAILY_TOKENS_PERSON", "DAILY_COST_USD", "DAILY_COST_USD_PERSON"), "0"),
}
_cluster: list[Cluster] = []


def prepare() -> None:
    """Start PostgreSQL, make the tables and set Django up; only the first call of a process does anything.

    It waits for the disk like any other (not a throwaway cluster): what is measured must be durable.
    """
    if _cluster:
        return
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    folder = Path(tempfile.mkdtemp(prefix="evenhand-bench-"))
    folder.chmod(0o711)  # as root PostgreSQL runs as a system user, who must be able to pass
    cluster = Cluster(folder / "data", linger=0.0)
    _cluster.append(cluster)
    atexit.register(_stop)
    url = postgres.attach(cluster, progress=lambda sentence: None)
    cores.favour(int((cluster.data / "postmaster.pid").read_text().split()[0]))  # as all else that is measured
    ours = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "arena.settings", "SECRET_KEY": "bench" * 10, "DEBUG": "1"}
    ours["SECRETS_KEYS"] = "YS1rZXktZm9yLXRlc3RzLWFuZC1ub3RoaW5nLWVsc2U="
    os.environ.update(ours | UNLIMITED | {"LOG_LEVEL": "WARNING"})
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


def _stop() -> None:
    from django.db import connections

    connections.close_all()
    for cluster in _cluster:
        postgres.detach(cluster, wait=20)
        shutil.rmtree(cluster.folder.parent, ignore_errors=True)


def superuser() -> str:
    """libpq's address of the database, as somebody who may do anything."""
    return _cluster[0].url.replace("//evenhand@", f"//{SUPERUSER}@", 1)


def program(name: str) -> str:
    """The path of one of PostgreSQL's own programs."""
    return str(account.find_programs(_cluster[0].folder, None) / name)


@contextmanager
def arena() -> Iterator["LiveArena"]:
    """An empty arena with the cast and a starter pool; its processes end with the block."""
    prepare()
    from django.core.management import call_command

    from tests.cast import Arena
    from tests.processes import LiveArena

    call_command("flush", interactive=False, verbosity=0)
    live = LiveArena(Arena.seeded())
    try:
        yield live
    finally:
        live.stop()
