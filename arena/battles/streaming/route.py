"""`GET /api/v1/battles/<id>/stream`: the lean route. Authenticated by the ticket alone; no thread, no ORM."""

import asyncio
import contextlib
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Coroutine, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from django.conf import settings
from django.http.cookie import parse_cookie

from arena import asyncdb, metrics
from arena.battles import tickets
from arena.battles.streaming import described, store
from arena.battles.streaming.generation import Generation, conversations
from arena.battles.streaming.readers import Cursor, cursor_of, follow, poll
from arena.battles.streaming.store import TurnState
from arena.errors import ArenaError, NotFound, StaleAttempt, Throttled, TicketInvalid, Unavailable
from arena.http import drain
from arena.http.lean import DOCUMENTED, after_head, header, origin
from arena.users.queries import network_of

log = logging.getLogger("arena.streaming")
PATTERN = r"/api/v1/battles/(?P<battle>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/stream"
HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
_running: dict[tickets.Ticket, Generation] = {}
_claiming: dict[tickets.Ticket, asyncio.Event] = {}  # set when that is decided
_tasks: set[asyncio.Task[None]] = set()
_readers: Counter[str] = Counter()
_held: Counter[tuple[str, str]] = Counter()  # places, from the claim to the end, by what of a `Holder` is counted and who that is

DOCUMENTED["/api/v1/battles/{id}/stream"] = described.STREAM


class Holder(NamedTuple):
    """For whom this process writes a battle: the session key and the network's hash of who has asked for it."""

    session: str
    network: str


async def stream(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the event stream of the ticket's attempt; starts the generation when nobody has."""
    battle = uuid.UUID(scope["path_args"]["battle"])
    token = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
    session = _session_key(scope)
    ticket = tickets.check(token, battle, session)
    with _seat(session):
        await _answer(scope, ticket, Holder(session, network_of(origin(scope))), receive, send)


async def _answer(scope: Any, ticket: tickets.Ticket, holder: Holder, receive: Any, send: Any) -> None:
    last = header(scope, b"last-event-id")
    async with asyncdb.connection() as connection:
        # Most often this is the first reader, and nobody writes the answers yet: then no look at the battle comes before.
        look_first = last or drain.on() or ticket in _running or _refusal(holder, "") is not None
        generation = None if look_first else await _claim(connection, ticket, holder)
        if generation is None:
            turn = await _looked_up(connection, ticket)
            cursor = cursor_of(last, turn)
            generation = await _generation(connection, turn, ticket, holder)
        else:
            turn, cursor = generation.turn, cursor_of(None, generation.turn)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    with metrics.STREAMS_OPEN.track_inprogress():
        await _pump(_tell(generation, turn, cursor, after_head(scope, send)), receive)


async def _looked_up(connection: asyncdb.Connection, ticket: tickets.Ticket) -> TurnState:
    turn = await store.load_turn(connection, ticket.battle, ticket.turn)
    if turn is None:
        raise NotFound("There is no such battle.")
    if turn.attempt != ticket.attempt:
        raise StaleAttempt("The battle has been asked again since; ask for it to get a new ticket.")
    return turn


def _full() -> bool:
    return len(_running) + len(_claiming) >= settings.BATTLES_PER_PROCESS


def require_place(holder: Holder) -> None:
    """Better no battle than one that nobody can stream: raises Unavailable while this process writes as many battles as it may, of all or
    of this network, and Throttled while it writes as many of this session."""
    if refusal := _refusal(holder, "nothing was stored"):
        raise refusal


def _refusal(holder: Holder, kept: str) -> ArenaError | None:
    """Why no more battles are written for them just now, if so; `kept` says what has become of what they sent."""
    if _full():
        return Unavailable(f"The arena is busy; {kept}. Try again in a moment.", retry_after=2)
    if 0 < settings.BATTLES_PER_SESSION <= _held["session", holder.session]:
        return Throttled(f"As many battles of yours are being answered as may be at once; {kept}. Wait until one has ended.", retry_after=2)
    if _held["network", holder.network] >= max(1, int(settings.BATTLES_PER_PROCESS * settings.BATTLES_NETWORK_SHARE)):
        return Unavailable(f"The arena is busy with others of your network; {kept}. Try again in a moment.", retry_after=2)
    return None


def _take_place(holder: Holder) -> None:
    _held.update(holder._asdict().items())


def _give_back(holder: Holder) -> None:
    for whose in holder._asdict().items():
        _held[whose] -= 1
        if not _held[whose]:
            del _held[whose]


@contextlib.contextmanager
def _seat(session: str) -> Iterator[None]:
    """A reader's place. Raises Throttled when one session reads too many streams at once, Unavailable when this process serves too many."""
    if _readers.total() >= settings.MAX_STREAMS:
        raise Unavailable("The arena is busy; your answers are kept. Try again in a moment.", retry_after=2)
    if _readers[session] >= settings.MAX_STREAMS_SESSION:
        raise Throttled("Too many answers are being read at once; close some tabs of this arena.", retry_after=5)
    _readers[session] += 1
    try:
        yield
    finally:
        _readers[session] -= 1
        if not _readers[session]:
            del _readers[session]


async def _tell(generation: Generation | None, turn: TurnState, cursor: Cursor, send: Any) -> None:
    """The body of the reply, to its end."""

    def say(piece: bytes) -> Awaitable[None]:
        said: Awaitable[None] = send({"type": "http.response.body", "body": piece, "more_body": True})
        return said

    if generation is not None:
        await follow(generation, cursor, say)
    if generation is None or generation.lost:
        await poll(turn, cursor, say)
    await send({"type": "http.response.body", "body": b""})


async def _generation(connection: asyncdb.Connection, turn: TurnState, ticket: tickets.Ticket, holder: Holder) -> Generation | None:
    """This process's generation of the attempt, begun now if it is still free; None when it has ended or another process writes it."""
    if drain.on() and turn.running and ticket not in _running:
        raise Unavailable("This part of the arena is being restarted; your prompt is kept. Try again in a moment.", retry_after=1)
    if ticket in _running or all(answer.status != "pending" for answer in turn.answers):
        return _running.get(ticket)
    if ticket not in _claiming and (refusal := _refusal(holder, "your prompt is kept")):
        raise refusal
    return await _claim(connection, ticket, holder)


async def _claim(connection: asyncdb.Connection, ticket: tickets.Ticket, holder: Holder) -> Generation | None:
    """Begin to write the attempt's answers if they are still free. A second reader of this process waits for the first one's claim."""
    if ticket in _claiming:
        await _claiming[ticket].wait()
        return _running.get(ticket)
    decided = _claiming[ticket] = asyncio.Event()
    _take_place(holder)
    begun = False
    try:
        claimed = await store.claim(connection, ticket.battle, ticket.turn, ticket.attempt)
        if claimed is not None:
            _begin(ticket, claimed, holder)
            begun = True
        return _running.get(ticket)
    finally:
        if not begun:  # else its end will
            _give_back(holder)
        del _claiming[ticket]
        decided.set()


def _begin(ticket: tickets.Ticket, claimed: store.Claimed, holder: Holder) -> None:
    turn = claimed.turn
    generation = Generation(turn)
    generation.routes = claimed.routes
    generation.wanted = store.parse_setting(claimed.history[0]["content"]).get("parameters", {})
    generation.messages = conversations(claimed.history, turn.number, [answer.position for answer in turn.answers])
    _running[ticket] = generation
    task = asyncio.create_task(generation.run())
    _tasks.add(task)

    def ended(done: asyncio.Task[None]) -> None:
        _tasks.discard(done)
        _running.pop(ticket, None)
        _give_back(holder)
        if not done.cancelled() and (error := done.exception()):
            log.error("a generation ended with an error", exc_info=error)

    task.add_done_callback(ended)


async def _pump(telling: Coroutine[Any, Any, None], receive: Any) -> None:
    """Send until the stream ends or the reader goes; the generation does not notice."""
    gone = asyncio.ensure_future(_disconnected(receive))
    sending = asyncio.ensure_future(telling)
    try:
        await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        for task in (gone, sending):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _session_key(scope: Any) -> str:
    # As lenient as for every other address: a browser also sends what others on the same host have set.
    key = parse_cookie(header(scope, b"cookie") or "").get(settings.SESSION_COOKIE_NAME)
    if key is None:
        raise TicketInvalid("The stream needs the session cookie that the battle was made with.")
    return key


async def finish() -> None:
    """Drain this process: let running answers finish within DRAIN_SECONDS of its beginning, then mark the rest interrupted."""
    drain.begin()
    while _tasks:
        _, late = await asyncio.wait(set(_tasks), timeout=max(0.0, settings.DRAIN_SECONDS - drain.elapsed()))
        for task in late:
            if not task.cancelling():  # a second cancellation would cut short the storing of what was written
                task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


@metrics.at_scrape
async def _measure() -> None:
    metrics.GENERATIONS.set(len(_running))
