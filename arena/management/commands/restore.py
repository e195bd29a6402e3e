"""Put a backup into the database, migrate it if it is older than this code, and prove it: boards, ledger and log. Stop the arena first."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from django.db.models import Max

from arena.battles import projector
from arena.chain import contracts
from arena.credits import queries as epochs
from arena.embedded import EmbeddedError, clients
from arena.errors import ChainUnavailable
from arena.ledger import queries as ledger
from arena.management.commands import migrate
from arena.management.commands.backup import libpq, server_major
from arena.management.commands.migrate import ASIDE, broken_off
from arena.providers import vault
from arena.ratings.models import Board
from arena.votelog.models import Entry

# What was there, once the backup is in its place and proved; it is deleted, or left by one that was killed then.
DONE = f"{ASIDE}_done"
# Whose tables these are, in place or put aside; of an empty database, whose it is.
_OWNER = f"""
SELECT pg_get_userbyid(coalesce(
    (SELECT relowner FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relname = 'django_migrations' AND nspname IN ('public', '{ASIDE}') ORDER BY nspname = 'public' DESC LIMIT 1),
    (SELECT nspowner FROM pg_namespace WHERE nspname = 'public' AND nspowner <> 'pg_database_owner'::regrole), datdba
)), current_user
FROM pg_database WHERE datname = current_database()
"""
_TO = "CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END"
# What roles may do in the schema that was put aside, and with what is made in it later: statements that allow it in the new one. A second
# role lives by nothing else. What roles that we may not speak for have granted holds for what they make, and we make the tables.
_RIGHTS = f"""
SELECT format('GRANT %s ON SCHEMA public TO %s', privilege_type, {_TO})
FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) WHERE nspname = '{ASIDE}'
UNION ALL
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public GRANT %s ON %s TO %s', pg_get_userbyid(defaclrole), privilege_type,
    CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' END, {_TO})
FROM pg_default_acl JOIN pg_namespace n ON n.oid = defaclnamespace, aclexplode(defaclacl)
WHERE nspname = '{ASIDE}' AND pg_has_role(defaclrole, 'USAGE')
"""


class _Migrate(migrate.Command):
    restoring = True


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--force", action="store_true", help="Replace an arena that already has people, battles or log entries.")
        parser.add_argument(
            "--put-back", action="store_true", help="Bring back what a restore that was broken off had put aside, and no more."
        )
        parser.add_argument("--forget-secrets", action="store_true", help="Delete stored keys that SECRETS_KEYS does not open.")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path | None = options["file"]
        if (file is None) != options["put_back"]:
            raise CommandError("Name the backup's file, or say --put-back.")
        if file is not None and not file.is_file():
            raise CommandError(f"There is no file {file}.")
        _require_owner()
        _be_the_only_one()
        if broken_off():
            self._end_what_was_broken_off(force=options["force"])
        elif file is None:
            raise CommandError("No restore was broken off: nothing is put aside.")
        if file is not None:
            _require_free(force=options["force"])
            self._restore(file, forget=options["forget_secrets"])

    def _end_what_was_broken_off(self, *, force: bool) -> None:
        """A restore that was killed has put the arena aside: it comes back before anything else is done."""
        _require_free(force=force)
        _put_back()
        self.stdout.write("A restore was broken off; what there was before it is back.")

    def _restore(self, file: Path, *, forget: bool) -> None:
        try:
            program = clients.find("pg_restore", server=server_major())
            clients.run(program, ["--list", str(file)], libpq()[1])
            self._replace(program, file, forget=forget)
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{file}: restored and verified")
        if told := unknown_epochs():
            self.stderr.write(told)
        try:
            _run(f"DROP SCHEMA {DONE} CASCADE")
        except DatabaseError as error:
            self.stderr.write(f"What there was before could not be deleted ({error}). Delete the schema {DONE} by hand.")

    def _replace(self, program: Path, file: Path, *, forget: bool) -> None:
        """What was there is put aside and comes back unless the backup is restored whole and proves sound."""
        _put_aside()
        try:
            place, environ = libpq()
            options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public"]
            clients.run(program, [*options, place, str(file)], environ)
            call_command(_Migrate(), interactive=False, verbosity=0)
            self._open(forget)
            if faults := verify(self.stdout.write):
                raise CommandError("The backup does not hold together; nothing was changed:\n" + "\n".join(faults))
        except BaseException:
            _put_back()
            raise
        # From here on what was there is not what anybody should have back.
        _run(f"ALTER SCHEMA {ASIDE} RENAME TO {DONE}")

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


def _require_owner() -> None:
    """Raises CommandError for every other role: whose tables are restored could not be migrated by their owner, nor used by the second role."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNER)
        owner, ours = cursor.fetchone()
    if owner != ours:
        raise CommandError(
            f"The arena's tables are {owner}'s: run restore with the DATABASE_URL of that role, not {ours}'s. Nothing was changed."
        )


def _be_the_only_one() -> None:
    """Raises CommandError while another restore runs; one that is killed lets go with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('arena.restore'))")
        if not cursor.fetchone()[0]:
            raise CommandError("Another restore is running. Nothing was changed.")


def _require_free(*, force: bool) -> None:
    """Raises CommandError where somebody uses the arena that would go, unless that is wanted."""
    if not force and (tables := occupied()):
        raise CommandError(f"The arena is not empty ({', '.join(tables)}). With --force it is replaced.")


def _put_aside() -> None:
    """Keep what there was under another name, and have an empty schema with the same rights in its place."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (f"DROP SCHEMA IF EXISTS {DONE} CASCADE", f"ALTER SCHEMA public RENAME TO {ASIDE}", "CREATE SCHEMA public"):
            cursor.execute(statement)
        cursor.execute(_RIGHTS)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def _put_back() -> None:
    _run("DROP SCHEMA public CASCADE", f"ALTER SCHEMA {ASIDE} RENAME TO public")


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
    """A line for everything that is not as it must be: boards rebuilt bit for bit (P4), sound books (P2, P3, P5), a log without gaps."""
    faults = []
    for board in Board.objects.order_by("pk"):
        result = projector.rebuild(board.pk)
        faults += [f"board {board.slug}: {line}" for line in result.differences]
        say(f"board {board.slug}: {result.votes} votes up to seq {result.seq}, {len(result.differences) or 'no'} differences")
    unsound = [*ledger.unsound(), *epochs.unsound()]
    faults += [f"ledger: {line}" for line in unsound]
    entries, newest = Entry.objects.count(), Entry.objects.aggregate(newest=Max("seq"))["newest"]
    if entries != (-1 if newest is None else newest) + 1:
        faults.append(f"log: {entries} entries, but the newest is {newest}")
    say(f"ledger: {len(unsound) or 'no'} faults; log: {entries} entries")
    return faults
