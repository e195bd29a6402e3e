"""What votes earn: the policy in force, those before it, and what another would have paid last week."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from arena import clock
from arena.battles import rewards
from arena.battles.models import RewardPolicy
from arena.users.vouching import VOUCHED

DAYS = 7
SHOWN = 20
CHUNK = 5_000

# Some votes are paid though they are not rated: what they earned says so. Those that were struck earn nothing by any policy.
# Whom a guest turned out to be earns for both. Who got an account later was a guest before; one that nothing stands behind is held like one.
_VOTES = f"""
SELECT v.at::date, coalesce(m.into_id, b.voter_id), c.network, (NOT {VOUCHED} OR v.at < u.registered_at) IS TRUE, v.outcome,
       v.award_reason NOT IN ('skip', 'unrated'), v.award,
       v.award_reason IN ('daily_cap', 'network_cap')
FROM battles_vote v JOIN battles_battle b ON b.id = v.battle_id JOIN users_user u ON u.id = b.voter_id
LEFT JOIN battles_votecontext c ON c.vote_id = v.id LEFT JOIN users_merge m ON m.guest_id = b.voter_id
WHERE v.at >= %s AND v.at < %s AND NOT EXISTS (SELECT FROM battles_retraction r WHERE r.vote_id = v.id) ORDER BY v.at, v.id
"""


def told(policy: rewards.RewardPolicy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in ("version", "points", "daily_cap", "guest_network_daily_cap")}


def history() -> list[dict[str, Any]]:
    """The newest policies that somebody chose."""
    rows = RewardPolicy.objects.select_related("by").order_by("-id")[:SHOWN]
    names = ("version", "points", "daily_cap", "guest_network_daily_cap", "reason", "at")
    return [{**{name: getattr(row, name) for name in names}, "by": row.by and row.by.display_name} for row in rows]


def try_out(policy: rewards.RewardPolicy) -> dict[str, Any]:
    """What the votes of the last DAYS whole days (UTC) and today so far would have earned by it. Nothing is changed."""
    now = clock.now()
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    run = rewards.dry_run(_votes(since, now), policy)
    return {
        "since": since,
        "until": now,
        "votes": run.votes,
        "rated": run.rated,
        "people": len(run.by_person),
        "paid": run.paid,
        "paid_now": run.paid_now,
        "capped": run.capped,
        "capped_now": run.capped_now,
        "gaining": run.gaining,
        "losing": run.losing,
        "days": [{"day": day, "paid": then, "paid_now": before} for day, (then, before) in sorted(run.by_day.items(), key=str)],
        "policy": told(policy),
    }


def _votes(since: datetime, until: datetime) -> Iterator[rewards.Cast]:
    with connection.cursor() as cursor:
        cursor.execute(_VOTES, [since, until])
        while rows := cursor.fetchmany(CHUNK):
            yield from (rewards.Cast(*row) for row in rows)
