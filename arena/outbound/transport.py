"""The wire under the client: one connection pool whose every connection goes through the guard."""

import asyncio
import functools
import ssl
from collections import deque
from dataclasses import dataclass, field

import httpx

from arena.outbound import connection as connections
from arena.outbound.connection import Connection, Take
from arena.outbound.guard import Guard

KEEPALIVE_SECONDS = 30.0
Origin = tuple[bool, str, int]


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    # Made once: reading the certificate store costs tens of milliseconds.
    return httpx.create_ssl_context(trust_env=False)


@dataclass(slots=True, eq=False)
class _Place:
    """One of the pool's places: a connection of ours, and the timer that ends it while nobody uses it."""

    origin: Origin
    connection: Connection
    expiry: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class Pool:
    """At most `size` connections, kept for KEEPALIVE_SECONDS after use; whoever finds none waits in line."""

    guard: Guard
    size: int
    taken: int = 0  # places in use, those that idle among them
    idle: dict[Origin, list[_Place]] = field(default_factory=dict)
    line: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def acquire(self, origin: Origin, wait: float | None, connect: float | None) -> _Place:
        """A connection to `origin`, at most `wait` and `connect` seconds later. Raises httpx's PoolTimeout, ConnectTimeout, ConnectError."""
        until = None if wait is None else asyncio.get_running_loop().time() + wait
        while True:
            if place := self._kept(origin):
                return place
            if self.taken < self.size or self._evict():
                break
            await self._queue(until)
        self.taken += 1
        try:
            return _Place(origin, await self._connect(origin, connect))
        except BaseException:
            self._free()
            raise

    def release(self, place: _Place) -> None:
        """Keep it for the next, if it can be used again."""
        if not place.connection.usable:
            place.connection.close()
            self._free()
            return
        self.idle.setdefault(place.origin, []).append(place)
        place.expiry = asyncio.get_running_loop().call_later(KEEPALIVE_SECONDS, self._expire, place)
        self._next()

    def close(self) -> None:
        """Close every connection that idles; those in use are closed by their users."""
        for places in list(self.idle.values()):
            for place in list(places):
                self._expire(place)

    def _kept(self, origin: Origin) -> _Place | None:
        """The one that idled last, if it still lives."""
        while places := self.idle.get(origin):
            place = places[-1]
            if place.connection.usable:
                self._unpark(place)
                return place
            self._expire(place)
        return None

    def _evict(self) -> bool:
        """End one connection that idles; False when all are in use."""
        for places in self.idle.values():
            self._expire(places[0])
            return True
        return False

    def _unpark(self, place: _Place) -> None:
        places = self.idle[place.origin]
        places.remove(place)
        if not places:
            del self.idle[place.origin]
        if place.expiry is not None:
            place.expiry.cancel()
            place.expiry = None

    def _expire(self, place: _Place) -> None:
        self._unpark(place)
        place.connection.close()
        self._free()

    def _free(self) -> None:
        self.taken -= 1
        self._next()

    def _next(self) -> None:
        """Let the first in line look again."""
        while self.line:
            waiter = self.line.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    async def _queue(self, until: float | None) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self.line.append(waiter)
        try:
            async with asyncio.timeout_at(until):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled():
                self._next()  # it was our turn, and we have left
            if isinstance(error, TimeoutError):
                raise httpx.PoolTimeout("") from None
            raise

    async def _connect(self, origin: Origin, timeout: float | None) -> Connection:
        """Resolve, judge and connect, all within `timeout` seconds; addresses are tried in order, each with its share of what is left."""
        tls, host, port = origin
        loop = asyncio.get_running_loop()
        ends = None if timeout is None else loop.time() + timeout
        try:
            async with asyncio.timeout_at(ends):
                addresses = await self.guard.addresses(host, port)
        except TimeoutError:
            raise httpx.ConnectTimeout("") from None
        failure: Exception | None = None
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            share = None if ends is None else max(0.001, (ends - loop.time()) / left)
            try:
                return await connections.connect(str(address), port, share, _ssl_context() if tls else None, host)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError("")


class Body(httpx.AsyncByteStream):
    """The body of one response; closing it gives the connection back. It is poured, not iterated."""

    def __init__(self, pool: Pool, place: _Place) -> None:
        self._pool = pool
        self._place: _Place | None = place

    async def pour(self, take: Take) -> None:
        """See `Connection.pour`."""
        if self._place is not None:
            await self._place.connection.pour(take)

    async def aclose(self) -> None:
        place, self._place = self._place, None
        if place is not None:
            self._pool.release(place)


class GuardedTransport(httpx.AsyncBaseTransport):
    """An httpx transport over one guarded pool: HTTP/1.1, no proxy, nothing read from the environment."""

    def __init__(self, guard: Guard, max_connections: int) -> None:
        self._pool = Pool(guard, max_connections)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the response's stream is a `Body`."""
        url, waits = request.url, request.extensions.get("timeout", {})
        tls = url.scheme == "https"
        origin = (tls, url.raw_host.decode("ascii"), url.port or (443 if tls else 80))
        place = await self._pool.acquire(origin, waits.get("pool"), waits.get("connect"))
        try:
            await place.connection.send(request)
        except BaseException:
            place.connection.close()
            self._pool.release(place)
            raise
        connection = place.connection
        return httpx.Response(connection.status, headers=connection.headers, stream=Body(self._pool, place))

    async def aclose(self) -> None:
        """Close every connection that is not in use."""
        self._pool.close()
