"""How the arena fares, from its database alone: any process can answer, and nothing has to be scraped."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from arena import clock
from arena.battles import budgets
from arena.credits.models import Alarm
from arena.database.jobs import PLACES
from arena.ratings.models import Board
from arena.votelog import queries as votelog

# hours that are looked back: seconds of one bar of the plots
WINDOWS = {6: 900, 24: 3_600, 168: 21_600}
CODES = ("alarms", "projector_behind", "no_worker", "queue_waits", "jobs_failed", "contender_fails", "budget_spent")
# Of a busy arena only the newest answers are looked at: they say how contenders fare now, and the page stays quick.
ANSWERS = 20_000
# Beyond these something is wrong that somebody should look at.
BEHIND_SECONDS, WAITS_SECONDS, WORKER_SECONDS, FAILING, ENOUGH = 30, 120, 30, 0.2, 10

_VOTES = "SELECT width_bucket(extract(epoch FROM at), %s, %s, %s), count(*) FROM battles_vote WHERE at >= %s GROUP BY 1"
# A battle's id begins with the millisecond that it was made in.
_BATTLES = """
SELECT width_bucket(extract(epoch FROM created_at), %s, %s, %s), count(*) FROM battles_battle WHERE id >= %s GROUP BY 1
"""
_FAILED = """
SELECT width_bucket(extract(epoch FROM started_at), %s, %s, %s), count(*) FROM (
    SELECT status, started_at FROM battles_answer ORDER BY id DESC LIMIT %s
) recent WHERE status IN ('failed', 'interrupted') AND started_at >= %s GROUP BY 1
"""
_CONTENDERS = """
SELECT c.slug, c.name, c.state, count(*), count(*) FILTER (WHERE r.status IN ('failed', 'interrupted')),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.first_token_at - r.started_at) * 1000),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM r.first_token_at - r.started_at) * 1000),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.finished_at - r.started_at) * 1000),
       coalesce(sum(r.output_tokens), 0)
FROM (SELECT * FROM battles_answer ORDER BY id DESC LIMIT %s) r
JOIN battles_side s ON s.id = r.side_id JOIN contenders_contender c ON c.id = s.contender_id
JOIN battles_battle b ON b.id = s.battle_id AND b.reuses_id IS NULL  -- copies were asked of nobody
WHERE r.started_at >= %s AND r.status NOT IN ('pending', 'streaming') GROUP BY c.id ORDER BY c.name
"""
_QUEUE = """
SELECT count(*) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()), count(*) FILTER (WHERE j.status = 'doing'),
       count(*) FILTER (WHERE j.status = 'failed'),
       extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at)) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()))
FROM procrastinate_jobs j LEFT JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
WHERE j.status IN ('todo', 'doing', 'failed')
"""
_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - %s * interval '1 second'"
_PENDING = "SELECT count(*), extract(epoch FROM now() - min(at)) FROM votelog_pending"


def health(hours: int) -> dict[str, Any]:
    """The figures of the last so many hours (one of WINDOWS), and what is wrong now."""
    now, width = clock.now(), WINDOWS[hours]
    end = (int(now.timestamp()) // width + 1) * width
    bars = hours * 3600 // width
    since = datetime.fromtimestamp(end - bars * width, tz=now.tzinfo)
    told = {
        "at": now,
        "hours": hours,
        "bars": _bars(since, end, bars, width),
        "contenders": _contenders(since),
        "queue": _queue(),
        "projector": _projector(),
        "spending": _spending(),
        "alarms": Alarm.objects.filter(closed_at=None).count(),
    }
    return {**told, "troubles": troubles(told)}


def troubles(told: dict[str, Any]) -> list[dict[str, str]]:
    """What somebody should look at, each by a code and what it is about, the worst first. A name may be another's too: its slug tells which."""
    queue, projector = told["queue"], told["projector"]
    found = [{"code": "alarms", "subject": str(told["alarms"])}] if told["alarms"] else []
    if (projector["oldest_seconds"] or 0) > BEHIND_SECONDS:
        found.append({"code": "projector_behind", "subject": str(projector["pending"])})
    if not queue["workers"]:
        found.append({"code": "no_worker", "subject": ""})
    elif (queue["oldest_seconds"] or 0) > WAITS_SECONDS:
        found.append({"code": "queue_waits", "subject": str(queue["waiting"])})
    if queue["failed"]:
        found.append({"code": "jobs_failed", "subject": str(queue["failed"])})
    for row in told["contenders"]:
        if row["answers"] >= ENOUGH and row["failed"] >= FAILING * row["answers"]:
            found.append({"code": "contender_fails", "subject": row["name"], "slug": row["slug"]})
    spending = told["spending"]
    if (0 < spending["tokens_limit"] <= spending["tokens"]) or (0 < float(spending["cost_limit"]) <= float(spending["cost"])):
        found.append({"code": "budget_spent", "subject": ""})
    return found


def _bars(since: datetime, end: int, bars: int, width: int) -> list[dict[str, Any]]:
    begin = int(since.timestamp())
    edges = [begin, end, bars]
    votes = _counts(_VOTES, [*edges, since])
    battles = _counts(_BATTLES, [*edges, _first_id(since)])
    failed = _counts(_FAILED, [*edges, ANSWERS, since])
    return [
        {
            "at": datetime.fromtimestamp(begin + place * width, tz=since.tzinfo),
            "votes": votes.get(place + 1, 0),
            "battles": battles.get(place + 1, 0),
            "failed": failed.get(place + 1, 0),
        }
        for place in range(bars)
    ]


def _counts(sql: str, values: list[Any]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return dict(cursor.fetchall())


def _first_id(moment: datetime) -> uuid.UUID:
    """The least id (UUID version 7) that was made at this moment."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def _contenders(since: datetime) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_CONTENDERS, [ANSWERS, since])
        rows = cursor.fetchall()
    names = ("slug", "name", "state", "answers", "failed", "first_ms", "first_ms_95", "whole_ms", "tokens")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _queue() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE)
        waiting, running, failed, oldest = cursor.fetchone()
        cursor.execute(_WORKERS, [WORKER_SECONDS])
        (workers,) = cursor.fetchone()
    processes = -(-workers // len(PLACES))  # each has a line for every queue
    return {"waiting": waiting, "running": running, "failed": failed, "oldest_seconds": _seconds(oldest), "workers": processes}


def _projector() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_PENDING)
        pending, oldest = cursor.fetchone()
    head = votelog.head()
    boards = Board.objects.order_by("position", "slug").values_list("slug", "title", "last_seq", "votes")
    return {
        "pending": pending,
        "oldest_seconds": _seconds(oldest),
        "entries": head + 1,
        "boards": [{"slug": slug, "title": title, "behind": max(0, head - last), "votes": votes} for slug, title, last, votes in boards],
    }


def _spending() -> dict[str, Any]:
    used = budgets.used_today(budgets.ARENA)
    limits = {"tokens_limit": settings.DAILY_TOKENS, "cost_limit": str(settings.DAILY_COST_USD)}
    return {"tokens": used.tokens, "cost": f"{used.cost:.4f}", **limits}


def _seconds(value: Any) -> float | None:
    return None if value is None else round(max(0.0, float(value)), 1)
