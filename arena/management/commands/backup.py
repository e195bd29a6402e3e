"""Write the whole arena into one file, as one moment saw it, while it runs. Keep the file as safe as the database: it holds what people wrote."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg.conninfo import make_conninfo

from arena.asyncdb import parameters
from arena.embedded import EmbeddedError, clients
from arena.management.commands.migrate import ASIDE, broken_off

# What forgets by itself is not kept: counters and cached pages.
LEFT_OUT = ("arena_cache", "http_counter")
# The schema that a restore reads: not what one has put aside.
FORM = ("--format=custom", "--no-owner", "--no-privileges", "--schema=public")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        _require_free(file)
        _require_whole()
        fresh = _part_of(file)
        try:
            program = clients.find("pg_dump", server=server_major())
            left_out = [f"--exclude-table-data={table}" for table in LEFT_OUT]
            place, environ = libpq()
            clients.run(program, [*FORM, *left_out, f"--file={fresh}", place], environ)
            _require_whole()
            _require_free(file)  # another one may have ended meanwhile
            fresh.rename(file)
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        finally:
            fresh.unlink(missing_ok=True)
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


def _require_free(file: Path) -> None:
    if file.exists():
        raise CommandError(f"{file} exists; a backup never overwrites anything.")


def _require_whole() -> None:
    """Raises CommandError where the arena is not where it is backed up from."""
    if broken_off():
        raise CommandError(f"A restore is under way or was broken off: what there was is in the schema {ASIDE}. Nothing was backed up.")


def _part_of(file: Path) -> Path:
    """A new file beside this one, for nobody else to read. Of a name that was never used: one who is killed leaves theirs behind."""
    try:
        opened, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.", suffix=".part")
    except OSError as error:
        raise CommandError(f"{file} cannot be made: {error.strerror}.") from None
    os.close(opened)
    return Path(name)


def server_major() -> int:
    """The major version of the database server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def libpq() -> tuple[str, dict[str, str]]:
    """The database as `--dbname` takes it, without the password, which goes through the environment: arguments can be read by everybody."""
    named = {key: str(value) for key, value in parameters().items() if isinstance(value, str | int)}
    password = named.pop("password", "")
    return f"--dbname={make_conninfo(**named)}", os.environ | ({"PGPASSWORD": password} if password else {})
