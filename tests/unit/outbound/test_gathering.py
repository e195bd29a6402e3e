"""What a taker wants gathered the kernel keeps until the next beat; what follows a pause, and the end, it tells at once."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from arena.outbound.connection import GATHERED_BYTES, Connection, Want
from arena.pulse import SECONDS

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
SLACK = 10.0  # far from a beat of PATIENT seconds, and more than any busy machine takes
PATIENT = 60


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


@dataclass
class Far:
    """The provider's end of a connection whose body is being poured, and what has come of it."""

    sock: socket.socket
    connection: Connection
    pieces: list[bytes] = field(default_factory=list)
    want: Want = Want.GATHERED
    pouring: asyncio.Task[None] | None = None

    def take(self, piece: bytes) -> Want:
        self.pieces.append(piece)
        return self.want

    async def say(self, *bodies: bytes, apart: float = 0.002) -> None:
        for body in bodies:
            self.sock.sendall(chunk(body))
            await asyncio.sleep(apart)

    async def heard(self, count: int) -> None:
        async with asyncio.timeout(SLACK):
            while len(self.pieces) < count:
                await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def connected(want: Want = Want.GATHERED) -> AsyncIterator[Far]:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as near:
        sock, _ = listening.accept()
        with sock:
            near.setblocking(False)
            _, made = await asyncio.get_running_loop().create_connection(Connection, sock=near)
            far = Far(sock, made, want=want)
            sock.sendall(HEAD)
            await made.send(httpx.Request("POST", "http://p.test/", content=b"{}"))
            far.pouring = asyncio.ensure_future(made.pour(far.take))
            try:
                yield far
            finally:
                made.close()
                with contextlib.suppress(httpx.HTTPError):
                    await far.pouring


@pytest.mark.asyncio
async def test_the_first_piece_comes_at_once_and_those_that_follow_as_one_in_a_beat() -> None:
    async with connected() as far:
        await far.say(b"a")
        await far.heard(1)
        await far.say(b"b", b"c", b"d", apart=SECONDS / 20)
        await far.heard(2)
        assert far.pieces == [b"a", b"bcd"]


@pytest.mark.asyncio
async def test_who_wants_all_at_once_gets_each() -> None:
    async with connected(Want.AT_ONCE) as far:
        for number in range(1, 5):
            await far.say(b"x", apart=0)
            await far.heard(number)
        assert far.pieces == [b"x"] * 4


@pytest.mark.asyncio
async def test_what_follows_a_pause_waits_for_no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected() as far:
        await far.say(b"a")
        await far.heard(1)
        await asyncio.sleep(3 * SECONDS)
        monkeypatch.setattr("arena.pulse.SECONDS", PATIENT)  # a beat that is begun now is never heard
        await far.say(b"b", apart=0)
        await far.heard(2)


@pytest.mark.asyncio
async def test_a_flood_waits_for_no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.pulse.SECONDS", PATIENT)
    async with connected() as far:
        await far.say(b"a")
        await far.say(b"x" * (2 * GATHERED_BYTES))
        await far.heard(2)


@pytest.mark.asyncio
@pytest.mark.parametrize("end", ["closed", "complete"])
async def test_what_was_kept_comes_before_the_end(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr("arena.pulse.SECONDS", PATIENT if end == "closed" else SECONDS)
    async with connected() as far:
        assert far.pouring is not None
        await far.say(b"a", b"b")
        if end == "closed":
            far.sock.shutdown(socket.SHUT_WR)
            with pytest.raises(httpx.RemoteProtocolError):
                await far.pouring
        else:
            far.sock.sendall(b"0\r\n\r\n")
            await far.pouring
            assert far.connection.usable
        assert far.pieces == [b"a", b"b"]


@pytest.mark.asyncio
async def test_who_has_enough_leaves_a_connection_that_hears_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.pulse.SECONDS", PATIENT)
    async with connected() as far:
        assert far.pouring is not None
        await far.say(b"a")
        far.want = Want.NOTHING
        await far.say(b"x" * (2 * GATHERED_BYTES))
        await far.heard(2)
        far.sock.sendall(b"0\r\n\r\n")
        async with asyncio.timeout(SLACK):
            await far.pouring
        assert far.connection.usable
