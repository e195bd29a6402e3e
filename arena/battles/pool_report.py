"""What has become of a pool: how far it is, how far its voters agree, what it cost, how long they took, and which side they took."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from arena import clock
from arena.prompts import budgets
from arena.prompts.agreement import agreement
from arena.prompts.models import Pool

# What one voter can say of two contenders, of which the lower id comes first.
SCALE = ("first", "second", "tie", "both_bad")
# Votes that were struck count nowhere.
_STANDING = "NOT EXISTS (SELECT FROM battles_retraction r WHERE r.vote_id = v.id)"
_BATTLES = """
FROM battles_battle b JOIN prompts_prompt p ON p.id = b.prompt_id AND p.pool_id = %(pool)s LEFT JOIN battles_vote v ON v.battle_id = b.id
"""
_PROGRESS = f"""
SELECT count(*) AS battles, count(b.reuses_id) AS reused, count(v.id) FILTER (WHERE v.outcome <> 'skip') AS votes,
       count(v.id) FILTER (WHERE v.outcome = 'skip') AS skips, count(v.id) FILTER (WHERE v.rated) AS rated,
       count(DISTINCT b.prompt_id) FILTER (WHERE v.outcome <> 'skip') AS judged_prompts,
       count(DISTINCT b.voter_id) FILTER (WHERE v.outcome <> 'skip') AS voters,
       count(*) FILTER (WHERE v.id IS NULL AND b.created_at > %(since)s) AS under_way
{_BATTLES}
"""
# By panel: how many have judged it.
_PANELS = """
SELECT count(*) AS panels, count(*) FILTER (WHERE judged >= %(voters)s) AS complete,
       count(*) FILTER (WHERE NOT closed AND judged < %(voters)s) AS waiting
FROM (SELECT n.closed, (SELECT count(*) FROM battles_battle b JOIN battles_vote v ON v.battle_id = b.id
                        WHERE (b.id = n.battle_id OR b.reuses_id = n.battle_id) AND v.outcome <> 'skip') AS judged
      FROM battles_panel n JOIN prompts_prompt p ON p.id = n.prompt_id WHERE p.pool_id = %(pool)s) x
"""
_JUDGEMENTS = f"""
SELECT coalesce(b.reuses_id, b.id), v.contenders, v.ranks, v.outcome = 'both_bad'
{_BATTLES}
WHERE v.rated AND v.turn = 0 AND {_STANDING} AND (b.reuses_id IS NOT NULL OR EXISTS (SELECT FROM battles_panel n WHERE n.battle_id = b.id))
"""
_TIMES = f"""
SELECT count(t), percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY t)
FROM (SELECT (c.measures ->> 'vote_ms')::float / 1000 AS t
      {_BATTLES} JOIN battles_votecontext c ON c.vote_id = v.id WHERE v.outcome <> 'skip' AND c.measures ? 'vote_ms') x
"""
_POSITIONS = f"""
SELECT v.ranks, v.outcome = 'both_bad', count(*) {_BATTLES} WHERE v.rated AND {_STANDING} GROUP BY 1, 2
"""


def report(pool: Pool) -> dict[str, Any]:
    """The figures of a pool as they are now; texts and people are not among them."""
    named = {"pool": pool.pk, "voters": pool.voters, "since": clock.now() - timedelta(seconds=settings.SEAT_SECONDS)}
    use = budgets.used([pool.pk]).get(pool.pk, budgets.Use())
    progress = _row(_PROGRESS, named)
    return {
        "slug": pool.slug,
        "title": pool.title,
        "state": pool.state,
        "as_of": clock.now(),
        "progress": {"prompts": pool.prompts.filter(active=True).count(), **progress},
        "panels": {"wanted": pool.voters, **_row(_PANELS, named)},
        "budgets": {
            "votes": {"used": str(use.votes), "limit": _shown(pool.votes_budget)},
            "points": {"used": str(use.points), "limit": _shown(pool.points_budget)},
            "cost": {"used": f"{use.cost:.6f}", "limit": _shown(pool.cost_budget)},
        },
        "cost_a_vote": f"{use.cost / use.votes:.6f}" if use.votes else None,
        "agreement": asdict(agreement(_items(_rows(_JUDGEMENTS, named)), SCALE)),
        "seconds": _seconds(named),
        "positions": _positions(_rows(_POSITIONS, named)),
    }


def _items(judgements: Iterable[Sequence[Any]]) -> list[list[str]]:
    """What was said of each two contenders of a panel, by each of its voters."""
    said: dict[tuple[UUID, int, int], list[str]] = defaultdict(list)
    for panel, contenders, ranks, both_bad in judgements:
        placed = sorted(zip(contenders, ranks, strict=True))
        for (first, best), (second, other) in combinations(placed, 2):
            word = "both_bad" if both_bad else "tie" if best == other else "first" if best < other else "second"
            said[panel, first, second].append(word)
    return list(said.values())


def _positions(rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """How often each place was alone the best, and how often none was; in battles with and without many sides alike."""
    best: dict[str, int] = dict.fromkeys("ab", 0)
    ties = both_bad = 0
    for ranks, all_bad, count in rows:
        if all_bad:
            both_bad += count
        elif ranks.count(0) > 1:
            ties += count
        else:
            letter = "abcdef"[ranks.index(0)]
            best[letter] = best.get(letter, 0) + count
    sides = [{"side": letter, "best": count} for letter, count in sorted(best.items())]
    return {"sides": sides, "ties": ties, "both_bad": both_bad}


def _seconds(named: dict[str, Any]) -> dict[str, Any]:
    """From the first words to the vote, as the voters' pages measured it."""
    ((count, quartiles),) = _rows(_TIMES, named)
    low, middle, high = quartiles or (None, None, None)
    return {"votes": count, "quarter": low, "median": middle, "three_quarters": high}


def _shown(limit: Any) -> str | None:
    return None if limit is None else str(limit)


def _rows(statement: str, named: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, named)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _row(statement: str, named: dict[str, Any]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, named)
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))
