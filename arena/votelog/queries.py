"""Reading the log."""

import uuid

from django.db import connection
from django.db.models import Max

from arena.votelog.models import Entry
from arena.votelog.tree import Frontier, entry


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


def grow(frontier: Frontier, *, upto: int, chunk: int = 5_000) -> Frontier:
    """Append to a tree the entries behind its last one, up to the seq `upto`; gives the same tree. Holds `chunk` entries at a time."""
    columns = ("seq", "kind", "time", "commit", "commit_person")
    while frontier.size <= upto:
        last = min(upto, frontier.size + chunk - 1)
        for seq, kind, time, commit, person in (
            Entry.objects.filter(seq__gte=frontier.size, seq__lte=last).order_by("seq").values_list(*columns)
        ):
            frontier.append(
                entry(kind=kind, seq=seq, time=time, commit=bytes(commit), commit_person=None if person is None else bytes(person))
            )
        if frontier.size != last + 1:
            raise LookupError(f"the log has no entry {frontier.size}")
    return frontier
