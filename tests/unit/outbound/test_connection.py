"""One connection to a provider: what it sends, how it reads what comes in any pieces, and what it makes of an end that comes too early."""

import asyncio

import httpx
import pytest

from arena.outbound.connection import HIGH_WATER, MAX_OVERHEAD, Connection, Want, encoded

HEAD = b"HTTP/1.1 200 OK\r\nx-a: 1\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


class Wire(asyncio.Transport):
    """Records what the connection asks of its transport."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.sent = b""

    def pause_reading(self) -> None:
        self.asked.append("pause")

    def resume_reading(self) -> None:
        self.asked.append("resume")

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def abort(self) -> None:
        self.asked.append("abort")

    def is_closing(self) -> bool:
        return "abort" in self.asked


async def asked(*pieces: bytes, method: str = "POST") -> tuple[Connection, Wire]:
    """A connection over which a request was sent and these pieces came back."""
    made, wire = Connection(), Wire()
    made.connection_made(wire)
    sending = asyncio.ensure_future(made.send(httpx.Request(method, "http://p.test/v1?q=1", content=b"{}")))
    await asyncio.sleep(0)
    for piece in pieces:
        made.data_received(piece)
    await sending
    return made, wire


async def whole(made: Connection) -> bytes:
    body = b""
    while piece := await made.read():
        body += piece
    return body


def test_a_request_is_encoded_as_it_is() -> None:
    request = httpx.Request("POST", "http://p.test:81/v 1?q=1", headers={"X-Key": "k"}, content=b"{}")
    assert encoded(request) == b"POST /v%201?q=1 HTTP/1.1\r\nHost: p.test:81\r\nX-Key: k\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("a b", "x"), ("a", "x\r\nb: y"), ("a", "x\ny"), ("a", "\x00"), ("a:", "x"), ("", "x"), ("a\r\nb", "x"), ("a", " x")],
)
def test_what_would_be_more_than_one_header_is_not_sent(name: str, value: str) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        encoded(httpx.Request("GET", "http://p.test/", headers=[(name, value)]))


@pytest.mark.asyncio
async def test_a_chunked_answer_in_single_bytes_is_read_and_the_connection_kept() -> None:
    raw = CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n"
    made, _ = await asked(*(raw[n : n + 1] for n in range(len(raw))))
    assert made.status == 200
    assert (b"x-a", b"1") in made.headers
    assert (b"x-trailer", b"1") not in made.headers
    assert await whole(made) == b"abcde"
    assert made.usable


@pytest.mark.asyncio
async def test_an_answer_of_known_length_may_be_followed_by_another() -> None:
    made, wire = await asked(HEAD + b"content-length: 2\r\n\r\nok")
    assert await whole(made) == b"ok"
    again = asyncio.ensure_future(made.send(httpx.Request("GET", "http://p.test/again")))
    await asyncio.sleep(0)
    made.data_received(b"HTTP/1.1 204 No Content\r\n\r\n")
    await again
    assert (made.status, await whole(made), made.usable) == (204, b"", True)
    assert b"GET /again HTTP/1.1\r\n" in wire.sent


@pytest.mark.asyncio
async def test_an_interim_answer_is_passed_over() -> None:
    made, _ = await asked(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", HEAD + b"content-length: 1\r\n\r\n!")
    assert made.status == 200
    assert dict(made.headers) == {b"x-a": b"1", b"content-length": b"1"}
    assert await whole(made) == b"!"


@pytest.mark.asyncio
async def test_a_body_without_a_length_ends_with_the_connection_which_is_not_kept() -> None:
    made, _ = await asked(HEAD + b"\r\nto the end")
    made.eof_received()
    made.connection_lost(None)
    assert await whole(made) == b"to the end"
    assert not made.usable


@pytest.mark.asyncio
@pytest.mark.parametrize("head", [b"content-length: 9\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n9\r\n"])
@pytest.mark.parametrize("error", [None, ConnectionResetError()])
async def test_an_end_before_the_end_is_told_after_what_came(head: bytes, error: Exception | None) -> None:
    made, _ = await asked(HEAD + head + b"part")
    made.connection_lost(error)
    assert await made.read() == b"part"
    with pytest.raises(httpx.RemoteProtocolError if error is None else httpx.ReadError):
        await made.read()
    assert not made.usable


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * (MAX_OVERHEAD + 1),
    ],
    ids=["not HTTP", "two lengths", "another protocol", "endless head"],
)
async def test_what_is_no_answer_is_a_fault_and_hangs_up(raw: bytes) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await asked(raw)


@pytest.mark.asyncio
async def test_trailers_without_end_hang_up() -> None:
    made, wire = await asked(CHUNKED + b"1\r\nx\r\n0\r\n")
    for _ in range(MAX_OVERHEAD // 1000 + 1):
        made.data_received(b"t" * 1000)
    assert "abort" in wire.asked
    assert await made.read() == b"x"
    with pytest.raises(httpx.RemoteProtocolError):
        await made.read()


@pytest.mark.asyncio
async def test_more_than_the_answer_ends_the_connection_and_not_the_answer() -> None:
    made, wire = await asked(HEAD + b"content-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n!")
    assert await whole(made) == b"ok"
    assert not made.usable
    assert "abort" in wire.asked


@pytest.mark.asyncio
async def test_what_comes_unasked_ends_a_connection_that_idles() -> None:
    made, _ = await asked(HEAD + b"content-length: 0\r\n\r\n")
    assert made.usable
    made.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert not made.usable


@pytest.mark.asyncio
async def test_an_answer_without_its_body_is_whole() -> None:
    made, _ = await asked(HEAD + b"content-length: 5\r\n\r\n", method="HEAD")
    assert (await made.read(), made.usable) == (b"", False)


@pytest.mark.asyncio
async def test_a_slow_reader_pauses_the_sender_and_resumes_it() -> None:
    made, wire = await asked(HEAD + b"content-length: %d\r\n\r\n" % (2 * HIGH_WATER))
    made.data_received(b"x" * HIGH_WATER)
    assert wire.asked == []
    made.data_received(b"y")
    made.data_received(b"y")
    assert wire.asked == ["pause"]
    assert await made.read() == b"x" * HIGH_WATER + b"yy"
    assert wire.asked == ["pause", "resume"]


@pytest.mark.asyncio
async def test_a_waiting_reader_is_woken_by_what_comes_and_by_the_end() -> None:
    made, _ = await asked(CHUNKED)
    loop = asyncio.get_running_loop()
    loop.call_soon(made.data_received, b"1\r\nx\r\n")
    assert await made.read() == b"x"
    loop.call_soon(made.connection_lost, ConnectionResetError())
    with pytest.raises(httpx.ReadError):
        await made.read()


async def poured(made: Connection, *wanted: Want) -> tuple[list[bytes], asyncio.Task[None]]:
    """What a taker gets from now on, who wants the rest so after each piece, at once where that is not said."""
    pieces: list[bytes] = []
    answers = iter(wanted)

    def take(piece: bytes) -> Want:
        pieces.append(piece)
        return next(answers, Want.AT_ONCE)

    pouring = asyncio.ensure_future(made.pour(take))
    await asyncio.sleep(0)
    return pieces, pouring


@pytest.mark.asyncio
async def test_a_body_that_is_poured_is_given_at_the_moment_it_comes() -> None:
    made, _ = await asked(CHUNKED + b"1\r\na\r\n")
    pieces, pouring = await poured(made)
    assert pieces == [b"a"]
    made.data_received(b"1\r\nb\r\n1\r\nc\r\n")
    assert pieces == [b"a", b"bc"]
    made.data_received(b"1\r\nd\r\n0\r\n\r\n")
    assert pieces == [b"a", b"bc", b"d"]
    await pouring
    assert made.usable


@pytest.mark.asyncio
@pytest.mark.parametrize(("rest", "kept"), [(b"0\r\n\r\n", True), (b"", False)])
async def test_who_has_enough_is_given_no_more_and_the_last_bytes_are_waited_for_a_moment(rest: bytes, kept: bool) -> None:
    made, _ = await asked(CHUNKED)
    pieces, pouring = await poured(made, Want.AT_ONCE, Want.NOTHING)
    for piece in (b"a", b"b", b"c"):
        made.data_received(b"1\r\n" + piece + b"\r\n")
    await asyncio.sleep(0)
    made.data_received(b"1\r\nd\r\n" + rest)
    async with asyncio.timeout(1):
        await pouring
    assert pieces == [b"a", b"b"]
    assert made.usable == kept


@pytest.mark.asyncio
@pytest.mark.parametrize("begun", [True, False])
async def test_what_a_taker_raises_is_its_own_and_not_the_event_loops(begun: bool) -> None:
    made, wire = await asked(CHUNKED + (b"1\r\na\r\n" if begun else b""))

    def take(piece: bytes) -> Want:
        raise LookupError(piece)

    pouring = asyncio.ensure_future(made.pour(take))
    await asyncio.sleep(0)
    if not begun:
        made.data_received(b"1\r\na\r\n0\r\n\r\n")
    with pytest.raises(LookupError):
        await pouring
    assert wire.asked == []


@pytest.mark.asyncio
@pytest.mark.parametrize("end", [None, ConnectionResetError(), b"not a chunk\r\n"])
async def test_a_poured_body_that_breaks_off_is_told_after_what_came(end: Exception | bytes | None) -> None:
    made, _ = await asked(CHUNKED)
    pieces, pouring = await poured(made)
    made.data_received(b"1\r\na\r\n1\r\nb\r\n" + (end if isinstance(end, bytes) else b""))
    if not isinstance(end, bytes):
        made.connection_lost(end)
    with pytest.raises(httpx.ReadError if isinstance(end, Exception) else httpx.RemoteProtocolError):
        await pouring
    assert pieces == [b"ab"]
    assert not made.usable


@pytest.mark.asyncio
async def test_a_body_that_piled_up_before_it_is_poured_is_given_whole_and_the_sender_resumed() -> None:
    made, wire = await asked(HEAD + b"content-length: %d\r\n\r\n" % (HIGH_WATER + 2))
    made.data_received(b"x" * (HIGH_WATER + 1))
    pieces, pouring = await poured(made)
    assert [len(piece) for piece in pieces] == [HIGH_WATER + 1]
    assert wire.asked == ["pause", "resume"]
    made.data_received(b"y")
    await pouring
    assert pieces[-1] == b"y"
