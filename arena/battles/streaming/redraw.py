"""A side that failed before its first token is drawn again, once, and the draw is recorded with its own probability."""

from dataclasses import dataclass

from django.conf import settings

from arena import asyncdb, clock
from arena.battles import pairing, policies
from arena.battles.pairing import Candidate
from arena.battles.streaming import store
from arena.battles.streaming.store import AnswerState, RouteRow, TurnState
from arena.providers.queries import has_key

_BATTLE = "SELECT seed, candidates, policy FROM battles_battle WHERE id = %s"
_CANDIDATES = """
SELECT c.id, c.vendor, coalesce(r.mu, 25) AS mu, coalesce(r.sigma, 25.0 / 3) AS sigma, coalesce(r.votes, 0) AS votes
FROM contenders_contender c
JOIN providers_route t ON t.contender_id = c.id AND t.paused_at IS NULL
LEFT JOIN ratings_board b ON b.slug = 'overall'
LEFT JOIN ratings_rating r ON r.contender_id = c.id AND r.board_id = b.id
WHERE c.id = ANY(%s) AND c.state IN ('preliminary', 'listed')
"""
_POLICY = f"SELECT {', '.join(policies.COLUMNS)} FROM battles_pairingpolicy ORDER BY id DESC LIMIT 1"
_HELD = "SELECT contender_id FROM battles_side WHERE battle_id = %s"
# Votes and stops hold the battle too: what they end stays ended.
_LOCK = "SELECT id FROM battles_battle WHERE id = %s FOR UPDATE"
_GIVE_UP = """
UPDATE battles_answer SET status = 'failed', error = 'failed', fault = %s, finished_at = now(), lease_until = NULL
WHERE id = %s AND status = 'streaming' AND NOT stop_requested RETURNING id
"""
_SIDE = """
INSERT INTO battles_side (battle_id, position, draw, contender_id, probability) VALUES (%s, %s, 1, %s, %s)
ON CONFLICT DO NOTHING RETURNING id
"""
_ANSWER = """
INSERT INTO battles_answer (turn_id, side_id, attempt, status, text, reasoning, truncated, error, fault, stop_requested, started_at, lease_until)
VALUES (%s, %s, %s, 'streaming', '', '', false, '', '', false, now(), now() + %s * interval '1 second') RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """The replacement: its answer row, its contender and how that is reached."""

    answer: int
    contender: int
    route: RouteRow


async def replace(turn: TurnState, answer: AnswerState, *, fault: str) -> Fresh | None:
    """Draw another contender for this side of a first turn; None when it may not be, or nobody is left."""
    if turn.number > 0 or turn.attempt > 0 or answer.draw > 0:
        return None
    async with asyncdb.connection() as connection:
        battle = await (await connection.execute(_BATTLE, [turn.battle])).fetchone()
        assert battle is not None
        rows = await (await connection.execute(_CANDIDATES, [battle["candidates"]])).fetchall()
        rules = policies.policy_of(await (await connection.execute(_POLICY)).fetchone())
        tried = {row["contender_id"] for row in await (await connection.execute(_HELD, [turn.battle])).fetchall()}
    routes = {id: route for id, route in (await store.routes([row["id"] for row in rows])).items() if has_key(route)}
    candidates = [Candidate(row["id"], row["vendor"], row["mu"], row["sigma"], row["votes"]) for row in rows if row["id"] in routes]
    try:
        held = {other.contender for other in turn.answers if other.position != answer.position}
        rng = clock.rng(battle["seed"] + 1 + answer.position)
        contender, probability = pairing.redraw(candidates, held, rules, rng, tried - held)
    except pairing.NotEnoughContenders:
        return None
    id = await _record(turn, answer, contender, probability, fault)
    return None if id is None else Fresh(answer=id, contender=contender, route=routes[contender])


async def _record(turn: TurnState, answer: AnswerState, contender: int, probability: float, fault: str) -> int | None:
    async with asyncdb.connection() as connection, connection.transaction():
        await connection.execute(_LOCK, [turn.battle])
        if await (await connection.execute(_GIVE_UP, [fault[:1000], answer.id])).fetchone() is None:
            return None
        side = await (await connection.execute(_SIDE, [turn.battle, answer.position, contender, probability])).fetchone()
        assert side is not None  # we hold the lease, and a side is drawn again once
        row = await (await connection.execute(_ANSWER, [turn.turn, side["id"], turn.attempt, settings.LEASE_SECONDS])).fetchone()
    return int(row["id"]) if row else None
