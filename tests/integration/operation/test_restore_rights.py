"""Two roles, as OPERATIONS makes them: after a restore the arena's own may do what it could before, and no more."""

import os
import re
import shlex
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from arena.embedded import clients
from arena.embedded.cluster import SUPERUSER
from arena.management.commands.backup import server_major
from tests.architecture.documents import OPERATIONS, part
from tests.integration.operation.test_backup import manage
from tests.processes import database_url

# Every role's rights on the schema and on all in it.
RIGHTS = """
SELECT r.rolname, p.privilege, 'schema' FROM pg_roles r, unnest('{USAGE,CREATE}'::text[]) AS p(privilege)
WHERE r.rolname = ANY(%(roles)s) AND has_schema_privilege(r.oid, 'public', p.privilege)
UNION ALL
SELECT r.rolname, p.privilege, c.relname FROM pg_roles r, pg_class c, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) AS p(privilege)
WHERE r.rolname = ANY(%(roles)s) AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_table_privilege(r.oid, c.oid, p.privilege)
UNION ALL
SELECT r.rolname, p.privilege, c.relname FROM pg_roles r, pg_class c, unnest('{USAGE,SELECT,UPDATE}'::text[]) AS p(privilege)
WHERE r.rolname = ANY(%(roles)s) AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
AND has_sequence_privilege(r.oid, c.oid, p.privilege)
"""


@dataclass(frozen=True, slots=True)
class Roles:
    """Addresses of one empty database, for its owner and for the arena's own role."""

    owner: str
    app: str
    everybody: str

    def rights(self) -> set[tuple[str, str, str]]:
        roles = [urlsplit(url).username for url in (self.owner, self.app)]
        with psycopg.connect(self.owner) as opened:
            return set(opened.execute(RIGHTS, {"roles": roles}).fetchall())

    def of_app(self) -> dict[str, set[str]]:
        """What the arena's role may do with each thing."""
        found: dict[str, set[str]] = {}
        for role, privilege, what in self.rights():
            if role == urlsplit(self.app).username:
                found.setdefault(what, set()).add(privilege)
        return found


def address(user: str, database: str) -> str:
    """Of a database on the tests' server. Its superuser is `postgres`, unless the server is somebody's own."""
    of = urlsplit(database_url())
    user = of.netloc.rpartition("@")[0] if user == SUPERUSER and "TESTS_FOLDER" not in os.environ else user
    return of._replace(netloc=f"{user}@{of.netloc.rpartition('@')[2]}", path=f"/{database}").geturl()


def run(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as opened:
        for statement in filter(str.strip, text.split(";")):
            opened.execute(statement)


@pytest.fixture
def roles(transactional_db: None) -> Iterator[Roles]:
    """Made by what OPERATIONS says, under names of this test's own."""
    mark = uuid.uuid4().hex[:8]
    (block,) = re.findall(r"```sql\n(.+?)```", part(OPERATIONS, "## Your own PostgreSQL"), re.DOTALL)
    named = re.sub(r"\bevenhand(_\w+)?\b", rf"evenhand\1_{mark}", block)
    outside, _, within = named.partition(rf"\connect evenhand_{mark}")
    run(address(SUPERUSER, "postgres"), outside)
    everybody = address(SUPERUSER, f"evenhand_{mark}")
    run(everybody, within)
    owner, app = (address(f"{name}_{mark}:...", f"evenhand_{mark}") for name in ("evenhand_owner", "evenhand_app"))
    yield Roles(owner, app, everybody)
    gone = f"DROP DATABASE evenhand_{mark} WITH (FORCE); DROP ROLE evenhand_owner_{mark}; DROP ROLE evenhand_app_{mark}"
    run(address(SUPERUSER, "postgres"), gone)


@pytest.fixture
def filled(roles: Roles, tmp_path: Path) -> Roles:
    """With tables, brought in as OPERATIONS says of PostgreSQL's own tools: they are of another role, and of no rights, in the file."""
    file = tmp_path / "evenhand.dump"
    (line,) = re.findall(r"^pg_restore .+$", part(OPERATIONS, "## Backup and restore"), re.MULTILINE)
    dump, load = (str(clients.find(name, server=server_major())) for name in ("pg_dump", "pg_restore"))
    subprocess.run([dump, "--format=custom", f"--file={file}", database_url()], check=True, capture_output=True)
    given = [f"--dbname={roles.owner}" if word.startswith("--dbname=") else word for word in shlex.split(line)[1:-1]]
    subprocess.run([load, *given, str(file)], check=True, capture_output=True)
    return roles


def done(url: str, *argv: str) -> str:
    ended = manage(url, *argv)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_arenas_role_works_with_what_other_tools_restored(filled: Roles) -> None:
    assert ("battles_vote", {"SELECT", "INSERT", "UPDATE", "DELETE"}) in filled.of_app().items()
    assert filled.of_app()["schema"] == {"USAGE"}
    done(filled.app, "seed")
    assert "no differences" in done(filled.app, "rebuild_board")


def test_a_restore_leaves_each_role_its_rights_however_often(filled: Roles, tmp_path: Path) -> None:
    file, before = tmp_path / "arena.backup", filled.rights()
    done(filled.owner, "backup", str(file))
    for _ in range(2):
        done(filled.owner, "restore", str(file))
        assert filled.rights() == before
    done(filled.app, "seed")
    with psycopg.connect(filled.app) as opened, pytest.raises(psycopg.errors.InsufficientPrivilege):
        opened.execute("TRUNCATE battles_vote CASCADE")


def test_a_restore_that_fails_leaves_each_role_its_rights(filled: Roles, tmp_path: Path) -> None:
    file, torn, before = tmp_path / "arena.backup", tmp_path / "torn", filled.rights()
    done(filled.owner, "backup", str(file))
    torn.write_bytes(file.read_bytes()[:-2000])
    assert "pg_restore failed" in manage(filled.owner, "restore", str(torn)).stderr
    assert filled.rights() == before


def test_a_backup_goes_into_a_database_that_is_still_empty(roles: Roles, tmp_path: Path) -> None:
    file = tmp_path / "arena.backup"
    done(database_url(), "backup", str(file))
    done(roles.owner, "restore", str(file))
    done(roles.app, "seed")


@pytest.mark.parametrize("which", ["roles", "filled"])
def test_another_role_than_the_owner_is_told_whose_it_is(which: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    there: Roles = request.getfixturevalue(which)
    file, before = tmp_path / "arena.backup", there.rights()
    done(database_url(), "backup", str(file))
    for url in (there.app, there.everybody):
        refused = manage(url, "restore", str(file))
        assert refused.returncode == 1
        assert re.search(r"tables are evenhand_owner_\w+'s: run restore with the DATABASE_URL of that role", refused.stderr)
    assert there.rights() == before
