"""HTTP requests over a few connections that are kept, each sent when the one before is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pumped:
    """How many replies of each status came, in how many seconds; and the waits for them, seconds."""

    statuses: Counter[int]
    seconds: float
    waits: list[float]


async def _connection(port: int, requests: Iterator[bytes], until: float, seen: Counter[int], waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        if (begun := time.monotonic()) > until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        _, _, length = head.lower().partition(b"content-length:")
        if length and status != 304:
            await reader.readexactly(int(length.split(b"\r\n", 1)[0]))
        seen[status] += 1
        waits.append(time.monotonic() - begun)
    writer.close()


async def _all(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Pumped:
    seen, waits = Counter[int](), list[float]()
    begun = time.monotonic()
    await asyncio.gather(*(_connection(port, requests, begun + seconds, seen, waits) for _ in range(connections)))
    return Pumped(seen, time.monotonic() - begun, waits)


def pump(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Pumped:
    """Send requests until there are no more or the time is over."""
    return asyncio.run(_all(port, requests, connections, seconds))
