"""Reading the answers: frames of the event stream, from this process's memory or from the database."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from json.encoder import encode_basestring

from arena import asyncdb
from arena.battles.models import ERROR_SENTENCES
from arena.battles.streaming import store
from arena.battles.streaming.generation import Generation
from arena.battles.streaming.store import AnswerState, TurnState
from arena.errors import InvalidInput
from arena.http import drain

POLL_SECONDS = 0.2
# After a piece a reader rests this long, and what has come meanwhile goes out as one: nobody sees the difference, and at a hundred tokens
# a second each piece costs more than the tokens in it. Every side's first word, and any after a pause, goes out at once.
GATHER_SECONDS = 0.02
KEEP_ALIVE_SECONDS = 10.0
KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(slots=True)
class Cursor:
    """How many characters of each side's text and reasoning were sent; its string is the event id."""

    attempt: int
    text: list[int]
    reasoning: list[int]
    status: list[str] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """Whether every side has sent its first word."""
        return all(text or reasoning for text, reasoning in zip(self.text, self.reasoning, strict=True))

    def __str__(self) -> str:
        return ".".join(map(str, [self.attempt, *(n for pair in zip(self.text, self.reasoning, strict=True) for n in pair)]))


def cursor_of(last_event_id: str | None, turn: TurnState) -> Cursor:
    """Where a reader was; from the beginning when it was in another attempt. Raises InvalidInput for what is no id of ours."""
    sides = len(turn.answers)
    start = Cursor(turn.attempt, [0] * sides, [0] * sides, [""] * sides)
    if not last_event_id:
        return start
    parts = last_event_id.split(".")
    if len(parts) != 1 + 2 * sides or not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        raise InvalidInput("Last-Event-ID is not one that this stream sent.")
    numbers = [int(part) for part in parts]
    if numbers[0] != turn.attempt:
        return start
    return Cursor(turn.attempt, numbers[1::2], numbers[2::2], [""] * sides)


def frames(turn: TurnState, cursor: Cursor, *, stored: bool = True) -> bytes:
    """Everything that is new since `cursor`, which moves along; the end of the stream when all sides have ended and that is stored."""
    out: list[str] = []
    for index, answer in enumerate(turn.answers):
        if len(answer.reasoning) > cursor.reasoning[index]:
            piece, cursor.reasoning[index] = answer.reasoning[cursor.reasoning[index] :], len(answer.reasoning)
            out.append(_delta(cursor, answer.letter, "reasoning", piece))
        if len(answer.text) > cursor.text[index]:
            piece, cursor.text[index] = answer.text[cursor.text[index] :], len(answer.text)
            out.append(_delta(cursor, answer.letter, "text", piece))
        if answer.status != cursor.status[index] and answer.status != "pending":
            cursor.status[index] = answer.status
            out.append(_frame("state", cursor, state(answer)))
    if stored and not turn.running:
        out.append(_frame("end", cursor, {"turn": turn.number, "attempt": turn.attempt}))
    return "".join(out).encode()


def state(answer: AnswerState) -> dict[str, object]:
    """What a reader may know of a side's state: nothing that tells one provider from another."""
    error = {"code": answer.error, "message": ERROR_SENTENCES[answer.error]} if answer.error else None
    return {"side": answer.letter, "status": answer.status, "truncated": answer.truncated, "error": error}


def _delta(cursor: Cursor, side: str, kind: str, piece: str) -> str:
    """The frame of which there are thousands a second: `_frame` would take four times as long."""
    return f'id: {cursor}\nevent: delta\ndata: {{"side":"{side}","type":"{kind}","text":{encode_basestring(piece)}}}\n\n'


def _frame(event: str, cursor: Cursor, data: dict[str, object]) -> str:
    return f"id: {cursor}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def follow(generation: Generation, cursor: Cursor) -> AsyncIterator[bytes]:
    """Read along with the generation of this process, until its end is stored or it is lost: what came since the last piece goes out as one."""
    loop = asyncio.get_running_loop()
    while True:
        over = generation.over
        if not generation.lost and (piece := frames(generation.turn, cursor, stored=over)):
            yield piece
            if not over:
                await asyncio.sleep(GATHER_SECONDS if cursor.begun else 0)
                continue
        if generation.lost or over:
            return
        change = generation.changed()
        timer = loop.call_later(KEEP_ALIVE_SECONDS, _lapse, change)
        try:
            if not await change:
                yield KEEP_ALIVE
        finally:
            timer.cancel()


def _lapse(change: asyncio.Future[bool]) -> None:
    if not change.done():
        change.set_result(False)


async def poll(turn: TurnState, cursor: Cursor) -> AsyncIterator[bytes]:
    """Read along with a generation of another process, from what it stores."""
    idle = 0.0
    current = await _stored(turn)
    while current is not None and current.attempt == cursor.attempt:
        piece = frames(current, cursor)
        if piece:
            yield piece
            idle = 0.0
        if not current.running or drain.on():  # the reader comes again, to a process that stays
            return
        if idle >= KEEP_ALIVE_SECONDS:
            yield KEEP_ALIVE
            idle = 0.0
        await asyncio.sleep(POLL_SECONDS)
        idle += POLL_SECONDS
        current = await _stored(turn)


async def _stored(turn: TurnState) -> TurnState | None:
    async with asyncdb.connection() as connection:
        return await store.load_turn(connection, turn.battle, turn.number)
