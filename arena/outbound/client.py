"""The one HTTP client. It adds nothing to what the caller asks: no cookies, redirects, proxies, decoding or credentials of its own.

That is why httpx's transports are driven directly, without `httpx.AsyncClient`: all that the client would add is what must not happen here.
"""

import asyncio
import contextlib
import functools
import json as jsonlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import httpx
from django.conf import settings

from arena.outbound import errors
from arena.outbound.connection import Take, Want
from arena.outbound.errors import OutboundError, Phase
from arena.outbound.guard import Guard, resolve_apart
from arena.outbound.patience import Patience
from arena.outbound.secret import Secret
from arena.outbound.transactions import refuse_inside_transaction
from arena.outbound.transport import Body, GuardedTransport

MAX_BYTES = 64 * 1024 * 1024
Headers = Mapping[str, str | Secret]


@dataclass(frozen=True)
class Limits:
    """What the operator sets. `connect_timeout` in seconds; `allow` opens private addresses, see `guard.Rule.parse`.

    `allow_strangers` does so for addresses that others than the operator have named: `allow` is not theirs to use.
    """

    max_connections: int = 1000
    connect_timeout: float = 5.0
    allow: tuple[str, ...] = ()
    allow_strangers: tuple[str, ...] = ()

    @classmethod
    def from_settings(cls) -> "Limits":
        """Read `OUTBOUND_MAX_CONNECTIONS`, `_CONNECT_TIMEOUT`, `_ALLOW` and `_ALLOW_STRANGERS`; those not set keep their defaults."""
        return cls(
            int(getattr(settings, "OUTBOUND_MAX_CONNECTIONS", cls.max_connections)),
            float(getattr(settings, "OUTBOUND_CONNECT_TIMEOUT", cls.connect_timeout)),
            tuple(getattr(settings, "OUTBOUND_ALLOW", cls.allow)),
            tuple(getattr(settings, "OUTBOUND_ALLOW_STRANGERS", cls.allow_strangers)),
        )


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; None sets no limit, but `connect` then takes the operator's. `connect` also bounds the wait for a free connection."""

    connect: float | None = None
    first_byte: float | None = None
    idle: float | None = None
    whole: float | None = None


class Response:
    """A response whose body is still coming. `headers` ignores case."""

    __slots__ = ("_begin", "_last", "_left", "_loop", "_stream", "_timeouts", "headers", "status")

    def __init__(self, raw: httpx.Response, timeouts: Timeouts, begin: float, max_bytes: int) -> None:
        self.status = raw.status_code
        self.headers: Mapping[str, str] = raw.headers
        self._stream = _body_of(raw)
        self._timeouts, self._begin, self._left = timeouts, begin, max_bytes
        self._loop = asyncio.get_running_loop()
        self._last: float | None = None  # when the last piece came

    async def pour(self, take: Take) -> None:
        """Give `take` the body as it comes, in pieces of any size, to its end or until it wants nothing more.

        No task is woken for a piece. Raises TimedOut, Interrupted, BadResponse or TooLarge; and what `take` raises.
        """
        failure: OutboundError
        patience = Patience(lambda: self._deadline()[1])

        def counted(piece: bytes) -> Want:
            self._left -= len(piece)
            if self._left < 0:
                raise errors.TooLarge("the response is longer than allowed")
            first, self._last = self._last is None, self._loop.time()
            if first:
                patience.look()
            return take(piece)

        try:
            async with patience:
                await _poured(self._stream, counted)
            return
        except TimeoutError:
            failure = errors.TimedOut(self._deadline()[0])
        except _LIBRARY as error:
            failure = _translated(error)
        # Raised out here, so that no library error (and the request in it) hangs on to ours as its context.
        raise failure

    async def read(self, limit: int) -> bytes:
        """At most the first `limit` bytes of the body."""
        held = bytearray()

        def take(piece: bytes) -> Want:
            held.extend(piece)
            return Want.NOTHING if len(held) >= limit else Want.AT_ONCE

        await self.pour(take)
        return bytes(held[:limit])

    def _deadline(self) -> tuple[Phase, float | None]:
        limits = self._timeouts
        whole = _after(self._begin, limits.whole)
        if self._last is None:
            return _earlier(("first_byte", _after(self._begin, limits.first_byte)), ("whole", whole))
        return _earlier(("idle", _after(self._last, limits.idle)), ("whole", whole))


async def _poured(stream: httpx.AsyncByteStream, take: Take) -> None:
    if isinstance(stream, Body):
        await stream.pour(take)
        return
    async for piece in stream:  # of a transport that stands in for ours
        if piece and take(piece) is Want.NOTHING:
            return


_limits: Limits | None = None
_override: httpx.AsyncBaseTransport | None = None
# Those for addresses of strangers apart, so that no connection that was opened for the operator is ever theirs.
_transports: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncBaseTransport] = WeakKeyDictionary()
_for_strangers: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncBaseTransport] = WeakKeyDictionary()


def configure(limits: Limits | None) -> None:
    """Set the limits (None: read them from the settings at first use). Pools already open in other event loops keep theirs."""
    global _limits
    _limits = limits


@contextlib.contextmanager
def use_transport(transport: httpx.AsyncBaseTransport) -> Iterator[None]:
    """Send everything through `transport` (`httpx.MockTransport`, `httpx.ASGITransport`) in this process; for tests."""
    global _override
    before, _override = _override, transport
    try:
        yield
    finally:
        _override = before


async def aclose() -> None:
    """Close this event loop's pools; a server calls it when it stops. The next call opens a new one."""
    for kept in (_transports, _for_strangers):
        transport = kept.pop(asyncio.get_running_loop(), None)
        if transport is not None:
            await transport.aclose()


@contextlib.asynccontextmanager
async def stream(
    method: str,
    url: str,
    *,
    headers: Headers | None = None,
    json: object = None,
    content: bytes | None = None,
    timeouts: Timeouts | None = None,
    max_bytes: int = MAX_BYTES,
    stranger: bool = False,
) -> AsyncIterator[Response]:
    """Send one request and give its response as soon as the headers are there. Leaving the block closes what was not read.

    `json` is encoded as the body, or `content` is the body. Secret header values are revealed only to the wire. Redirects come back as
    what they are. `stranger`: somebody else than the operator has named the address, so that OUTBOUND_ALLOW does not open it.
    Raises OutboundError's children, and nothing else.
    """
    await refuse_inside_transaction()
    timeouts = timeouts or Timeouts()
    begin = asyncio.get_running_loop().time()
    raw = await _send(_request(method, url, headers or {}, json, content, timeouts.connect), timeouts, begin, stranger)
    try:
        if raw.headers.get("content-encoding", "identity") != "identity":
            raise errors.BadResponse("the response is compressed although plain bytes were asked for")
        yield Response(raw, timeouts, begin, max_bytes)
    finally:
        # Closing an answer that is half read closes its connection; whatever goes wrong with that, it is gone.
        with contextlib.suppress(*_LIBRARY):
            await _body_of(raw).aclose()


def _request(method: str, url: str, headers: Headers, json: object, content: bytes | None, connect: float | None) -> httpx.Request:
    try:
        target = _target(url)
        plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()}
        plain |= {"accept-encoding": "identity", "user-agent": "evenhand"}
        if json is not None:
            content = jsonlib.dumps(json, separators=(",", ":"), allow_nan=False).encode()
            plain["content-type"] = "application/json"
        wait = connect if connect is not None else _current_limits().connect_timeout
        return httpx.Request(method, target, headers=plain, content=content, extensions={"timeout": {"connect": wait, "pool": wait}})
    except (ValueError, TypeError, RecursionError, httpx.InvalidURL):
        pass  # The message of such an error can quote a header.
    raise errors.BadRequest("the request cannot be built: see the provider's address, headers and key")


@functools.lru_cache(maxsize=256)
def _target(url: str) -> httpx.URL:
    """Kept, because there are few and to take one apart is a fifth of the cost of a request. Raises ValueError, httpx.InvalidURL."""
    target = httpx.URL(url)
    if target.scheme not in ("http", "https") or not target.host or target.userinfo:
        raise ValueError
    return target


async def _send(request: httpx.Request, timeouts: Timeouts, begin: float, stranger: bool) -> httpx.Response:
    phase, deadline = _earlier(("first_byte", _after(begin, timeouts.first_byte)), ("whole", _after(begin, timeouts.whole)))
    failure: OutboundError
    try:
        async with asyncio.timeout_at(deadline):
            return await _transport(stranger).handle_async_request(request)
    except TimeoutError:
        failure = errors.TimedOut(phase)
    except _LIBRARY as error:
        failure = _translated(error)
    raise failure


def _transport(stranger: bool) -> httpx.AsyncBaseTransport:
    if _override is not None:
        return _override
    loop, kept = asyncio.get_running_loop(), _for_strangers if stranger else _transports
    transport = kept.get(loop)
    if transport is None:
        limits = _current_limits()
        guard = Guard(limits.allow_strangers, resolve_apart) if stranger else Guard(limits.allow)
        transport = kept[loop] = GuardedTransport(guard, limits.max_connections)
    return transport


def _current_limits() -> Limits:
    return _limits or Limits.from_settings()


def _body_of(raw: httpx.Response) -> httpx.AsyncByteStream:
    assert isinstance(raw.stream, httpx.AsyncByteStream)
    return raw.stream


def _after(begin: float, seconds: float | None) -> float | None:
    return None if seconds is None else begin + seconds


def _earlier(one: tuple[Phase, float | None], other: tuple[Phase, float | None]) -> tuple[Phase, float | None]:
    if one[1] is None:
        return other
    return one if other[1] is None or one[1] <= other[1] else other


_LIBRARY: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.StreamError,
    OSError,
)
_MEANING: tuple[tuple[type[Exception], type[OutboundError], str], ...] = (
    (httpx.PoolTimeout, errors.Busy, "no connection came free in time"),
    (httpx.ConnectError, errors.Unreachable, "no connection to the provider"),
    (httpx.LocalProtocolError, errors.BadRequest, "the request is not valid HTTP"),
    (httpx.RemoteProtocolError, errors.Interrupted, "the connection ended too early"),
)


def _translated(error: Exception) -> OutboundError:
    if isinstance(error, httpx.ConnectTimeout):
        return errors.TimedOut("connect")
    for kind, meaning, sentence in _MEANING:
        if isinstance(error, kind):
            return meaning(sentence)
    if isinstance(error, httpx.TimeoutException):
        return errors.TimedOut("idle")
    return errors.Interrupted("the connection broke")
