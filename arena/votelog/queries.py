"""Reading the log."""

import uuid

from django.db import connection
from django.db.models import Max

from arena.votelog.models import Entry


def head() -> int:
    """The newest seq, -1 when the log is empty."""
    newest = Entry.objects.aggregate(newest=Max("seq"))["newest"]
    return -1 if newest is None else int(newest)


def seq_of(kind: str, subject: uuid.UUID) -> int | None:
    """The number of a fact, None while it waits for one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM votelog_entry WHERE subject = %s AND kind = %s", [subject, kind])
        row = cursor.fetchone()
    return int(row[0]) if row else None
