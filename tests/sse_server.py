"""A provider on loopback that misbehaves on demand: what it does is the first part of the path (`/half/v1/chat/completions`).

    async with SseServer() as server:
        endpoint = Endpoint("openai", server.url("half"), "m")

The behaviours are the `_<name>` functions below; `server.requests` holds what was asked, `server.closed` counts connections that are gone.
"""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType

Writer = asyncio.StreamWriter
OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass
class Request:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        """The body, decoded."""
        decoded: dict[str, object] = json.loads(self.body)
        return decoded


@dataclass
class SseServer:
    """Listens on a free port of 127.0.0.1 while it is entered."""

    requests: list[Request] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> "SseServer":
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, behaviour: str) -> str:
        """A provider's base address at which the server behaves so."""
        return f"http://127.0.0.1:{self.port}/{behaviour}/v1"

    async def until(self, condition: Callable[[], bool], seconds: float = 2.0) -> None:
        """Wait until something about connections has become true."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.opened += 1
        try:
            while request := await _read(reader):
                self.requests.append(request)
                self._changed.set()
                playing = asyncio.ensure_future(_BEHAVIOURS[request.path.split("/")[1]](writer, request))
                # What comes while we answer can only be the other side hanging up.
                leaving = asyncio.ensure_future(reader.read(1))
                try:
                    await asyncio.wait((playing, leaving), return_when=asyncio.FIRST_COMPLETED)
                    if not playing.done() or playing.result() or leaving.done():
                        break
                finally:
                    for one in (playing, leaving):
                        one.cancel()
                    await asyncio.gather(playing, leaving, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)
            self.closed += 1
            self._changed.set()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return Request(head[0].split(" ")[1], headers, await reader.readexactly(int(headers.get("content-length", 0))))


def event(text: str | None, finish: str | None = None) -> bytes:
    """One chunk of Chat Completions as an event."""
    delta = {} if text is None else {"content": text}
    return b"data: " + json.dumps({"choices": [{"delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"


async def _send(writer: Writer, *pieces: bytes) -> None:
    for piece in pieces:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()


async def _finish(writer: Writer) -> None:
    await _send(writer, event(None, "stop"), b"data: [DONE]\n\n", b"")


async def _stream(writer: Writer, _: Request) -> bool:
    """A good answer of three words, then the connection is kept."""
    writer.write(OK)
    await _send(writer, event("one "), event("two "), event("three"))
    await _finish(writer)
    return False


async def _trailing(writer: Writer, _: Request) -> bool:
    """A good answer whose very last bytes come a moment later; then the connection is kept."""
    writer.write(OK)
    await _send(writer, event("one", "stop"), b"data: [DONE]\n\n")
    await asyncio.sleep(0.02)
    await _send(writer, b"")
    return False


async def _drip(writer: Writer, _: Request) -> bool:
    """A good answer, a byte at a time, each in its own packet as far as the system lets it."""
    writer.write(OK)
    for byte in event("dripped ✓") + event(None, "stop"):
        await _send(writer, bytes([byte]))
        await asyncio.sleep(0)
    await _send(writer, b"")
    return False


async def _hang(writer: Writer, _: Request) -> bool:
    """One word, then silence."""
    writer.write(OK)
    await _send(writer, event("one "))
    await asyncio.sleep(60)
    return True


async def _mute(writer: Writer, _: Request) -> bool:
    """Takes the request and says nothing."""
    await asyncio.sleep(60)
    return True


async def _pings(writer: Writer, _: Request) -> bool:
    """Signs of life, and never a word."""
    writer.write(OK)
    while True:
        await _send(writer, b": still here\n\n")
        await asyncio.sleep(0.01)


async def _garbage(writer: Writer, _: Request) -> bool:
    writer.write(OK)
    await _send(writer, b"\x00\xff\xfe garbage\nmore of it\n\n", b"data: {not json\n\n", b"")
    return True


async def _half(writer: Writer, _: Request) -> bool:
    """Ends inside a UTF-8 character."""
    writer.write(OK)
    await _send(writer, event("one "), b'data: {"choices": [{"delta": {"content": "caf\xc3', b"")
    return True


async def _huge(writer: Writer, _: Request) -> bool:
    """Five million characters in large events."""
    writer.write(OK)
    for _number in range(50):
        await _send(writer, event("x" * 100_000))
    await _finish(writer)
    return True


async def _endless(writer: Writer, _: Request) -> bool:
    """Two megabytes on one line."""
    writer.write(OK)
    for _number in range(20):
        await _send(writer, b"x" * 100_000)
    await _send(writer, b"")
    return True


async def _empty(writer: Writer, _: Request) -> bool:
    """Ends well without a word."""
    writer.write(OK)
    await _finish(writer)
    return False


async def _nothing(writer: Writer, _: Request) -> bool:
    writer.write(OK)
    await _send(writer, b"")
    return True


async def _reset(writer: Writer, _: Request) -> bool:
    """One word, then a TCP reset."""
    writer.write(OK)
    await _send(writer, event("one "))
    await asyncio.sleep(0.02)
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return True


async def _answer(writer: Writer, status: str, body: bytes, *headers: str) -> bool:
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(body)}", *headers, "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    await writer.drain()
    return False


async def _limited(writer: Writer, _: Request) -> bool:
    return await _answer(writer, "429 Too Many Requests", b'{"error":{"message":"slow down"}}', "retry-after: 30")


async def _limited_briefly(writer: Writer, _: Request) -> bool:
    return await _answer(writer, "429 Too Many Requests", b'{"error":{"message":"slow down"}}', "retry-after: 0")


async def _error(writer: Writer, _: Request) -> bool:
    return await _answer(writer, "500 Internal Server Error", b"<html>oops</html>")


async def _echo_key(writer: Writer, request: Request) -> bool:
    """Repeats the key in its error, as some do."""
    said = json.dumps({"error": {"message": f"Incorrect API key provided: {request.headers.get('authorization')}"}})
    return await _answer(writer, "401 Unauthorized", said.encode())


async def _redirect(writer: Writer, _: Request) -> bool:
    return await _answer(writer, "302 Found", b"", "location: http://127.0.0.1:1/stream/v1", "set-cookie: a=b")


async def _compressed(writer: Writer, _: Request) -> bool:
    return await _answer(writer, "200 OK", b"\x1f\x8b", "content-encoding: gzip")


_BEHAVIOURS: dict[str, Callable[[Writer, Request], Awaitable[bool]]] = {
    "stream": _stream,
    "trailing": _trailing,
    "drip": _drip,
    "hang": _hang,
    "mute": _mute,
    "pings": _pings,
    "garbage": _garbage,
    "half": _half,
    "huge": _huge,
    "endless": _endless,
    "empty": _empty,
    "nothing": _nothing,
    "reset": _reset,
    "limited": _limited,
    "limited-briefly": _limited_briefly,
    "error": _error,
    "echo-key": _echo_key,
    "redirect": _redirect,
    "compressed": _compressed,
}
