"""What streaming reads and writes in PostgreSQL: plain SQL on the asynchronous pool, because these are the hot paths."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from arena import asyncdb, clock
from arena.moderation.categories import Judged


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
    remarks: list[str] = field(default_factory=list)  # categories of which the voter is warned
    found: tuple[Judged, ...] = ()  # by moderation, when it ended
    rules: int = 0  # the version of the rules that found it
    withheld: tuple[str, str] | None = None  # the text and reasoning that it had, if they may not be shown
    stored: tuple[Any, ...] = field(default=(), repr=False)
    stored_at: float = 0.0  # on the monotonic clock

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
    key_sealed: str = field(default="", repr=False)
    system_prompt: str = ""
    stranger: bool = False


_TURN = """
SELECT DISTINCT ON (s.position) t.id AS turn, t.number, t.attempt, a.id, s.position, s.draw, s.contender_id AS contender, a.status, a.text,
       a.reasoning, a.truncated, a.error, a.remarks, a.lease_until IS NOT NULL AS leased, a.status = 'streaming' AND a.lease_until < now() AS orphaned
FROM battles_turn t
JOIN battles_answer a ON a.turn_id = t.id AND a.attempt = t.attempt
JOIN battles_side s ON s.id = a.side_id
WHERE t.battle_id = %(battle)s AND t.number = %(number)s
ORDER BY s.position, s.draw DESC
"""
_HEAL = """
UPDATE battles_answer a SET status = 'interrupted', error = 'interrupted', finished_at = now(), lease_until = NULL
FROM battles_turn t WHERE a.turn_id = t.id AND t.battle_id = %s AND a.status = 'streaming' AND a.lease_until < now()
"""
_ROUTES = """
SELECT r.contender_id, p.slug AS provider, p.protocol, p.base_url, p.key_env, p.key_sealed, p.flags, p.max_streams, r.model, r.params,
       p.stranger, c.system_prompt
FROM providers_route r JOIN providers_provider p ON p.id = r.provider_id JOIN contenders_contender c ON c.id = r.contender_id
WHERE r.contender_id = ANY(%(contenders)s) AND r.enabled AND p.enabled
"""
_HISTORY = """
SELECT DISTINCT ON (t.number, s.position) t.number, t.content, s.position, a.text
FROM battles_turn t
LEFT JOIN battles_answer a ON a.turn_id = t.id AND a.attempt = t.attempt
LEFT JOIN battles_side s ON s.id = a.side_id
WHERE t.battle_id = %(battle)s AND t.number <= %(number)s
ORDER BY t.number, s.position, s.draw DESC
"""
_OF_BATTLE = "ARRAY(SELECT contender_id FROM battles_side WHERE battle_id = %(battle)s)"
# All that the first reader of a battle needs, as one row.
_CLAIM = f"""
WITH free AS (
    SELECT a.id FROM battles_turn t JOIN battles_answer a ON a.turn_id = t.id AND a.attempt = t.attempt
    WHERE t.battle_id = %(battle)s AND t.number = %(number)s AND t.attempt = %(attempt)s AND a.status = 'pending' AND NOT a.stop_requested
    ORDER BY a.id FOR UPDATE OF a
), claimed AS (
    UPDATE battles_answer SET status = 'streaming', started_at = now(), lease_until = now() + %(lease)s * interval '1 second'
    WHERE id IN (SELECT id FROM free) RETURNING id
)
SELECT (SELECT array_agg(id) FROM claimed) AS claimed,
       (SELECT json_agg(x) FROM ({_TURN}) x) AS answers,
       (SELECT json_agg(x) FROM ({_HISTORY}) x) AS history,
       (SELECT json_agg(x) FROM ({_ROUTES.replace("%(contenders)s", _OF_BATTLE)}) x) AS routes
"""
_FLUSH = """
UPDATE battles_answer SET status = %s, text = %s, reasoning = %s, truncated = %s, error = %s, fault = %s, input_tokens = %s,
       output_tokens = %s, first_token_at = %s, finished_at = %s, remarks = %s,
       lease_until = CASE WHEN %s THEN now() + %s * interval '1 second' END
WHERE id = %s AND status = 'streaming' RETURNING stop_requested
"""
# The end of an answer in which something was found: what it was, and the words that are not shown, are stored with it or not at all.
_FLUSH_FOUND = f"""
WITH ended AS ({_FLUSH.replace("RETURNING stop_requested", "RETURNING id, stop_requested")}),
flagged AS (
    INSERT INTO moderation_flag (kind, subject, category, action, rule, checker, rules, at)
    SELECT 'answer', ended.id::text, f.category, f.action, f.rule, f.checker, %s, now()
    FROM ended, json_to_recordset(%s) AS f(category text, action text, rule text, checker text)
), kept AS (
    INSERT INTO battles_withheld (answer_id, text, reasoning, at)
    SELECT ended.id, w.text, w.reasoning, now() FROM ended, json_to_recordset(%s) AS w(text text, reasoning text)
)
SELECT stop_requested FROM ended
"""
# A row that somebody holds is left for the next round: nobody waits for another's battle, and no two writers wait for one another. Only what
# was not stored yet is sent; it goes where it belongs also if a round was stored of which we never heard.
_GROW = """
WITH free AS MATERIALIZED (
    SELECT id FROM battles_answer WHERE id = ANY(%s) AND status = 'streaming' ORDER BY id FOR UPDATE SKIP LOCKED
)
UPDATE battles_answer a SET text = left(a.text, t.text_at) || t.text, reasoning = left(a.reasoning, t.reasoning_at) || t.reasoning,
       first_token_at = t.first, lease_until = now() + %s * interval '1 second'
FROM free, json_to_recordset(%s) AS t(id bigint, text_at int, text text, reasoning_at int, reasoning text, first timestamptz)
WHERE a.id = free.id AND t.id = free.id RETURNING a.id, a.stop_requested
"""
_LOOK = "SELECT id, stop_requested FROM battles_answer WHERE id = ANY(%s) AND status = 'streaming'"
_encode = json.JSONEncoder(ensure_ascii=False).encode


async def load_turn(connection: asyncdb.Connection, battle: uuid.UUID, number: int) -> TurnState | None:
    """The turn as stored, with answers whose writer has died marked interrupted; None when there is no such turn."""
    rows = await (await connection.execute(_TURN, {"battle": battle, "number": number})).fetchall()
    if any(row["orphaned"] for row in rows):
        await connection.execute(_HEAL, [battle])
        rows = await (await connection.execute(_TURN, {"battle": battle, "number": number})).fetchall()
    return _turn_of(battle, rows) if rows else None


def _turn_of(battle: uuid.UUID, rows: list[dict[str, Any]]) -> TurnState:
    shared = ("turn", "number", "attempt", "leased", "orphaned")
    answers = [AnswerState(**{key: value for key, value in row.items() if key not in shared}) for row in rows]
    return TurnState(
        battle=battle,
        turn=rows[0]["turn"],
        number=rows[0]["number"],
        attempt=rows[0]["attempt"],
        answers=answers,
        leased=any(row["leased"] for row in rows),
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is needed to write the answers of an attempt whose lease this process has taken.

    `history`: one row a turn and side, oldest first (number, content, position, text; for the present turn the text is ignored). `routes`
    by contender; one that is missing is switched off.
    """

    turn: TurnState
    history: list[dict[str, Any]]
    routes: dict[int, RouteRow]


async def claim(connection: asyncdb.Connection, battle: uuid.UUID, number: int, attempt: int) -> Claimed | None:
    """Take the lease on all answers of the attempt that wait, in one round trip; None when none does, or it is not the turn's latest attempt.

    One that waited when the statement began and does not any more was stopped since, and is marked so.
    """
    named = {"battle": battle, "number": number, "attempt": attempt, "lease": settings.LEASE_SECONDS}
    # Each connection's first battle shall not pay for what all that follow are spared.
    row = await (await connection.execute(_CLAIM, named, prepare=True)).fetchone()
    assert row is not None
    if not row["claimed"]:
        return None
    turn = _turn_of(battle, row["answers"])
    for answer in turn.answers:
        if answer.running and answer.id not in row["claimed"]:
            answer.status = "stopped"
    return Claimed(turn, row["history"], _by_contender(row["routes"] or []))


async def routes(contenders: list[int]) -> dict[int, RouteRow]:
    """Routes by contender; one that is missing is switched off."""
    async with asyncdb.connection() as connection:
        return _by_contender(await (await connection.execute(_ROUTES, {"contenders": contenders})).fetchall())


def _by_contender(rows: list[dict[str, Any]]) -> dict[int, RouteRow]:
    return {row.pop("contender_id"): RouteRow(**row) for row in rows}


async def flush(answer: AnswerState) -> str:
    """Store one answer and renew the lease. Gives 'go on', 'stop' (the voter wants no more) or 'lost' (not ours any more)."""
    now, running = _stored(answer), answer.running  # together: the side may end while we wait for a connection
    async with asyncdb.connection() as connection:
        given = [*now, running, settings.LEASE_SECONDS, answer.id]
        if answer.found:
            row = await (await connection.execute(_FLUSH_FOUND, [*given, *_found(answer)])).fetchone()
        else:
            row = await (await connection.execute(_FLUSH, given)).fetchone()
    if row is None:
        return "lost"
    answer.stored = now
    return "stop" if row["stop_requested"] else "go on"


async def grow(answers: list[AnswerState]) -> dict[int, str]:
    """Store what running answers have grown by, renew leases in time, and look after the others: what `flush` says, by id."""
    at = clock.monotonic()
    old = at - settings.LEASE_SECONDS / 4
    written = {answer.id: (answer, _stored(answer)) for answer in answers if answer.stored_at < old or changed(answer)}
    rows = [_grown(answer) for answer, _ in written.values()]
    verdicts = {answer.id: "lost" for answer in answers}
    async with asyncdb.connection() as connection:
        if rows:
            told = await (await connection.execute(_GROW, [list(written), settings.LEASE_SECONDS, _encode(rows)])).fetchall()
            for row in told:
                answer, now = written[row["id"]]
                answer.stored, answer.stored_at = now, at
                verdicts[row["id"]] = "stop" if row["stop_requested"] else "go on"
        if others := [id for id, verdict in verdicts.items() if verdict == "lost"]:
            told = await (await connection.execute(_LOOK, [others])).fetchall()
            verdicts |= {row["id"]: "stop" if row["stop_requested"] else "go on" for row in told}
    return verdicts


def _grown(answer: AnswerState) -> dict[str, object]:
    """What is not stored yet, and behind how many characters it goes."""
    text_at, reasoning_at = (len(answer.stored[1]), len(answer.stored[2])) if answer.stored else (0, 0)
    return {
        "id": answer.id,
        "text_at": text_at,
        "text": answer.text[text_at:],
        "reasoning_at": reasoning_at,
        "reasoning": answer.reasoning[reasoning_at:],
        "first": answer.first_token_at and answer.first_token_at.isoformat(),
    }


def _found(answer: AnswerState) -> tuple[int, str, str]:
    withheld = [] if answer.withheld is None else [dict(zip(("text", "reasoning"), answer.withheld, strict=True))]
    return answer.rules, _encode([one._asdict() for one in answer.found]), _encode(withheld)


def claimed(answer: AnswerState) -> None:
    """Note that an answer is stored as it is."""
    answer.stored, answer.stored_at = _stored(answer), clock.monotonic()


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
        answer.remarks,
    )


def parse_content(content: Any) -> str:
    """The text of a prompt's typed parts."""
    return "\n".join(part["text"] for part in _parts(content) if part["type"] == "text")


def parse_setting(content: Any) -> dict[str, Any]:
    """What a conversation's first prompt tells the contenders alone: `system`, `parameters`; empty where it does not."""
    return next((part for part in _parts(content) if part["type"] == "setting"), {})


def _parts(content: Any) -> list[dict[str, Any]]:
    return json.loads(content) if isinstance(content, str) else content  # type: ignore[no-any-return]
