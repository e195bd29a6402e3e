"""Names that wait: whoever has not judged a panel's answers is told no name beside them while somebody may still be paid for judging them.

That is a voter who skips, for a skip costs nothing and takes no seat, and everybody who holds a link. Who judges is told at once, as in
any battle: they have paid with a blind judgement, and the board tells as much a moment later.
"""

import uuid
from collections.abc import Collection
from datetime import timedelta

from django.db import connection

from arena import clock
from arena.battles.models import Battle, Outcome

# Whoever sits at a panel and has not voted for so long does not come back: names that wait for them would wait for ever.
SEATED_KEPT = timedelta(days=30)
# Panels that want another judgement and may get one: they take newcomers, or somebody who sits there may still vote.
_OPEN = """
SELECT n.battle_id FROM battles_panel n JOIN prompts_prompt p ON p.id = n.prompt_id JOIN prompts_pool l ON l.id = p.pool_id
WHERE n.battle_id = ANY(%(panels)s)
  AND (SELECT count(*) FROM battles_battle b JOIN battles_vote v ON v.battle_id = b.id
       WHERE (b.id = n.battle_id OR b.reuses_id = n.battle_id) AND v.outcome <> 'skip') < l.voters
  AND ((NOT n.closed AND l.voters > 1 AND p.active AND l.archived_at IS NULL AND (l.closes_at IS NULL OR l.closes_at > %(now)s)
        AND NOT EXISTS (SELECT FROM battles_erasure e WHERE e.battle_id = n.battle_id))
       OR EXISTS (SELECT FROM battles_battle b WHERE (b.id = n.battle_id OR b.reuses_id = n.battle_id) AND b.created_at > %(since)s
                  AND NOT EXISTS (SELECT FROM battles_vote v WHERE v.battle_id = b.id)
                  AND NOT EXISTS (SELECT FROM battles_erasure e WHERE e.battle_id = b.id)))
"""


def being_judged(battles: Collection[Battle]) -> set[uuid.UUID]:
    """Of these battles, those whose answers somebody else may still be paid for judging."""
    panels = {battle.pk: battle.reuses_id or battle.pk for battle in battles if battle.prompt_id}
    if not panels:
        return set()
    with connection.cursor() as cursor:
        now = clock.now()
        cursor.execute(_OPEN, {"panels": list(panels.values()), "now": now, "since": now - SEATED_KEPT})
        still = {row[0] for row in cursor.fetchall()}
    return {battle for battle, panel in panels.items() if panel in still}


def untold(battles: Collection[Battle]) -> set[uuid.UUID]:
    """Of these battles, those whose contenders no operator is told: not voted on yet, or their answers may still be judged, by that operator too."""
    return {battle.pk for battle in battles if not hasattr(battle, "vote")} | being_judged(battles)


def waiting(battles: Collection[Battle]) -> set[uuid.UUID]:
    """Of these battles, those whose own voter has skipped and is told the names later. Asks the database only if one was skipped."""
    return being_judged([battle for battle in battles if _is_skipped(battle)])


def names_wait(battle: Battle) -> bool:
    return bool(waiting([battle]))


def _is_skipped(battle: Battle) -> bool:
    vote = getattr(battle, "vote", None)
    return vote is not None and vote.outcome == Outcome.SKIP
