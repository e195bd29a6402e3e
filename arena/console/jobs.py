"""Background jobs: what waits, runs and has failed, doing one again, and forgetting those that ended long ago."""

import json
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from arena import clock
from arena.errors import Conflict, NotFound
from arena.trail import actions as trail
from arena.users.models import User

STATUSES = ("failed", "todo", "doing", "succeeded", "cancelled", "aborted")
SHOWN = 100
# How long a job that has ended is remembered; one that failed is there for somebody to look at, and to have done again.
KEPT, FAILED_KEPT = timedelta(days=2), timedelta(days=30)
BATCH = 5_000

_JOBS = """
SELECT j.id, j.task_name, j.queue_name, j.status, j.attempts, j.scheduled_at, j.args, min(e.at), max(e.at)
FROM (
    SELECT * FROM procrastinate_jobs WHERE status = ANY(%s::procrastinate_job_status[]) AND (%s = '' OR task_name = %s)
    ORDER BY id DESC LIMIT %s
) j LEFT JOIN procrastinate_events e ON e.job_id = j.id
GROUP BY j.id, j.task_name, j.queue_name, j.status, j.attempts, j.scheduled_at, j.args ORDER BY j.id DESC
"""
_TASKS = """
SELECT task_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'succeeded')
FROM procrastinate_jobs GROUP BY task_name ORDER BY task_name
"""
# Not of jobs that are being put back into the queue meanwhile.
_FORGET = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs j WHERE status NOT IN ('todo', 'doing') AND NOT EXISTS (
        SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > CASE j.status WHEN 'failed' THEN %s ELSE %s END::timestamptz
    ) ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


def tasks() -> list[dict[str, Any]]:
    """Of each task that the queue remembers, how many jobs are in which state."""
    with connection.cursor() as cursor:
        cursor.execute(_TASKS)
        rows = cursor.fetchall()
    return [dict(zip(("task", "todo", "doing", "failed", "succeeded"), row, strict=True)) for row in rows]


def jobs(*, status: str, task: str = "") -> list[dict[str, Any]]:
    """The newest SHOWN jobs of a status (one of STATUSES), of one task or of all."""
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, [[status], task, task, SHOWN])
        rows = cursor.fetchall()
    names = ("id", "task", "queue", "status", "attempts", "scheduled_at", "args", "made_at", "changed_at")
    return [{**dict(zip(names, row, strict=True)), "args": _args(row[6])} for row in rows]


@transaction.atomic
def retry(*, id: int, by: User) -> str:
    """Put a failed job back into the queue; gives its status. One that waits or runs already is left alone.

    Raises NotFound, Conflict (it ended well, was cancelled, or the same work waits already).
    """
    job = ProcrastinateJob.objects.select_for_update(of=("self",)).filter(pk=id).first()
    if job is None:
        raise NotFound("The queue remembers no such job.")
    if job.status in ("todo", "doing"):
        return str(job.status)
    if job.status != "failed":
        raise Conflict(f"Only a failed job can be done again; this one is {job.status}.")
    try:
        with transaction.atomic():
            app.job_manager.retry_job_by_id(job_id=id, retry_at=clock.now())
    except exceptions.UniqueViolation as error:
        raise Conflict("The same work waits in the queue already; this job was left as it is.") from error
    trail.note(by=by, about=job, said=f"Had the job {job.task_name} done again", changes={"status": ("failed", "todo")})
    return "todo"


def forget_ended() -> int:
    """Delete what ended KEPT ago, failed jobs after FAILED_KEPT, a BATCH at a time, each in a transaction of its own; gives how many."""
    now, gone = clock.now(), 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_FORGET, [now - FAILED_KEPT, now - KEPT, BATCH])
            gone += (found := int(cursor.rowcount))
            if found < BATCH:
                return gone


def _args(args: Any) -> dict[str, str]:
    """What it was called with, cut short."""
    return {str(name): str(value)[:200] for name, value in json.loads(args or "{}").items()}
