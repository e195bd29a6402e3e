"""Panels: several voters on the same answers, each in a battle of their own.

A panel is a battle, the source, and those that reuse it. Each has copies of the answers, under sides shuffled anew: so whatever reads,
votes on, shares or erases a battle need not know of panels, and nobody loses a word by another's wish. A seat is taken by a battle that
was judged, or that was begun less than SEAT_SECONDS ago and still may be. Seats are counted while the prompt is held, so that there are
never more than the pool wants. A pool's voters judge the first answers: before the vote there is no second turn.

Whoever sits there may tell others what the answers' names are once they know them. So a network is remembered at each panel that somebody
of it sits at, and nobody else of it is seated there, but for those who are vouched for: colleagues behind one address are several people.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q

from arena import clock
from arena.battles import blindness, queries, whole
from arena.battles.models import Answer, Battle, Panel, Seated, Status
from arena.battles.waiting import SEATED_KEPT
from arena.contenders.models import State
from arena.prompts import budgets
from arena.prompts.models import Pool, Prompt
from arena.users import queries as users
from arena.users.models import User
from arena.users.vouching import vouched

LOOKED_AT = 8
# A seat that is about to lapse for its voter is not given away yet: clocks differ, and a vote takes a moment.
MARGIN = timedelta(seconds=60)
_MEMBERS = "(b.id = n.battle_id OR b.reuses_id = n.battle_id)"
_SEATS = f"""
(SELECT count(*) FROM battles_battle b
 LEFT JOIN battles_vote v ON v.battle_id = b.id LEFT JOIN battles_erasure e ON e.battle_id = b.id
 WHERE {_MEMBERS} AND b.id <> %(but)s AND (v.outcome <> 'skip' OR (v.id IS NULL AND e.battle_id IS NULL AND b.created_at > %(since)s)))
"""
_MARK = "encode(sha256(convert_to(n.battle_id::text || %(network)s, 'UTF8')), 'hex')"
_REMEMBER = f"""
INSERT INTO battles_seated (panel_id, network) SELECT n.battle_id, {_MARK} FROM (SELECT %(panel)s::uuid AS battle_id) n ON CONFLICT DO NOTHING
"""
_RUNNING = """EXISTS (SELECT FROM battles_turn t JOIN battles_answer a ON a.turn_id = t.id
        WHERE t.battle_id = n.battle_id AND t.number = 0 AND a.status IN ('pending', 'streaming'))"""
# Panels with a seat for somebody who has none there, whose answers have ended, oldest first.
_FREE = f"""
SELECT n.battle_id, s.voter_id, n.prompt_id FROM battles_panel n
JOIN battles_battle s ON s.id = n.battle_id JOIN prompts_prompt p ON p.id = n.prompt_id JOIN prompts_pool l ON l.id = p.pool_id
WHERE NOT n.closed AND {{wanted}}
  AND NOT EXISTS (SELECT FROM battles_erasure e WHERE e.battle_id = n.battle_id)
  AND NOT EXISTS (SELECT FROM battles_battle b WHERE {_MEMBERS} AND b.voter_id = ANY(%(selves)s))
  AND (%(network)s = '' OR NOT EXISTS (SELECT FROM battles_seated x WHERE x.panel_id = n.battle_id AND x.network = {_MARK}))
  AND NOT {_RUNNING}
  AND {_SEATS} < l.voters
ORDER BY n.battle_id LIMIT %(limit)s
"""
_OF_PROMPT = _FREE.format(wanted="n.prompt_id = %(prompt)s")
_OF_POOL = _FREE.format(wanted="p.pool_id = %(pool)s AND p.active AND (%(language)s = '' OR p.language = %(language)s)")
_TAKEN = f"SELECT {_SEATS} FROM (SELECT %(panel)s::uuid AS battle_id) n"
# Panels of a prompt that can take nobody more: erased, judged by as many as the pool wants, or never answered by now.
_CLOSE = f"""
UPDATE battles_panel n SET closed = true FROM battles_battle s, prompts_prompt p, prompts_pool l
WHERE s.id = n.battle_id AND p.id = n.prompt_id AND l.id = p.pool_id AND n.prompt_id = %(prompt)s AND NOT n.closed
  AND (EXISTS (SELECT FROM battles_erasure e WHERE e.battle_id = n.battle_id)
       OR (SELECT count(*) FROM battles_battle b JOIN battles_vote v ON v.battle_id = b.id
           WHERE {_MEMBERS} AND v.outcome <> 'skip') >= l.voters
       OR (s.created_at < %(since)s AND {_RUNNING}))
"""
# Whoever votes on the source or erases it holds it; then another panel will do, and nobody waits in a ring.
_KEEP = "SELECT FROM battles_battle WHERE id = %s FOR KEY SHARE SKIP LOCKED"
NOBODY = uuid.UUID(int=0)


def is_late(battle: Battle) -> bool:
    """Whether the place that a battle had in its pool may have been given to somebody else."""
    return battle.prompt is not None and battle.created_at < clock.now() - timedelta(seconds=settings.SEAT_SECONDS)


def has_seat(battle: Battle) -> bool:
    """Whether a late vote still finds a place on its panel, if it is of one; holds the prompt until the transaction ends."""
    assert battle.prompt is not None
    if not queries.one_turn(battle):
        return True
    budgets.hold("panels", battle.prompt.pk)
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, {"panel": battle.reuses_id or battle.pk, "but": battle.pk, "since": _since()})
        return int(cursor.fetchone()[0]) < max(1, battle.prompt.pool.voters)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who looks for a seat: all that they were, and the lasting hash of their network; empty for who is vouched for, and sits anywhere."""

    selves: Sequence[uuid.UUID]
    network: str

    @classmethod
    def of(cls, voter: User | None, network: str) -> "Newcomer":
        return cls(users.selves(voter), "" if vouched(voter) else network) if voter else cls((), network)


def free_for(newcomer: Newcomer, prompt: Prompt) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Some panels of a prompt, which is held, that have a seat for this person: each source and its voter, oldest first."""
    return [(source, voter) for source, voter, _ in _free(_OF_PROMPT, newcomer, prompt=prompt.pk)]


def prompts_for(newcomer: Newcomer, pool: Pool, language: str) -> list[uuid.UUID]:
    """Prompts of a pool on which somebody's judgement is waited for that this person can give, the longest waiting first."""
    return [prompt for *_, prompt in _free(_OF_POOL, newcomer, pool=pool.pk, language=language)]


def _free(statement: str, newcomer: Newcomer, **wanted: Any) -> list[tuple[uuid.UUID, uuid.UUID, uuid.UUID]]:
    named: dict[str, Any] = {"selves": list(newcomer.selves), "network": newcomer.network, "but": NOBODY, "since": _since()}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**named, **wanted, "limit": LOOKED_AT})
        found: list[tuple[uuid.UUID, uuid.UUID, uuid.UUID]] = cursor.fetchall()
        return found


def remember(panel: uuid.UUID, network: str) -> None:
    """Note that somebody of this network (its lasting hash) sits at a panel. An empty one is none."""
    if network:
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, {"panel": panel, "network": network})


def forget() -> int:
    """Delete the networks of panels that take nobody more, or have waited for SEATED_KEPT and take from them again; gives how many."""
    old = Q(panel__battle__created_at__lt=clock.now() - SEATED_KEPT)
    return Seated.objects.filter(old | Q(panel__closed=True)).delete()[0]


def kept(source: uuid.UUID, voter: uuid.UUID) -> Battle | None:
    """The source, whole, kept from being voted on or erased until the transaction ends; None while somebody is about to do that."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [source])
        if cursor.fetchone() is None:
            return None
    return whole.read(source, [voter])


def close_done(prompt: Prompt) -> None:
    """Take panels out of the search, of a prompt which is held, that can take nobody more."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, {"prompt": prompt.pk, "since": _since()})


def give_up(source: Battle) -> None:
    """Take a panel out of the search whose own voter has voted: nobody asks again, so answers that others cannot judge stay so."""
    of_panel = source.reuses_id is None and source.prompt is not None and source.prompt.pool.shared_answers
    if source.prompt and of_panel and not good_answers(source, source.prompt.pool, source.said[0].content):
        Panel.objects.filter(pk=source.pk).update(closed=True)


def may_improve(source: Battle) -> bool:
    """Whether answers that are not good for a panel may yet be asked for again."""
    return not hasattr(source, "vote") and source.created_at > _since()


def good_answers(source: Battle, pool: Pool, content: list[dict[str, Any]]) -> list[Answer]:
    """The source's first answers by position, if others can judge them; else nothing.

    They must be answers to these very words, whole, of contenders that may be drawn, and not give their names away.
    """
    first = source.said[0]
    answers = queries.current(first.given, first.attempt)
    if first.content != content or not all(_is_good(answer, pool) for answer in answers):
        return []
    asked = queries.words(first)
    told = ((f"{answer.reasoning}\n{answer.text}", queries.identity(answer.side.contender)) for answer in answers)
    return [] if any(blindness.names_itself(said, asked, own) for said, own in told) else answers


def _is_good(answer: Answer, pool: Pool) -> bool:
    contender = answer.side.contender
    may_be_drawn = contender.state in (State.PRELIMINARY, State.LISTED) and (not pool.contenders or contender.slug in pool.contenders)
    return answer.status == Status.DONE and bool(answer.text.strip()) and may_be_drawn


def _since() -> datetime:
    return clock.now() - timedelta(seconds=settings.SEAT_SECONDS) - MARGIN
