"""Jobs for a worker, and what has become of them."""

import uuid

from django.db import connection

from arena.ledger.tasks import release_due_points


def given() -> int:
    """The id of a job that waits from now on; one with a lock of its own, because the task's would let it wait only once."""
    return int(release_due_points.configure(queueing_lock=str(uuid.uuid4())).defer(timestamp=0))


def status(job: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job])
        return str(cursor.fetchone()[0])


def done(job: int) -> bool:
    return status(job) == "succeeded"
