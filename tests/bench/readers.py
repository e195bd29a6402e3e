"""Many readers of event streams in one process, driven over its pipes; it knows tokens by the moments in them (see provider.py).

    python -m tests.bench.readers <core>

The first line that it reads is JSON: {"host": port, "requests": [text of a whole HTTP request, ...], "within": seconds over which they
are sent}. It says one JSON line when every reader has its first token, or PATIENCE is over: {"first": [seconds from the request to its first
token, ...], "refused": [[status, retry-after, seconds], ...], "silent": how many have neither}. Every further line that it reads is answered with what came since:
{"events": n, "bytes": n, "late": [the latencies' quantiles 0.5, 0.99, and the largest, seconds]}.
"""

import asyncio
import contextlib
import json
import re
import sys
import time
from functools import partial
from typing import Any, cast

from tests.bench import cores
from tests.bench.bar import quantile

TOKEN = re.compile(rb" ([0-9a-f]{8,12})(?![0-9a-f-])")
RETRY = re.compile(rb"retry-after: (\d+)", re.IGNORECASE)
PATIENCE = 12.0


class Crowd:
    """What all readers have seen."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.first: list[float] = []
        self.refused: list[tuple[int, str, float]] = []
        self.late: list[int] = []
        self.bytes = 0
        self.begun = asyncio.Event()

    def look(self) -> None:
        """Whether everybody has an answer by now."""
        if len(self.first) + len(self.refused) >= self.expected:
            self.begun.set()

    def flush(self) -> dict[str, Any]:
        """What was seen since the last time."""
        late = [one / 1e6 for one in self.late] or [0.0]
        told = {"events": len(self.late), "bytes": self.bytes, "late": [quantile(late, 0.5), quantile(late, 0.99), max(late)]}
        self.late.clear()
        self.bytes = 0
        return told


class Reader(asyncio.Protocol):
    """One reader of one stream."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd, self._request = crowd, request
        self._transport: asyncio.Transport
        self._asked = 0
        self._head = b""
        self._waiting = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._asked = time.monotonic_ns() // 1000
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns() // 1000
        crowd = self._crowd
        if self._waiting:
            self._head += data
            if not self._begin(now):
                return
        crowd.bytes += len(data)
        crowd.late += [now - int(moment, 16) for moment in TOKEN.findall(data)]

    def _begin(self, now: int) -> bool:
        """Whether the first token is here."""
        head, end, body = self._head.partition(b"\r\n\r\n")
        status = int(head[9:12] or b"0") if end else 0
        if status not in (0, 200):
            retry = RETRY.search(head)
            self._crowd.refused.append((status, retry[1].decode() if retry else "", (now - self._asked) / 1e6))
            self._transport.abort()
        elif status == 200 and TOKEN.search(body):
            self._crowd.first.append((now - self._asked) / 1e6)
        else:
            return False
        self._waiting = status != 200
        self._crowd.look()
        return status == 200


async def main() -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    told = json.loads(await lines.readline())
    crowd = Crowd(len(told["requests"]))
    gap, begun = told["within"] / len(told["requests"]), loop.time()
    readers: list[Any] = []
    for number, request in enumerate(told["requests"]):
        await asyncio.sleep(max(0.0, begun + number * gap - loop.time()))
        connecting = loop.create_connection(partial(Reader, crowd, request.encode()), "127.0.0.1", told["port"])
        readers.append(asyncio.ensure_future(connecting))
    await asyncio.gather(*readers)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await crowd.begun.wait()
    silent = crowd.expected - len(crowd.first) - len(crowd.refused)
    print(json.dumps({"first": crowd.first, "refused": crowd.refused, "silent": silent}), flush=True)
    while await lines.readline():
        print(json.dumps(crowd.flush()), flush=True)


if __name__ == "__main__":
    cores.run(main(), core=int(sys.argv[1]))
