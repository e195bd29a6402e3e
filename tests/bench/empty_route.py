"""S1: the arena's way to a hot route, against the server's own."""

import asyncio
import contextlib
import json
import subprocess
import sys
from typing import Any, cast

from tests.bench import cores, stage
from tests.bench.bar import Bar, cpu_seconds, middle

RUNS, SECONDS, CONNECTIONS = 3, 3.0, 32


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """The least that uvicorn serves."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), (b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"ok\n"})


class Asker(asyncio.Protocol):
    """Asks again as soon as it is answered; `done` counts, over all of them."""

    done = 0

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"ok\n"):  # the head may come by itself
            Asker.done += 1
            self._transport.write(self._request)
        else:
            assert data.startswith(b"HTTP/1.1 200"), data


async def ask(port: int, path: str) -> None:
    """Ask for some seconds; print how many replies came."""
    loop = asyncio.get_running_loop()
    request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nuser-agent: bench\r\naccept: */*\r\n\r\n".encode()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: Asker(request), "127.0.0.1", port)
    await asyncio.sleep(SECONDS)
    print(json.dumps(Asker.done))


def run() -> list[Bar]:
    with stage.arena() as live, contextlib.ExitStack() as held:
        from tests.bench import traffic

        argv = ["uvicorn", "tests.bench.empty_route:bare", "--port", "{port}", "--log-level", "warning", "--loop", "uvloop"]
        child, port = held.enter_context(traffic.program(*argv, "--http", "httptools", "--no-access-log"))
        cores.pin(child.pid, cores.SERVER)
        web = traffic.web(live)

        def rate(pid: int, port: int, path: str) -> float:
            before = cpu_seconds(pid)
            words = [sys.executable, "-m", "tests.bench.empty_route", str(port), path]
            done = int(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
            return done / (cpu_seconds(pid) - before)

        taken = [(rate(web.process.pid, web.port, "/healthz"), rate(child.pid, port, "/")) for _ in range(RUNS)]
    (value, spread), (bound, _) = middle([one for one, _ in taken]), middle([other for _, other in taken])
    note = "the limit is a bare ASGI callable on the same server, which is stricter than starlette"
    return [Bar("S1", "hot empty route", value, bound, "requests/CPU-s", ">= 0.5", value / bound >= 0.5, RUNS, spread, note)]


if __name__ == "__main__":
    cores.run(ask(int(sys.argv[1]), sys.argv[2]), core=cores.LOAD)
