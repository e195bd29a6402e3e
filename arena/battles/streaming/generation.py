"""Writing the answers: one task a battle in the process that holds the lease, whether or not anybody reads."""

import asyncio
import logging
from collections import defaultdict
from typing import Any

import psycopg
from django.conf import settings
from psycopg_pool import PoolTimeout

from arena import clock
from arena.battles.streaming import moderated, redraw, store, watch
from arena.battles.streaming.keeper import keeper
from arena.battles.streaming.store import AnswerState, RouteRow, TurnState
from arena.moderation import current
from arena.providers import registry
from arena.providers.base import Delta, Done, Failed, Message
from arena.providers.queries import endpoint, sampling

log = logging.getLogger("arena.streaming")
SHOWN_ERRORS = {"timed_out": "timed_out", "empty": "empty"}  # all else is shown as "failed": a fault may be a fingerprint
_places: dict[tuple[str, int], asyncio.Semaphore] = {}


class Generation:
    """The answers of one attempt while this process writes them. Readers look at `turn` and await `changed()`."""

    def __init__(self, turn: TurnState):
        self.turn = turn
        self.writing: list[AnswerState] = []
        self.messages: dict[int, list[Message]] = {}  # by side, what it is told
        self.wanted: dict[str, Any] = {}  # how to sample, where the prompt says so
        self.routes: dict[int, RouteRow] = {}
        self.lost = False
        self.over = False
        self._waiting: list[asyncio.Future[bool]] = []
        self._sides: dict[int, asyncio.Task[None]] = {}
        self._drawing = asyncio.Lock()

    def changed(self) -> asyncio.Future[bool]:
        """Gives True at the next change from now on, also one that comes before it is awaited."""
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    def _touch(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(True)

    async def run(self) -> None:
        """Stream every side to its end; returns when all is stored, or when the lease was lost."""
        if not current.is_known():
            await moderated.know_rules()
        self.writing = [answer for answer in self.turn.answers if answer.running]  # without one that was stopped before it began
        for answer in self.writing:
            answer.status = "streaming"
            store.claimed(answer)
            self._sides[answer.position] = asyncio.create_task(self._write(answer))
        self._touch()
        keeper().keep(self)
        try:
            await moderated.know_rules()  # the sides go on meanwhile
            await asyncio.gather(*self._sides.values(), return_exceptions=True)
        finally:
            for side in self._sides.values():
                side.cancel()
            await asyncio.shield(self._finish())

    async def _write(self, answer: AnswerState) -> None:
        """Stream one side; whatever goes wrong ends only this side."""
        try:
            while not self.lost and not await self._attempt(answer):
                pass
        except asyncio.CancelledError:
            _end(answer, "interrupted" if answer.status == "streaming" else answer.status, "interrupted")
            raise
        except Exception as exc:
            log.error("a side could not be streamed", exc_info=exc)
            _end(answer, "failed", "failed", fault=repr(exc)[:300])
        finally:
            watch.ended(answer, self.routes.get(answer.contender))
            keeper().hurry(self)
            self._touch()

    async def _attempt(self, answer: AnswerState) -> bool:
        """One contender's try. False when the side was drawn again and must be tried anew."""
        route = self.routes.get(answer.contender)
        watch.began(answer, route)
        if route is None:
            failure = Failed("unreachable", "no route is switched on")
            watch.settled(answer, route, failure)
        else:
            ended = await self._stream(answer, route)
            watch.settled(answer, route, ended)
            if not isinstance(ended, Failed):
                answer.truncated = ended.finish_reason == "length"
                answer.input_tokens, answer.output_tokens = ended.usage.input_tokens, ended.usage.output_tokens
                _end(answer, "done")
                return True
            failure = ended
        if not answer.text and not answer.reasoning and await self._draw_again(answer, failure):
            return False
        if failure.code == "too_long" and answer.text:
            answer.truncated = True
            _end(answer, "done", fault=failure.detail)
        else:
            _end(answer, "failed", SHOWN_ERRORS.get(failure.code, "failed"), fault=f"{failure.code}: {failure.detail}")
        return True

    async def _stream(self, answer: AnswerState, route: RouteRow) -> Done | Failed:
        async with _place(route):
            begun = clock.monotonic()

            def take(delta: Delta) -> None:
                if self._add(answer, delta):
                    watch.first_token(route, clock.monotonic() - begun)

            said = _told(route, self.messages[answer.position])
            params = sampling(route.params | self.wanted)
            return await registry.open_stream(endpoint(route), said, params, take, max_characters=settings.ANSWER_CHARS)

    def _add(self, answer: AnswerState, delta: Delta) -> bool:
        """Whether it was the first."""
        if not answer.running:
            return False  # it was stopped, of which its provider hears in a moment
        if delta.kind == "text":
            answer.text += delta.text
        else:
            answer.reasoning += delta.text
        first = answer.first_token_at is None
        if first:
            answer.first_token_at = clock.now()
        self._touch()
        if first:  # after the readers of this process: who polls the database sees it a moment later anyway
            keeper().hurry(self)
        return first

    async def _draw_again(self, answer: AnswerState, failure: Failed) -> bool:
        # One side at a time, so that two do not draw the same contender; and nothing is stored between the row that ends and the one that begins.
        async with self._drawing:
            fresh = await redraw.replace(self.turn, answer, fault=f"{failure.code}: {failure.detail}")
            if fresh is None:
                return False
            answer.id, answer.contender, answer.draw, answer.stored = fresh.answer, fresh.contender, 1, ()
            self.routes[fresh.contender] = fresh.route
            return True

    @property
    def drawing(self) -> bool:
        """Whether a side is just being drawn again."""
        return self._drawing.locked()

    def obey(self, answer: AnswerState, verdict: str) -> None:
        """Do what storing an answer has told: stop that side, or give all of them up, for they are not ours any more."""
        if verdict == "stop":
            _end(answer, "stopped")
            self._sides[answer.position].cancel()
        elif verdict == "lost":
            self.lost = True
            for side in self._sides.values():
                side.cancel()

    async def _finish(self) -> None:
        """Store the end of every side, then tell readers."""
        try:
            await asyncio.gather(*self._sides.values(), return_exceptions=True)
            await keeper().leave(self)
            await self._store_ends()
        finally:
            self.over = True
            self._touch()

    async def _store_ends(self) -> None:
        """While the database is away, keep trying until the lease would have lapsed."""
        until = clock.monotonic() + settings.LEASE_SECONDS
        left = [] if self.lost else [answer for answer in self.writing if store.changed(answer)]
        while left and clock.monotonic() < until:
            try:
                while left:
                    await store.flush(left[0])
                    left.pop(0)
            except (psycopg.Error, PoolTimeout):
                await asyncio.sleep(0.2)


def _end(answer: AnswerState, status: str, error: str = "", *, fault: str = "") -> None:
    if answer.running:
        answer.status, answer.finished_at = status, clock.now()
        answer.error = error if status in ("failed", "interrupted") else ""
        answer.fault = fault[:1000]
        moderated.judge(answer)


def _told(route: RouteRow, said: list[Message]) -> list[Message]:
    """What the contender is told: its own system prompt, which is public, comes first."""
    return [Message.of("system", route.system_prompt), *said] if route.system_prompt else said


def _place(route: RouteRow) -> asyncio.Semaphore:
    """The provider's places in this process: more answers than it takes at a time wait their turn."""
    return _places.setdefault((route.provider, route.max_streams), asyncio.Semaphore(route.max_streams))


def conversations(rows: list[dict[str, object]], number: int, positions: list[int]) -> dict[int, list[Message]]:
    """What each side is told: the prompt's setting, every prompt, and of the answers only its own."""
    talks: dict[int, list[Message]] = defaultdict(list)
    system = store.parse_setting(rows[0]["content"]).get("system") if rows else None
    for position in positions:
        if system:
            talks[position].append(Message.of("system", system))
        seen = -1
        for row in rows:
            turn = int(str(row["number"]))
            if turn != seen:
                talks[position].append(Message.of("user", store.parse_content(row["content"])))
                seen = turn
            if turn < number and row["position"] == position and row["text"]:
                talks[position].append(Message.of("assistant", str(row["text"])))
    return talks
