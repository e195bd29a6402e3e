"""What streaming reads and writes in PostgreSQL: plain SQL on the asynchronous pool, because these are the hot paths."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from arena import asyncdb


@dataclass(slots=True)
class AnswerState:
    """One side's answer as readers see it: `text` and `reasoning` only ever grow."""

    id: int
    position: int
    contender: int
    status: str
    draw: int = 0
    text: str = ""
    reasoning: str = ""
    truncated: bool = False
    error: str = ""
    fault: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    first_token_at: datetime | None = None
    finished_at: datetime | None = None
    stored: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def letter(self) -> str:
        return "abcdef"[self.position]

    @property
    def running(self) -> bool:
        return self.status in ("pending", "streaming")


@dataclass(slots=True)
class TurnState:
    """The latest attempt of a turn, its answers by position."""

    battle: uuid.UUID
    turn: int
    number: int
    attempt: int
    answers: list[AnswerState]
    leased: bool

    @property
    def running(self) -> bool:
        return any(answer.running for answer in self.answers)


@dataclass(frozen=True, slots=True)
class RouteRow:
    """How a contender is reached."""

    provider: str
    protocol: str
    base_url: str
    key_env: str
    flags: list[str]
    max_streams: int
    model: str
    params: dict[str, Any]


_TURN = """
SELECT DISTINCT ON (s.position) t.id AS turn, t.number, t.attempt, a.id, s.position, s.draw, s.contender_id AS contender, a.status, a.text,
       a.reasoning, a.truncated, a.error, a.lease_until IS NOT NULL AS leased
FROM battles_turn t
JOIN battles_answer a ON a.turn_id = t.id AND a.attempt = t.attempt
JOIN battles_side s ON s.id = a.side_id
WHERE t.battle_id = %s AND t.number = %s
ORDER BY s.position, s.draw DESC
"""
_HEAL = """
UPDATE battles_answer a SET status = 'interrupted', error = 'interrupted', finished_at = now(), lease_until = NULL
FROM battles_turn t WHERE a.turn_id = t.id AND t.battle_id = %s AND a.status = 'streaming' AND a.lease_until < now()
"""
_CLAIM = """
WITH free AS (
    SELECT a.id FROM battles_answer a JOIN battles_turn t ON t.id = a.turn_id
    WHERE a.turn_id = %s AND a.attempt = %s AND t.attempt = a.attempt AND a.status = 'pending' AND NOT a.stop_requested
    ORDER BY a.id FOR UPDATE OF a
)
UPDATE battles_answer SET status = 'streaming', started_at = now(), lease_until = now() + %s * interval '1 second'
WHERE id IN (SELECT id FROM free) RETURNING id
"""
_ROUTES = """
SELECT r.contender_id, p.slug AS provider, p.protocol, p.base_url, p.key_env, p.flags, p.max_streams, r.model, r.params
FROM providers_route r JOIN providers_provider p ON p.id = r.provider_id
WHERE r.contender_id = ANY(%s) AND r.enabled AND p.enabled
"""
_HISTORY = """
SELECT DISTINCT ON (t.number, s.position) t.number, t.content, s.position, a.text
FROM battles_turn t
LEFT JOIN battles_answer a ON a.turn_id = t.id AND a.attempt = t.attempt
LEFT JOIN battles_side s ON s.id = a.side_id
WHERE t.battle_id = %s AND t.number <= %s
ORDER BY t.number, s.position, s.draw DESC
"""
_FLUSH = """
UPDATE battles_answer SET status = %s, text = %s, reasoning = %s, truncated = %s, error = %s, fault = %s, input_tokens = %s,
       output_tokens = %s, first_token_at = %s, finished_at = %s,
       lease_until = CASE WHEN %s THEN now() + %s * interval '1 second' END
WHERE id = %s AND status = 'streaming' RETURNING stop_requested
"""
_BEAT = """
UPDATE battles_answer SET lease_until = now() + %s * interval '1 second'
WHERE id = %s AND status = 'streaming' RETURNING stop_requested
"""


async def load_turn(battle: uuid.UUID, number: int) -> TurnState | None:
    """The turn as stored, with answers whose writer has died marked interrupted; None when there is no such turn."""
    async with asyncdb.connection() as connection:
        await connection.execute(_HEAL, [battle])
        rows = await (await connection.execute(_TURN, [battle, number])).fetchall()
    if not rows:
        return None
    shared = ("turn", "number", "attempt", "leased")
    answers = [AnswerState(**{key: value for key, value in row.items() if key not in shared}) for row in rows]
    return TurnState(
        battle=battle,
        turn=rows[0]["turn"],
        number=rows[0]["number"],
        attempt=rows[0]["attempt"],
        answers=answers,
        leased=any(row["leased"] for row in rows),
    )


async def claim(turn: TurnState) -> bool:
    """Take the lease on all answers of the attempt that wait; False when another process has it or the battle was stopped.

    One that waited when `turn` was read and does not any more was stopped since, and is marked so.
    """
    async with asyncdb.connection() as connection:
        rows = await (await connection.execute(_CLAIM, [turn.turn, turn.attempt, settings.LEASE_SECONDS])).fetchall()
    taken = {row["id"] for row in rows}
    for answer in turn.answers:
        if taken and answer.running and answer.id not in taken:
            answer.status = "stopped"
    return bool(taken)


async def routes(contenders: list[int]) -> dict[int, RouteRow]:
    """Routes by contender; one that is missing is switched off."""
    async with asyncdb.connection() as connection:
        rows = await (await connection.execute(_ROUTES, [contenders])).fetchall()
    return {row.pop("contender_id"): RouteRow(**row) for row in rows}


async def history(battle: uuid.UUID, number: int) -> list[dict[str, Any]]:
    """One row a turn and side, oldest first: number, content, position, text; for the present turn the text is ignored."""
    async with asyncdb.connection() as connection:
        return await (await connection.execute(_HISTORY, [battle, number])).fetchall()


async def flush(answer: AnswerState) -> str:
    """Store what has changed and renew the lease. Gives 'go on', 'stop' (the voter wants no more) or 'lost' (not ours any more)."""
    now, running = _stored(answer), answer.running  # together: the side may end while we wait for a connection
    async with asyncdb.connection() as connection:
        if now == answer.stored:
            cursor = await connection.execute(_BEAT, [settings.LEASE_SECONDS, answer.id])
        else:
            cursor = await connection.execute(_FLUSH, [*now, running, settings.LEASE_SECONDS, answer.id])
        row = await cursor.fetchone()
    if row is None:
        return "lost"
    answer.stored = now
    return "stop" if row["stop_requested"] else "go on"


def changed(answer: AnswerState) -> bool:
    """Whether it differs from what was last stored."""
    return _stored(answer) != answer.stored


def _stored(answer: AnswerState) -> tuple[Any, ...]:
    return (
        answer.status,
        answer.text,
        answer.reasoning,
        answer.truncated,
        answer.error,
        answer.fault,
        answer.input_tokens,
        answer.output_tokens,
        answer.first_token_at,
        answer.finished_at,
    )


def parse_content(content: Any) -> str:
    """The text of a prompt's typed parts."""
    parts = json.loads(content) if isinstance(content, str) else content
    return "\n".join(part["text"] for part in parts if part["type"] == "text")
