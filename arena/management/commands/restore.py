"""Put a backup into the database, migrate it if it is older than this code, and prove it: boards, ledger and log. Stop the arena first."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Max

from arena.battles import projector
from arena.chain import contracts
from arena.credits import queries as epochs
from arena.embedded import EmbeddedError, clients
from arena.errors import ChainUnavailable
from arena.ledger import queries as ledger
from arena.management.commands.backup import libpq, server_major
from arena.providers import vault
from arena.ratings.models import Board
from arena.votelog.models import Entry

ASIDE = "before_restore"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="Replace an arena that already has people, battles or log entries.")
        parser.add_argument("--forget-secrets", action="store_true", help="Delete stored keys that SECRETS_KEYS does not open.")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        if not options["force"] and (tables := occupied()):
            raise CommandError(f"The arena is not empty ({', '.join(tables)}). With --force it is replaced.")
        try:
            program = clients.find("pg_restore", server=server_major())
            clients.run(program, ["--list", str(file)], libpq()[1])
            self._replace(program, file, forget=options["forget_secrets"])
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{file}: restored and verified")
        if told := unknown_epochs():
            self.stderr.write(told)

    def _replace(self, program: Path, file: Path, *, forget: bool) -> None:
        """What was there is put aside and comes back unless the backup is restored whole and proves sound."""
        _run(f"DROP SCHEMA IF EXISTS {ASIDE} CASCADE", f"ALTER SCHEMA public RENAME TO {ASIDE}", "CREATE SCHEMA public")
        try:
            place, environ = libpq()
            options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public"]
            clients.run(program, [*options, place, str(file)], environ)
            call_command("migrate", interactive=False, verbosity=0)
            self._open(forget)
            if faults := verify(self.stdout.write):
                raise CommandError("The backup does not hold together; nothing was changed:\n" + "\n".join(faults))
        except BaseException:
            _run("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {ASIDE} RENAME TO public")
            raise
        _run(f"DROP SCHEMA {ASIDE} CASCADE")

    def _open(self, forget: bool) -> None:
        """Raises CommandError when the backup holds secrets that this machine's keys do not open, unless they are to be forgotten."""
        for line in vault.forget_locked() if forget else ():
            self.stdout.write(f"forgotten: the secret of {line}")
        if lines := vault.locked():
            raise CommandError(
                f"SECRETS_KEYS does not open {len(lines)} secrets of the backup ({', '.join(lines)}); nothing was changed. Set the keys of the"
                " arena that it was made on. If they are lost, restore with --forget-secrets and enter the secrets again."
            )
        self.stdout.write("secrets: all can be opened")


def _run(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def occupied() -> list[str]:
    """The tables that say that somebody uses this arena."""
    found: list[str] = []
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        for table in ("users_user", "battles_battle", "votelog_entry", "ledger_transfer"):
            if table in present:
                cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
                if cursor.fetchone()[0]:
                    found.append(table)
    return found


def unknown_epochs() -> str:
    """A sentence if the contract has epochs that this database knows nothing of, or cannot be asked; else empty."""
    if not epochs.enabled():
        return ""
    newest = epochs.newest_number()
    try:
        head = contracts.read("credits", "head")
    except ChainUnavailable as error:
        return f"Whether the contract has more epochs than the backup's {newest} is not known: {error.detail}"
    if head <= newest:
        return ""
    return (
        f"The contract has {head} epochs, and the backup {newest}: points that the others pay are available again. Put a newer backup back"
        ' if there is one; else read docs/OPERATIONS.md, "A database is put back from a backup", before you start the arena.'
    )


def verify(say: Any) -> list[str]:
    """A line for everything that is not as it must be: boards rebuilt bit for bit (P4), the ledger's sum (P2), a log without gaps."""
    faults = []
    for board in Board.objects.order_by("pk"):
        result = projector.rebuild(board.pk)
        faults += [f"board {board.slug}: {line}" for line in result.differences]
        say(f"board {board.slug}: {result.votes} votes up to seq {result.seq}, {len(result.differences) or 'no'} differences")
    if total := ledger.total():
        faults.append(f"ledger: sums to {total}, not to zero")
    entries, newest = Entry.objects.count(), Entry.objects.aggregate(newest=Max("seq"))["newest"]
    if entries != (-1 if newest is None else newest) + 1:
        faults.append(f"log: {entries} entries, but the newest is {newest}")
    say(f"ledger: sums to {total}; log: {entries} entries")
    return faults
