"""The limit of S2 and S3: the least that can stand between two providers and a reader. asyncio.Protocol, uvloop, httptools, and nothing else.

    python -m tests.bench.bare <port> <provider's port> <core>

`GET /<model>` asks the provider twice and passes on what comes, unread, as one event stream. Nothing is kept, bounded or checked.
"""

import asyncio
import sys
from typing import cast

import httptools

from tests.bench import cores
from tests.bench.provider import HEAD, chunked

ASK = b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"


class Upstream(asyncio.Protocol):
    """One side: its body's pieces become frames of the reader's stream."""

    def __init__(self, model: bytes, side: bytes, reader: asyncio.Transport) -> None:
        self._model, self._frame, self._reader = model, b"event: %s\n" % side, reader
        self._provider: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._provider = cast(asyncio.Transport, transport)
        body = b'{"model":"%s","stream":true}' % self._model
        self._provider.write(ASK % (len(body), body))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        if self._reader.is_closing():
            self._provider.abort()
        else:
            self._reader.write(chunked(self._frame + body))


class Reader(asyncio.Protocol):
    """Whoever asks."""

    def __init__(self, provider: int) -> None:
        self._provider = provider
        self._transport: asyncio.Transport
        self._asking: list[asyncio.Task[None]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        model = data.split(b" ", 2)[1].strip(b"/")
        self._transport.write(HEAD)
        self._asking = [asyncio.ensure_future(self._ask(model, side)) for side in (b"a", b"b")]

    async def _ask(self, model: bytes, side: bytes) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: Upstream(model, side, self._transport), "127.0.0.1", self._provider)


async def serve(port: int, provider: int) -> None:
    """Answer on a port of 127.0.0.1 until killed."""
    server = await asyncio.get_running_loop().create_server(lambda: Reader(provider), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    cores.run(serve(int(sys.argv[1]), int(sys.argv[2])), core=int(sys.argv[3]))
