"""A provider for benchmarks: Chat Completions at a steady rate, each token the moment at which it was sent.

    python -m tests.bench.provider <port> <core>

The name of the model asked for says what is played: `steady-<tokens a second>-<seconds>`; `padded-...`, the same with something random in
each event, as some providers send; or `hold`: one token, then silence until the other side hangs up. A token is a space and hexadecimal microseconds of the machine's monotonic clock, which all processes share.
"""

import asyncio
import re
import sys
import time
from typing import cast

from tests.bench import cores

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNK = (
    b'data: {"id":"chatcmpl-9f2b6c1d7e3a4b5c","object":"chat.completion.chunk","created":1700000000,"model":"bench","system_fingerprint":null,'
    b'"choices":[{"index":0,"delta":{"content":" %x"},"logprobs":null,"finish_reason":null}]}\n\n'
)
PADDED = CHUNK.replace(b"}]}\n", b'}],"obfuscation":"%s"}\n')
LAST = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
MODEL = re.compile(rb'"model":"(?:(?:steady|(padded))-(\d+)-(\d+)|hold)"')
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def chunked(body: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(body), body)


class Connection(asyncio.Protocol):
    """One connection; requests one after the other."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._held = b""
        self._padded = False
        self._timer: asyncio.TimerHandle | None = None
        self._step, self._next, self._until = 0.0, 0.0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, body = self._held.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return
        self._held = b""
        model = MODEL.search(body)
        assert model is not None, body
        self._padded = model[1] is not None
        self._transport.write(HEAD + self._token())
        if model[2] is not None:
            self._step = 1 / int(model[2])
            self._next = self._loop.time() + self._step
            self._until = self._loop.time() + int(model[3])
            self._timer = self._loop.call_at(self._next, self._tick)

    def _tick(self) -> None:
        if self._next >= self._until:
            self._transport.write(chunked(LAST) + chunked(b""))
            return
        self._transport.write(self._token())
        self._next += self._step
        self._timer = self._loop.call_at(self._next, self._tick)

    def _token(self) -> bytes:
        now = time.monotonic_ns() // 1000
        return chunked(PADDED % (now, b"%07x" % (now * 2654435761 % 2**28))) if self._padded else chunked(CHUNK % now)


async def serve(port: int) -> None:
    """Answer on a port of 127.0.0.1 until killed."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    cores.run(serve(int(sys.argv[1])), core=int(sys.argv[2]))
