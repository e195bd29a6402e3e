"""Reading the answers: frames of the event stream, from this process's memory or from the database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from json.encoder import encode_basestring

from arena import asyncdb
from arena.battles.models import ERROR_SENTENCES
from arena.battles.streaming import store
from arena.battles.streaming.generation import Generation
from arena.battles.streaming.store import AnswerState, TurnState
from arena.errors import InvalidInput
from arena.http import drain
from arena.moderation.categories import told

POLL_SECONDS = 0.2
KEEP_ALIVE_SECONDS = 10.0
KEEP_ALIVE = b": keep-alive\n\n"
# Sends the reader a piece.
Say = Callable[[bytes], Awaitable[None]]


@dataclass(slots=True)
class Cursor:
    """How many characters of each side's text and reasoning were sent; its string is the event id."""

    attempt: int
    text: list[int]
    reasoning: list[int]
    status: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = str(self.attempt)
        for text, reasoning in zip(self.text, self.reasoning, strict=True):
            said += f".{text}.{reasoning}"
        return said


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
    remarks = told(answer.remarks)
    return {"side": answer.letter, "status": answer.status, "truncated": answer.truncated, "error": error, "remarks": remarks}


def _delta(cursor: Cursor, side: str, kind: str, piece: str) -> str:
    """The frame of which there are thousands a second: `_frame` would take four times as long."""
    return f'id: {cursor}\nevent: delta\ndata: {{"side":"{side}","type":"{kind}","text":{encode_basestring(piece)}}}\n\n'


def _frame(event: str, cursor: Cursor, data: dict[str, object]) -> str:
    return f"id: {cursor}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def follow(generation: Generation, cursor: Cursor, say: Say) -> None:
    """Read along with the generation of this process, until its end is stored or it is lost: what came since the last piece goes out as one."""
    silence = _Silence()
    try:
        while True:
            over, change = generation.over, generation.changed()
            if not generation.lost and (piece := frames(generation.turn, cursor, stored=over)):
                silence.broken()
                await say(piece)
            if generation.lost or over:
                return
            silence.waiting = change
            if not await change:
                await say(KEEP_ALIVE)
    finally:
        silence.end()


class _Silence:
    """Answers `waiting` with False when KEEP_ALIVE_SECONDS have passed since it was `broken`. One timer for thousands of waits."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.waiting: asyncio.Future[bool] | None = None
        self.broken()
        self._timer = self._loop.call_at(self._due, self._look)

    def broken(self) -> None:
        """Something was said."""
        self._due = self._loop.time() + KEEP_ALIVE_SECONDS

    def end(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        if self._loop.time() >= self._due:
            self.broken()
            if self.waiting is not None and not self.waiting.done():
                self.waiting.set_result(False)
        self._timer = self._loop.call_at(self._due, self._look)


async def poll(turn: TurnState, cursor: Cursor, say: Say) -> None:
    """Read along with a generation of another process, from what it stores."""
    idle = 0.0
    current = await _stored(turn)
    while current is not None and current.attempt == cursor.attempt:
        piece = frames(current, cursor)
        if piece:
            await say(piece)
            idle = 0.0
        if not current.running or drain.on():  # the reader comes again, to a process that stays
            return
        if idle >= KEEP_ALIVE_SECONDS:
            await say(KEEP_ALIVE)
            idle = 0.0
        await asyncio.sleep(POLL_SECONDS)
        idle += POLL_SECONDS
        current = await _stored(turn)


async def _stored(turn: TurnState) -> TurnState | None:
    async with asyncdb.connection() as connection:
        return await store.load_turn(connection, turn.battle, turn.number)
