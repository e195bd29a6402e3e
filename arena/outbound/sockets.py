"""Sockets for httpcore, straight on asyncio's protocols.

httpcore's own go through anyio, which for each piece of a stream pauses and resumes the socket and enters a cancel scope: more than the
parsing of what comes. Here the loop pushes into a buffer and a reader takes what is there.
"""

import asyncio
import ssl
from collections import deque
from typing import Any, cast

import httpcore

HIGH_WATER = 256 * 1024  # bytes held for a slow reader before the socket is paused


async def connect(address: str, port: int, timeout: float | None) -> "Socket":
    """A connection to a literal address. Raises httpcore's ConnectTimeout or ConnectError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            _, made = await loop.create_connection(Socket, address, port)
    except TimeoutError:
        raise httpcore.ConnectTimeout from None
    except OSError:
        raise httpcore.ConnectError from None
    return made


class Socket(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """Both ends of the seam: what the event loop calls, and what httpcore calls. One reader and one writer at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._held: deque[bytes] = deque()
        self._size = 0
        self._ended = False  # nothing more will come: by the other side's word, or because the connection broke
        self._broken = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._full = False

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol; called again when TLS is put on top."""
        # Not checked by `isinstance`: uvloop's transports are none by inheritance.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._held.append(data)
        self._size += len(data)
        if self._size > HIGH_WATER:
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        """See asyncio.Protocol."""
        self._ended = True
        _wake(self._reader)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._ended, self._broken = True, exc is not None
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._full = True

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._full = False
        _wake(self._writer)

    # What httpcore calls.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, at most `max_bytes`; empty at the end. Raises httpcore's ReadTimeout or ReadError."""
        if not self._held and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(timeout):
                    await self._reader
            except TimeoutError:
                raise httpcore.ReadTimeout from None
            finally:
                self._reader = None
        if not self._held:
            if self._broken:
                raise httpcore.ReadError
            return b""
        return self._take(max_bytes)

    def _take(self, max_bytes: int) -> bytes:
        data = self._held.popleft()
        if len(data) > max_bytes:
            self._held.appendleft(data[max_bytes:])
            data = data[:max_bytes]
        before, self._size = self._size, self._size - len(data)
        if before > HIGH_WATER >= self._size:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, waiting while the other side does not take it. Raises httpcore's WriteTimeout or WriteError."""
        if self._ended and self._transport.is_closing():
            raise httpcore.WriteError
        self._transport.write(buffer)
        while self._full and not self._broken:
            self._writer = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(timeout):
                    await self._writer
            except TimeoutError:
                raise httpcore.WriteTimeout from None
            finally:
                self._writer = None
        if self._broken:
            raise httpcore.WriteError

    async def aclose(self) -> None:
        """Hang up at once: nothing of ours is ever left to be sent."""
        self._transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Put TLS on top, verified for `server_hostname`. Raises httpcore's ConnectTimeout or ConnectError."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                upper = await loop.start_tls(self._transport, self, ssl_context, server_hostname=server_hostname)
        except TimeoutError:
            self._transport.abort()
            raise httpcore.ConnectTimeout from None
        except OSError:  # of which ssl.SSLError is one
            self._transport.abort()
            raise httpcore.ConnectError from None
        if upper is None:
            raise httpcore.ConnectError
        self.connection_made(upper)
        return self

    def get_extra_info(self, info: str) -> Any:
        """`is_readable` on an idle connection means that it is of no use any more: the pool asks before it takes one."""
        if info == "is_readable":
            return bool(self._held) or self._ended or self._transport.is_closing()
        return self._transport.get_extra_info({"server_addr": "peername", "client_addr": "sockname"}.get(info, info))


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
