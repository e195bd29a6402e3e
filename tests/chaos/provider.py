"""The provider of a chaos run: a process that speaks Chat Completions, a word every few hundredths of a second."""

import asyncio
import sys

from tests.sse_server import OK, event

WORDS = 10
WORD_SECONDS = 0.03


async def serve(port: int) -> None:
    """Answer on a port of 127.0.0.1 until killed."""
    server = await asyncio.start_server(_answer, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(line.partition(":")[2] for line in head.split("\r\n") if line.startswith("content-length:"))
        await reader.readexactly(int(length))
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        for number in range(WORDS):
            _chunk(writer, event(f"word{number} "))
            await writer.drain()
            await asyncio.sleep(WORD_SECONDS)
        _chunk(writer, event(None, "stop") + b"data: [DONE]\n\n")
        _chunk(writer, b"")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass  # who asked has gone, or was killed
    finally:
        writer.close()


def _chunk(writer: asyncio.StreamWriter, piece: bytes) -> None:
    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
