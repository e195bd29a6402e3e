"""What one embedded PostgreSQL is: its folders, its names, its address."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

Progress = Callable[[str], None]

DATABASE = "evenhand"
ROLE = "evenhand"
SUPERUSER = "postgres"
PORT = 5432
# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero among them.
LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL of one folder.

    `folder` holds the data in `postgres` and, beside it, locks, log and state. A `throwaway` cluster is
    for tests: it does not wait for the disk and its folder is removed when it stops. `linger` is how many
    seconds it stays up after its last user, so that one command after another finds it warm.
    """

    folder: Path
    throwaway: bool = False
    linger: float = 2.0

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder / "postgres"

    @property
    def log(self) -> Path:
        """What PostgreSQL and its keeper have to say."""
        return self.folder / "postgres.log"

    @property
    def state(self) -> Path:
        """Holds the address while the database can be used; written last, removed first."""
        return self.folder / "postgres.url"

    def lock(self, name: str) -> Path:
        """The lock file `name`: `starting`, `users` or `keeper`."""
        return self.folder / f"postgres.{name}.lock"

    @property
    def socket_folder(self) -> Path:
        """Where the Unix socket lies: with the data, or in the temporary folder when the path of the data is
        too long or holds what PostgreSQL and its clients would take apart (a comma separates hosts)."""
        short = len(os.fsencode(self.data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH
        if short and re.fullmatch(r"[\w./-]+", str(self.data), re.ASCII):
            return self.data
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:10]
        return Path(tempfile.gettempdir()).resolve() / f"evenhand-{os.geteuid()}-{name}"

    @property
    def url(self) -> str:
        """The address in libpq's form. The port is named because PGPORT in the environment would change it."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.socket_folder), safe='')}&port={PORT}"
