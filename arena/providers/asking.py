"""Asking a contender outside a battle: to try it, to check it, to see whether it is still the same. Nothing of it is stored here.

replies = asking.ask_all([asking.Question(endpoint, messages, params), ...])    # in a job or a command, outside any transaction
async for event in asking.events(question, ended): ...                          # in a reply, as server-sent events
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async

from arena import clock, outbound
from arena.providers import registry
from arena.providers.base import CHARACTERS_A_TOKEN, Delta, Done, End, Endpoint, Failed, Message, Params

AT_ONCE = 2
MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of whom."""

    endpoint: Endpoint
    messages: Sequence[Message]
    params: Params


@dataclass(slots=True)
class Reply:
    """What came of it; times in milliseconds from the question on. `pieces`: in how many deltas it came."""

    text: str = ""
    reasoning: str = ""
    pieces: int = 0
    first_token_ms: int | None = None
    whole_ms: int = 0
    end: End = field(default_factory=lambda: Failed("interrupted", "not asked"))

    @property
    def fault(self) -> str:
        """How it failed, for an operator; empty when it did not. Holds no key."""
        return f"{self.end.code}: {self.end.detail}" if isinstance(self.end, Failed) else ""


def tokens(question: Question, reply: Reply) -> tuple[int, int]:
    """How many were read and written; as long as nothing has come, none."""
    usage = reply.end.usage
    if not reply.pieces and usage.input_tokens is None and usage.output_tokens is None:
        return 0, 0
    read = usage.input_tokens if usage.input_tokens is not None else _tokens(sum(len(message.text) for message in question.messages))
    return read, usage.output_tokens if usage.output_tokens is not None else _tokens(len(reply.text) + len(reply.reasoning))


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_A_TOKEN)


def ask_all(questions: Sequence[Question]) -> list[Reply]:
    """Ask all of these, `AT_ONCE` at a time; gives the replies in their order. Raises nothing for what a provider does."""
    return asyncio.run(_ask_all(questions))


async def ask(question: Question) -> Reply:
    """One reply, whole."""
    reply = Reply()
    await _fill(reply, question)
    return reply


async def events(question: Question, ended: Callable[[Reply], None]) -> AsyncIterator[bytes]:
    """The reply as server-sent events while it comes: `delta` {type, text}, then one `end` {ok, error, ...}.

    `ended` is told what came, in a thread, also when whoever reads has gone before the end.
    """
    reply = Reply()
    arriving: asyncio.Queue[Delta | None] = asyncio.Queue()
    asked = asyncio.create_task(_fill(reply, question, arriving.put_nowait))
    asked.add_done_callback(lambda _: arriving.put_nowait(None))
    try:
        while (delta := await arriving.get()) is not None:
            yield _event("delta", {"type": delta.kind, "text": delta.text})
        await asked
        yield _event("end", {**told(reply.end), "first_token_ms": reply.first_token_ms, "whole_ms": reply.whole_ms})
    finally:
        asked.cancel()
        await sync_to_async(ended)(reply)


async def _fill(reply: Reply, question: Question, tell: Callable[[Delta], None] = lambda _: None) -> None:
    """Put what comes into the reply, and tell of each delta."""
    begun = clock.monotonic()

    def take(delta: Delta) -> None:
        if reply.first_token_ms is None:
            reply.first_token_ms = _since(begun)
        reply.pieces += 1
        if delta.kind == "text":
            reply.text += delta.text
        else:
            reply.reasoning += delta.text
        tell(delta)

    reply.end = await registry.open_stream(question.endpoint, question.messages, question.params, take, max_characters=MOST_CHARACTERS)
    reply.whole_ms = _since(begun)


def told(end: End) -> dict[str, Any]:
    """How a reply ended, for an operator."""
    usage = {"input_tokens": end.usage.input_tokens, "output_tokens": end.usage.output_tokens}
    if isinstance(end, Done):
        return {"ok": True, "error": None, "detail": "", **usage}
    return {"ok": False, "error": end.code, "detail": end.detail, **usage}


async def _ask_all(questions: Sequence[Question]) -> list[Reply]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(question: Question) -> Reply:
        async with places:
            return await ask(question)

    try:
        return list(await asyncio.gather(*map(one, questions)))
    finally:
        await outbound.aclose()


def _since(begun: float) -> int:
    return round((clock.monotonic() - begun) * 1000)


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
