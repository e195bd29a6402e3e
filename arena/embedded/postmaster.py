"""One PostgreSQL server process: made, started, healed, stopped. Only the keeper uses this."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from arena.embedded import account as accounts
from arena.embedded.cluster import DATABASE, PORT, ROLE, SUPERUSER, Cluster, Progress
from arena.embedded.errors import EmbeddedError

READY_SECONDS = 300.0
STOP_SECONDS = 15.0
START_ATTEMPTS = 4

_MAKE_DATABASE = f"""
SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""


@dataclass
class Postmaster:
    """A running server; `process` is None when it was found running rather than started here."""

    cluster: Cluster
    pid: int
    process: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        """Whether the server process still exists."""
        if self.process is not None:
            return self.process.poll() is None
        return running_pid(self.cluster.data) == self.pid

    def stop(self) -> None:
        """End it: a fast shutdown, and harder means if it has not ended after STOP_SECONDS."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if not self.alive():
                break
            os.kill(self.pid, number)
            deadline = time.monotonic() + STOP_SECONDS
            while self.alive() and time.monotonic() < deadline:
                time.sleep(0.02)
        if self.cluster.socket_folder != self.cluster.data:
            shutil.rmtree(self.cluster.socket_folder, ignore_errors=True)


def running_pid(data: Path) -> int | None:
    """The process id of the live server of `data`; None when there is none or its pid file is stale.

    A pid alone proves nothing: after a crash of the machine it may belong to any other process.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    try:
        return pid if Path(os.readlink(f"/proc/{pid}/cwd")) == data else None
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    except PermissionError:
        pass
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return pid if "postgres" in shown.stdout else None


def start(cluster: Cluster, progress: Progress) -> Postmaster:
    """Make the database folder if there is none, start its server or find it running, return it ready.

    Raises EmbeddedError with the end of the server's log when it does not start.
    """
    account = accounts.find_account()
    _check_reachable(cluster, account)
    programs = accounts.find_programs(cluster.folder, account)
    _initialise(cluster, programs, account, progress)
    pid = running_pid(cluster.data)
    if pid is not None:
        server = Postmaster(cluster, pid)
        _wait_until_ready(server, progress)
    else:
        server = _start(cluster, programs, account, progress)
    try:
        _make_database(cluster, programs)
    except EmbeddedError:
        server.stop()
        raise
    return server


def _check_reachable(cluster: Cluster, account: pwd.struct_passwd | None) -> None:
    closed = accounts.closed_parent(cluster.data) if account else None
    if account and closed:
        raise EmbeddedError(
            f"PostgreSQL runs as the system user {account.pw_name}, who may not pass through {closed}: "
            f"set EVENHAND_DATA_DIR to a folder outside of it, or start as an ordinary user."
        )


def _initialise(cluster: Cluster, programs: Path, account: pwd.struct_passwd | None, progress: Progress) -> None:
    data = cluster.data
    version = data / "PG_VERSION"
    if version.exists():
        found = version.read_text().strip()
        if found != accounts.MAJOR:
            raise EmbeddedError(
                f"{data} was written by PostgreSQL {found} and this is PostgreSQL {accounts.MAJOR}: "
                f"upgrade it with pg_upgrade, set DATABASE_URL, or move the folder away to begin anew."
            )
        return
    if data.exists() and any(data.iterdir()):
        raise EmbeddedError(f"{data} is not empty and holds no PostgreSQL database: move it away and start again.")
    progress("Preparing the database (first start only) ...")
    # Made under another name first: a kill in the middle must not leave half a database under the real one.
    half = data.with_name("postgres.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    if account:
        os.chown(half, account.pw_uid, account.pw_gid)
    # The built-in locale sorts alike on every machine, whatever its C library.
    options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options += ["--auth=trust", f"--username={SUPERUSER}", "--no-instructions"]
    options += ["--no-sync"] if cluster.throwaway else []
    done = subprocess.run(
        [str(programs / "initdb"), "-D", str(half), *options],
        **_as_account(account),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EmbeddedError(f"The database folder {data} could not be made: {done.stderr.strip()}")
    if data.exists():
        data.rmdir()
    half.rename(data)


def _start(cluster: Cluster, programs: Path, account: pwd.struct_passwd | None, progress: Progress) -> Postmaster:
    _prepare_socket_folder(cluster, account)
    for attempt in range(START_ATTEMPTS):
        _remove_stale_files(cluster)
        with cluster.log.open("ab") as log:
            process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(cluster.data), *_settings(cluster)],
                **_as_account(account),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal is for the arena's processes, which may still have something to write.
                start_new_session=True,
            )
        server = Postmaster(cluster, process.pid, process)
        if _wait_until_ready(server, progress):
            return server
        # Left-over backends of a killed server hold its memory for a moment.
        time.sleep(0.5 * (attempt + 1))
    raise EmbeddedError(f"PostgreSQL did not start; the end of {cluster.log}: {_log_tail(cluster)}")


def _settings(cluster: Cluster) -> list[str]:
    settings = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(cluster.socket_folder),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Compiling a plan costs more than any query of a small arena takes.
        "jit": "off",
        # A failed statement holds people's words; they do not belong into a log.
        "log_min_error_statement": "panic",
    }
    if cluster.throwaway:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


class _Identity(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None
    cwd: str
    env: dict[str, str]


def _as_account(account: pwd.struct_passwd | None) -> _Identity:
    """How a child becomes `account`; it starts at the root folder, which every account can enter."""
    if account is None:
        return {"user": None, "group": None, "extra_groups": None, "cwd": "/", "env": clean_environment()}
    return {
        "user": account.pw_uid,
        "group": account.pw_gid,
        "extra_groups": [],
        "cwd": "/",
        "env": clean_environment() | {"HOME": "/"},
    }


def _prepare_socket_folder(cluster: Cluster, account: pwd.struct_passwd | None) -> None:
    folder = cluster.socket_folder
    if folder == cluster.data:
        return
    owner = account.pw_uid if account else os.geteuid()
    folder.mkdir(mode=0o700, exist_ok=True)
    if account and folder.lstat().st_uid == 0:
        os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)
    found = folder.lstat()
    # The temporary folder belongs to everybody: somebody else may have made this name first.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise EmbeddedError(f"{folder} is somebody else's: remove it, or set EVENHAND_DATA_DIR to a shorter path.")


def _remove_stale_files(cluster: Cluster) -> None:
    socket = cluster.socket_folder / f".s.PGSQL.{PORT}"
    for leftover in (cluster.data / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
        leftover.unlink(missing_ok=True)


def _wait_until_ready(server: Postmaster, progress: Progress) -> bool:
    """True once the server takes connections, False when it ended instead."""
    begun = time.monotonic()
    told = False
    while time.monotonic() < begun + READY_SECONDS:
        try:
            lines = (server.cluster.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        if len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready":
            return True
        if not server.alive():
            return False
        if not told and time.monotonic() > begun + 3:
            progress("Waiting for the database to recover from its last end ...")
            told = True
        time.sleep(0.02)
    server.stop()
    return False


def _make_database(cluster: Cluster, programs: Path) -> None:
    command = [str(programs / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    command += ["-h", str(cluster.socket_folder), "-p", str(PORT), "-U", SUPERUSER, "-d", "postgres"]
    done = subprocess.run(command, input=_MAKE_DATABASE, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EmbeddedError(f"The database {DATABASE} could not be made: {done.stderr.strip()}")


def clean_environment() -> dict[str, str]:
    """Our environment without the PG... variables, each of which would change what PostgreSQL does."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _log_tail(cluster: Cluster) -> str:
    lines = cluster.log.read_text(errors="replace").splitlines() if cluster.log.exists() else []
    return " | ".join(lines[-4:])
