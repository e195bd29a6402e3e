"""Verbs about prompt pools."""

import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from arena.errors import Conflict, ImportRefused, InvalidInput, PoolMoved
from arena.prompts import formats, plans, queries
from arena.prompts.models import Pool, PoolVersion, Prompt, VersionText
from arena.users.models import User

TOLD = 100
"""Lines that a refusal names."""
_BATCH = 1000
_LOCK = 0x706F6F6C  # "pool"


@dataclass(frozen=True, slots=True)
class Preview:
    """A file, and what importing it would do. without: the lines that would be left out as duplicates."""

    reading: plans.Reading
    twins: list[plans.Twin]
    plan: plans.Plan
    version: PoolVersion | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A pool's newest version after a change; new is False where it held all of that before."""

    version: PoolVersion
    plan: plans.Plan
    new: bool


def bounds() -> formats.Bounds:
    """What a file may hold, as the settings have it."""
    return formats.Bounds(size=settings.IMPORT_BYTES, rows=settings.IMPORT_ROWS, chars=settings.PROMPT_CHARS)


def load_pool(*, slug: str, title: str, path: Path) -> int:
    """Bring a pool up to date from a JSONL file of the machine's own, making it if there is none; gives the file's number of prompts.

    All or nothing; prompts are known by their id, and none is ever deleted. Raises ValueError with the line that is wrong.
    """
    with path.open("rb") as file:
        reading = plans.read(formats.read(file, "jsonl", bounds()))
    if reading.bad:
        first = reading.bad[0]
        raise ValueError(f"line {first.line}: {'; '.join(f'{one.field} {one.detail}'.strip() for one in first.problems)}")
    with transaction.atomic():
        Pool.objects.get_or_create(slug=slug, defaults={"title": title})
        _import(slug, reading, plans.Choice(), by=None, summary=path.name, after=None)
    return reading.count


def create_pool(*, slug: str, **about: Any) -> Pool:
    """A pool without prompts. about: fields of the pool, such as its title. Raises Conflict when the name is taken."""
    try:
        with transaction.atomic():
            return Pool.objects.create(slug=slug, **about)
    except IntegrityError:
        raise Conflict(f"There is a pool {slug!r} already; take another name.") from None


@transaction.atomic
def edit_pool(*, slug: str, **about: Any) -> Pool:
    """Change what a pool says of itself; how it is served is `serve.py`'s. about: fields of the pool, such as its title."""
    pool = queries.pool(slug)
    for name, value in about.items():
        setattr(pool, name, value)
    pool.save(update_fields=list(about))
    return pool


def preview(*, slug: str, file: IO[bytes], kind: str, choice: plans.Choice) -> Preview:
    """What importing this file would do; changes nothing. Raises NotFound, or FileRefused for the file as a whole."""
    pool = queries.pool(slug)
    reading = plans.read(formats.read(file, kind, bounds()))
    present = queries.present(pool)
    twins = plans.twins(reading.rows, present, choice.mode)
    plan = plans.plan(reading.rows, present, choice.mode, plans.left_out(twins, choice))
    return Preview(reading, twins, plan, queries.newest(pool))


def import_file(
    *, slug: str, file: IO[bytes], kind: str, choice: plans.Choice, by: User, summary: str = "", after: int | None = None
) -> Changed:
    """Import a file, all or nothing; the same import again changes nothing and makes no version.

    after: the version that the person looked at, 0 for none; left out: whichever there is. Raises NotFound, FileRefused,
    ImportRefused with the lines that are wrong, and PoolMoved when `after` is not the newest any more.
    """
    queries.pool(slug)
    reading = plans.read(formats.read(file, kind, bounds()))
    if reading.bad:
        raise _refused(reading)
    return _import(slug, reading, choice, by=by, summary=summary or kind, after=after)


def set_prompt(*, slug: str, prompt: Mapping[str, Any], by: User) -> Changed:
    """Add one prompt to a pool, or change the one with its id. Raises InvalidInput with what is wrong of its fields."""
    found = formats.check(prompt, settings.PROMPT_CHARS)
    if not isinstance(found, formats.Row):
        told = [{"field": one.field or "body", "message": one.detail} for one in found]
        raise InvalidInput("Some of the fields are not right; nothing was changed.", errors=told)
    with transaction.atomic():
        pool = _locked(slug)
        return _store(pool, plans.plan({1: found}, queries.present(pool), "add", set()), by=by, summary=found.key)


@transaction.atomic
def put_away(*, id: uuid.UUID, by: User) -> Changed:
    """Take a prompt out of use; what refers to it stays. Raises NotFound; one that is out of use already stays so."""
    prompt = queries.prompt(id)
    pool = _locked(prompt.pool.slug)
    present = queries.present(pool)
    staying = {place: one.row for place, one in enumerate(present.values()) if one.active and one.row.key != prompt.key}
    return _store(pool, plans.plan(staying, present, "replace", set()), by=by, summary=prompt.key)


def _refused(reading: plans.Reading) -> ImportRefused:
    told = [
        {"field": f"line {bad.line}" + (f", {one.field}" if one.field else ""), "message": one.detail}
        for bad in reading.bad[:TOLD]
        for one in bad.problems
    ]
    counted = f"{len(reading.bad):,} of {reading.count:,} lines are" if len(reading.bad) > 1 else "one line is"
    first = f"{told[0]['field']}: {told[0]['message']}"
    return ImportRefused(f"Nothing was imported: {counted} not right. The first is {first} Mend the file and send it again.", errors=told)


@transaction.atomic
def _import(slug: str, reading: plans.Reading, choice: plans.Choice, *, by: User | None, summary: str, after: int | None) -> Changed:
    pool = _locked(slug)
    present = queries.present(pool)
    twins = plans.twins(reading.rows, present, choice.mode) if choice.leave_out != "none" else []
    plan = plans.plan(reading.rows, present, choice.mode, plans.left_out(twins, choice))
    newest = queries.newest(pool)
    if plan.changes and after is not None and after != (newest.number if newest else 0):
        raise PoolMoved("Somebody has changed the pool since you looked at this import; nothing was changed. Look at it again.")
    return _store(pool, plan, by=by, summary=summary)


def _locked(slug: str) -> Pool:
    """The pool, whose prompts nobody else changes until this transaction ends.

    Not by a lock on its row: whoever opens a battle may need that, and an import takes its time.
    """
    pool = queries.pool(slug)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, pool.pk])
    return pool


def _store(pool: Pool, plan: plans.Plan, *, by: User | None, summary: str) -> Changed:
    """Write what is planned and the version that comes of it; where nothing changes, the newest version stays the newest."""
    newest = queries.newest(pool)
    if newest and not plan.changes:
        return Changed(newest, plan, new=False)
    Prompt.objects.bulk_create(
        [_prompt(pool, row) for row in (*plan.added, *plan.changed)],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["pool", "key"],
        update_fields=["text", "category", "language", "tags", "system", "parameters", "held_out", "chip", "active"],
    )
    Prompt.objects.filter(pool=pool, key__in=plan.put_away).update(active=False)
    content = formats.canonical(plan.result)
    version = PoolVersion.objects.create(
        pool=pool,
        number=newest.number + 1 if newest else 1,
        sha256=formats.fingerprint(content),
        count=len(plan.result),
        added=len(plan.added),
        changed=len(plan.changed),
        put_away=len(plan.put_away),
        summary=summary[:200],
        by=by,
    )
    VersionText.objects.create(version=version, deflated=zlib.compress(content))
    return Changed(version, plan, new=True)


def _prompt(pool: Pool, row: formats.Row) -> Prompt:
    about = {name: getattr(row, name) for name in ("key", "text", "category", "language", "system", "held_out", "chip")}
    return Prompt(pool=pool, tags=list(row.tags), parameters=dict(row.parameters), active=True, **about)
