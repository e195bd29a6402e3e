"""One HTTP/1.1 connection, straight on asyncio's protocols and the parser that the server uses too.

The event loop pushes bytes through the parser as they come, and on to whoever `pour`s them: no task is woken and no time-out made for each
piece.
"""

import asyncio
import contextlib
import enum
import re
import socket
import ssl
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools
import httpx

from arena.pulse import pulse

HIGH_WATER = 256 * 1024  # bytes held for a slow reader before the socket is paused
LINGER_SECONDS = 0.1  # how long the last bytes of a body, which nobody needs, are waited for: they free the connection for the next
MAX_OVERHEAD = 128 * 1024  # bytes that may come in a row without a byte of a body: head, trailers, the frames of chunks
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"(?:[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff\t]*[\x21-\x7e\x80-\xff])?)?")
_TARGET = re.compile(rb"[\x21-\x7e]+")
GATHERED_BYTES = 16 * 1024  # as much of a body that is gathered comes at once all the same


class Want(enum.Enum):
    """What whoever takes a body wants of the rest."""

    NOTHING = enum.auto()
    AT_ONCE = enum.auto()
    GATHERED = enum.auto()  # at a beat of the pulse, what came since the one before


# Given a piece of a body.
Take = Callable[[bytes], Want]


async def connect(address: str, port: int, timeout: float | None, tls: ssl.SSLContext | None, host: str) -> "Connection":
    """A connection to a literal address; TLS is verified for `host`. Raises httpx's ConnectTimeout or ConnectError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            _, made = await loop.create_connection(Connection, address, port, ssl=tls, server_hostname=host if tls else None)
    except TimeoutError:
        raise httpx.ConnectTimeout("") from None
    except OSError:  # of which ssl.SSLError is one
        raise httpx.ConnectError("") from None
    return made


def encoded(request: httpx.Request) -> bytes:
    """The request as it goes over the wire. Raises httpx.LocalProtocolError for what would not be one request."""
    lines = [b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), request.url.raw_path)]
    well = _TOKEN.fullmatch(request.method.encode("ascii")) and _TARGET.fullmatch(request.url.raw_path)
    for name, value in request.headers.raw:
        well = well and _TOKEN.fullmatch(name) and _VALUE.fullmatch(value)
        lines.append(b"%s: %s\r\n" % (name, value))
    if not well:
        raise httpx.LocalProtocolError("not a request that can be sent")
    return b"".join((*lines, b"\r\n", request.content))


class Connection(asyncio.Protocol):
    """One request and its response at a time, one reader. `usable`: whether the next request may be sent over it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._pulse = pulse()
        self._sock: socket.socket | None = None  # the transport's, which keeps it and closes it
        self._gathers = False
        self._parser: httptools.HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._take: Take | None = None  # whoever pours; None when that was enough
        self._refusal: Exception | None = None  # what `_take` raised
        self._held: deque[bytes] = deque()
        self._size = self._overhead = self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._begun = False  # the head is there
        self._ended = True  # the response is whole
        self._fault: Exception | None = None
        self._until_close = self._bodiless = self._keep = self._paused = False

    @property
    def usable(self) -> bool:
        return self._ended and self._keep and self._fault is None and not self._transport.is_closing()

    async def send(self, request: httpx.Request) -> None:
        """Send a request; returns when the head of its response is there: `status`, `headers`. Raises httpx's errors."""
        raw = encoded(request)
        self._parser = httptools.HttpResponseParser(self)
        self._held.clear()
        self._size = self._overhead = 0
        self._begun = self._ended = self._until_close = self._keep = False
        self._bodiless = request.method == "HEAD"
        self._transport.write(raw)
        while not self._begun:
            if self._fault is not None:
                raise self._fault
            await self._more()

    async def pour(self, take: Take) -> None:
        """Have the event loop give `take` the body as it comes, to its end or until that was enough. Raises as `read` does, or what `take` raises.

        Of what follows when it was enough, LINGER_SECONDS' worth is read and thrown away.
        """
        self._take = take
        try:
            self._hand_over()
            while self._take is not None and not self._ended and self._fault is None:
                await self._more()
            if self._refusal is not None:
                raise self._refusal
            if self._take is not None and not self._ended and self._fault is not None:
                raise self._fault
        finally:
            self._take = self._refusal = None
            self._hear()
        with contextlib.suppress(TimeoutError, httpx.TransportError):
            async with asyncio.timeout(LINGER_SECONDS):
                while await self.read():
                    pass

    async def read(self) -> bytes:
        """What has come of the body; empty at its end. Raises httpx's ReadError or RemoteProtocolError where it broke off."""
        while not self._held:
            if self._ended:
                return b""
            if self._fault is not None:
                raise self._fault
            await self._more()
        return self._drawn()

    def _drawn(self) -> bytes:
        """What is held, which is something."""
        piece = self._held.popleft() if len(self._held) == 1 else b"".join(self._held)
        self._held.clear()
        self._size = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return piece

    def _hand_over(self) -> None:
        """Give what is held to whoever pours."""
        if self._take is None or not self._held:
            return
        try:
            want = self._take(self._drawn())
            if want is Want.GATHERED:
                self._gather()
            else:
                self._hear()
            if want is Want.NOTHING:
                self._take = None
        except Exception as error:  # it is theirs who pour, not the event loop's
            self._take, self._refusal = None, error
            self._hear()

    def _gather(self) -> None:
        """Have the kernel keep to itself what comes, until the next beat or GATHERED_BYTES are there. An end it tells at once."""
        if not self._gathers:
            self._gathers = True
            self._wake_at(GATHERED_BYTES)
            self._pulse.add(self._hear)

    def _hear(self) -> None:
        """Have it tell of every byte; what it kept comes when the event loop asks for news next, which is after the beat."""
        if self._gathers:
            self._gathers = False
            self._wake_at(1)

    def _wake_at(self, size: int) -> None:
        if self._sock is not None and not self._transport.is_closing():
            with contextlib.suppress(OSError):  # where a system cannot do this, nothing is gathered
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)

    async def _more(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def close(self) -> None:
        """Hang up at once: nothing of ours is ever left to be sent."""
        self._fault = self._fault or httpx.ReadError("closed")
        self._transport.abort()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, fault: Exception) -> None:
        if self._fault is None:
            self._fault = fault
        self._transport.abort()
        self._wake()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # Not checked by `isinstance`: uvloop's transports are none by inheritance.
        self._transport = cast(asyncio.Transport, transport)
        if shown := transport.get_extra_info("socket"):
            # uvloop shows a socket that lets nothing be set. The kinds are given so that the system is not asked for them.
            self._sock = socket.socket(shown.family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=shown.fileno())

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._ended or self._parser is None:
            self._fail(httpx.RemoteProtocolError("more came than was asked for"))
            return
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(httpx.RemoteProtocolError("not HTTP"))
        else:
            if self._overhead > MAX_OVERHEAD:
                self._fail(httpx.RemoteProtocolError("a head without end"))
        self._hand_over()
        if self._size > HIGH_WATER and not self._paused and self._fault is None:
            self._paused = True
            self._transport.pause_reading()
        if self._take is None or self._ended:
            self._wake()

    def eof_received(self) -> bool:
        """See asyncio.Protocol."""
        self._over(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self._sock is not None:
            self._sock.detach()
            self._sock = None
        self._over(exc)

    def _over(self, exc: Exception | None) -> None:
        """Nothing more will come: the end of a body that has no other, a fault within any other."""
        self._keep = False
        if self._ended:
            return
        if self._until_close and self._begun and exc is None:
            self._ended = True
        elif self._fault is None:
            self._fault = httpx.RemoteProtocolError("closed too early") if exc is None else httpx.ReadError("broken")
        self._wake()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """See httptools."""
        if self._begun:
            raise httptools.HttpParserError("a second response")
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools."""
        if not self._begun:  # else it is a trailer
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See httptools."""
        assert self._parser is not None
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return  # an interim response; the real one follows
        self._begun = True
        self._until_close = not any(
            name.lower() == b"content-length" or (name.lower() == b"transfer-encoding" and b"chunked" in value.lower())
            for name, value in self.headers
        )
        if self._bodiless:
            self._ended = True  # the parser would wait for the body that the head speaks of: this connection is not used again

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._overhead = 0
        self._held.append(body)
        self._size += len(body)

    def on_message_complete(self) -> None:
        """See httptools."""
        assert self._parser is not None
        if self._begun and not self._ended:
            self._ended = True
            self._keep = self._parser.should_keep_alive()
