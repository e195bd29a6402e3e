"""Submitting facts to the log, and giving them their numbers."""

import uuid

from django.db import connection, transaction

from arena import clock

LOCK = 0x45564E4C  # "EVNL": the advisory lock under which one process numbers


def submit(*, kind: str, subject: uuid.UUID, commit: bytes, commit_person: bytes | None = None) -> None:
    """Queue a fact for numbering; called in the transaction that writes the fact, so that both exist or neither."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO votelog_pending (kind, subject, commit, commit_person, at) VALUES (%s, %s, %s, %s, %s)",
            [kind, subject, commit, commit_person, clock.now()],
        )


@transaction.atomic
def number(*, limit: int = 1000) -> int:
    """Give each waiting fact the next `seq` (0-based, gap-free, P7) and say how many; 0 also when another process is at it.

    Reading what is committed and numbering it under a lock is exact; a cursor on an autoincrement id would lose facts, because ids
    are not given in the order of commits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            """
            WITH taken AS (
                DELETE FROM votelog_pending WHERE id IN (SELECT id FROM votelog_pending ORDER BY id LIMIT %s)
                RETURNING id, kind, subject, commit, commit_person
            ), last AS (SELECT coalesce(max(seq), -1) AS seq FROM votelog_entry)
            INSERT INTO votelog_entry (seq, kind, subject, commit, commit_person, time)
            SELECT last.seq + row_number() OVER (ORDER BY taken.id), kind, subject, commit, commit_person, %s FROM taken, last
            """,
            [limit, clock.now()],
        )
        return int(cursor.rowcount)
