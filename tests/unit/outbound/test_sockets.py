"""The socket's buffer: bounded for a slow reader, honest about the end."""

import asyncio

import httpcore
import pytest

from arena.outbound.sockets import HIGH_WATER, Socket


class Wire(asyncio.Transport):
    """Records what the socket asks of its transport."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def pause_reading(self) -> None:
        self.asked.append("pause")

    def resume_reading(self) -> None:
        self.asked.append("resume")

    def write(self, data: object) -> None:
        self.asked.append("write")

    def abort(self) -> None:
        self.asked.append("abort")

    def is_closing(self) -> bool:
        return False


@pytest.fixture
def socket() -> tuple[Socket, Wire]:
    made, wire = Socket(), Wire()
    made.connection_made(wire)
    return made, wire


@pytest.mark.asyncio
async def test_a_slow_reader_pauses_the_sender_and_resumes_it(socket: tuple[Socket, Wire]) -> None:
    made, wire = socket
    made.data_received(b"x" * HIGH_WATER)
    assert wire.asked == []
    made.data_received(b"yz")
    made.data_received(b"")
    assert wire.asked[0] == "pause"
    assert await made.read(10) == b"x" * 10
    assert wire.asked[-1] == "resume"
    assert await made.read(HIGH_WATER) == b"x" * (HIGH_WATER - 10)
    assert await made.read(1) == b"y"
    assert await made.read(100) == b"z"


@pytest.mark.asyncio
async def test_what_came_before_the_end_is_still_read(socket: tuple[Socket, Wire]) -> None:
    made, _ = socket
    made.data_received(b"last")
    made.connection_lost(ConnectionResetError())
    assert await made.read(100) == b"last"
    with pytest.raises(httpcore.ReadError):
        await made.read(100)


@pytest.mark.asyncio
async def test_a_waiting_reader_is_woken_by_the_end(socket: tuple[Socket, Wire]) -> None:
    made, _ = socket
    asyncio.get_running_loop().call_soon(made.eof_received)
    assert not made.get_extra_info("is_readable")
    assert await made.read(100) == b""
    assert made.get_extra_info("is_readable")


@pytest.mark.asyncio
async def test_reading_and_writing_are_bounded_in_time(socket: tuple[Socket, Wire]) -> None:
    made, _ = socket
    with pytest.raises(httpcore.ReadTimeout):
        await made.read(1, 0.01)
    made.pause_writing()
    with pytest.raises(httpcore.WriteTimeout):
        await made.write(b"x", 0.01)
    asyncio.get_running_loop().call_soon(made.resume_writing)
    await made.write(b"x", 1)
    made.pause_writing()
    asyncio.get_running_loop().call_soon(made.connection_lost, ConnectionResetError())
    with pytest.raises(httpcore.WriteError):
        await made.write(b"x", 1)


@pytest.mark.asyncio
async def test_closing_hangs_up_at_once(socket: tuple[Socket, Wire]) -> None:
    made, wire = socket
    await made.aclose()
    assert wire.asked == ["abort"]
