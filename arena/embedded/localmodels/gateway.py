"""One address for the server processes of one model: each request goes to the least busy of them.

Two processes with one thread each answer two people at the full speed of two cores (measured: 127 tokens/s
each, first token after 0.23 s); one process with parallel slots gives each of them less than half (53
tokens/s, 0.46 s).
"""

import asyncio
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_LONGEST_HEAD = 64 * 1024
_HEAD_SECONDS = 10.0
_BLOCK = 64 * 1024
_PORTS_TRIED = 200
_LOADING = b'{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}'
_FORBIDDEN = b'{"error":{"code":403,"message":"Not for web pages","type":"permission_error"}}'


@dataclass
class Replica:
    """One server process; `address` is None while it is not ready, `tried` once it came up or failed."""

    address: tuple[str, int] | None = None
    busy: int = 0
    tried: bool = False

    def ready_at(self, url: str) -> None:
        """It takes requests at `url` now."""
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)


@dataclass
class Gateway:
    """The public address of one model and the replicas behind it."""

    replicas: list[Replica] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    async def open(self, first_port: int) -> int:
        """Listen on the first free port of 127.0.0.1 from `first_port` upwards and return it.

        Raises OSError when none of 200 ports is free.
        """
        listener = bind_free_port(first_port)
        self.port = int(listener.getsockname()[1])
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=_LONGEST_HEAD)
        return self.port

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
            if _has_header(head, b"origin"):
                _refuse(writer, b"403 Forbidden", _FORBIDDEN)
            else:
                await self._forward(_closing(head), reader, writer)
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _forward(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = [replica for replica in self.replicas if replica.address is not None]
        for replica in sorted(ready, key=lambda replica: replica.busy):
            assert replica.address is not None
            replica.busy += 1
            try:
                answer, request = await asyncio.open_connection(*replica.address)
                try:
                    request.write(head)
                    await _copy_both_ways(reader, request, answer, writer)
                finally:
                    request.close()
                return
            except ConnectionRefusedError:
                continue
            finally:
                replica.busy -= 1
        _refuse(writer, b"503 Service Unavailable", _LOADING)


def bind_free_port(first_port: int) -> socket.socket:
    """A socket bound to the first free port of 127.0.0.1 from `first_port` (0: any). Raises OSError if none is."""
    for port in range(first_port, first_port + _PORTS_TRIED):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            # Binding alone succeeds for two of us; only one may listen.
            listener.listen()
            return listener
        except OSError:
            listener.close()
    raise OSError(f"no free port from {first_port} to {first_port + _PORTS_TRIED - 1}")


def _has_header(head: bytes, name: bytes) -> bool:
    return any(line.lower().startswith(name + b":") for line in head.split(b"\r\n")[1:])


def _closing(head: bytes) -> bytes:
    """The head with `Connection: close`: one request a connection, so that the count of busy ones is exact."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    return b"\r\n".join([first, *kept, b"Connection: close", b"", b""])


def _refuse(writer: asyncio.StreamWriter, status: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    writer.write(head % (status, len(body)) + body)


async def _copy_both_ways(
    reader: asyncio.StreamReader,
    request: asyncio.StreamWriter,
    answer: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Until either side closes: a reader who leaves closes the request, which ends the generation."""
    ways = [asyncio.create_task(_copy(reader, request)), asyncio.create_task(_copy(answer, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while block := await source.read(_BLOCK):
        target.write(block)
        await target.drain()
