"""The client: what it sends, what it raises, and that it will not work inside a transaction."""

import asyncio
import gc
import traceback
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import httpx
import pytest
from asgiref.sync import async_to_sync

from arena import outbound
from arena.outbound import Secret, Timeouts, transactions

URL = "https://provider.test/v1/x"
KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def limits() -> Iterator[None]:
    outbound.configure(outbound.Limits())
    yield
    outbound.configure(None)


async def fetch(transport: httpx.AsyncBaseTransport, url: str = URL, **options: object) -> bytes:
    headers = {"authorization": Secret(KEY).within("Bearer {}"), "x-plain": "1"}
    with outbound.use_transport(transport):
        async with outbound.stream("POST", url, headers=headers, json={"a": "é\ud800"}, **options) as response:  # type: ignore[arg-type]
            pieces: list[bytes] = []
            await response.pour(lambda piece: pieces.append(piece) or False)  # type: ignore[func-returns-value]
            return b"".join(pieces)


def answering(response: httpx.Response | Exception) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    return httpx.MockTransport(answer)


class Slow(httpx.AsyncByteStream):
    """A body that waits before each of its pieces."""

    def __init__(self, *waits: float) -> None:
        self.waits, self.closed = waits, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for wait in self.waits:
            await asyncio.sleep(wait)
            yield b"x"

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.asyncio
async def test_it_sends_what_it_is_given_and_nothing_of_its_own() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"set-cookie": "a=b"}, content=b"ok")

    for _ in range(2):
        assert await fetch(httpx.MockTransport(answer)) == b"ok"
    for request in seen:
        assert dict(request.headers) == {
            "host": "provider.test",
            "authorization": f"Bearer {KEY}",
            "x-plain": "1",
            "accept-encoding": "identity",
            "user-agent": "evenhand",
            "content-type": "application/json",
            "content-length": str(len(request.content)),
        }
        assert request.content == b'{"a":"\\u00e9\\ud800"}'


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "url", ["", "x", "ftp://x/", "file:///etc/passwd", "http://", "https://user:pw@x.test/", "http://[::1", "unix://x", "//x"]
)
async def test_an_address_that_is_not_plain_http_is_refused(url: str) -> None:
    with pytest.raises(outbound.BadRequest) as caught:
        await fetch(answering(httpx.Response(200)), url)
    assert caught.value.__context__ is None


@pytest.mark.asyncio
async def test_a_redirect_is_an_answer_like_any_other() -> None:
    with outbound.use_transport(answering(httpx.Response(302, headers={"Location": "http://127.0.0.1/"}))):
        async with outbound.stream("GET", URL) as response:
            assert (response.status, response.headers["location"]) == (302, "http://127.0.0.1/")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (httpx.ConnectError(KEY), outbound.Unreachable),
        (httpx.ConnectTimeout(KEY), outbound.TimedOut),
        (httpx.PoolTimeout(KEY), outbound.Busy),
        (httpx.ReadTimeout(KEY), outbound.TimedOut),
        (httpx.ReadError(KEY), outbound.Interrupted),
        (httpx.WriteError(KEY), outbound.Interrupted),
        (httpx.RemoteProtocolError(KEY), outbound.Interrupted),
        (httpx.LocalProtocolError(KEY), outbound.BadRequest),
        (OSError(KEY), outbound.Interrupted),
    ],
)
async def test_library_errors_become_ours_and_take_nothing_along(error: Exception, meaning: type[Exception]) -> None:
    with pytest.raises(meaning) as caught:
        await fetch(answering(error))
    assert caught.value.__context__ is None
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("waits", "timeouts", "phase"),
    [
        ((1,), Timeouts(first_byte=0.02), "first_byte"),
        ((0, 1), Timeouts(first_byte=0.5, idle=0.02), "idle"),
        ((0, 0.02, 0.02, 0.02, 0.02), Timeouts(idle=0.5, whole=0.05), "whole"),
    ],
)
async def test_each_time_limit_ends_the_response_and_closes_it(waits: tuple[float, ...], timeouts: Timeouts, phase: str) -> None:
    body = Slow(*waits)
    with pytest.raises(outbound.TimedOut) as caught:
        await fetch(answering(httpx.Response(200, stream=body)), timeouts=timeouts)
    assert caught.value.phase == phase
    assert body.closed


@pytest.mark.asyncio
async def test_headers_that_never_come_are_timed() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(outbound.TimedOut) as caught:
        await fetch(httpx.MockTransport(never), timeouts=Timeouts(whole=0.02))
    assert caught.value.phase == "whole"


@pytest.mark.asyncio
async def test_a_response_is_bounded_in_length() -> None:
    with pytest.raises(outbound.TooLarge):
        await fetch(answering(httpx.Response(200, content=b"x" * 11)), max_bytes=10)
    assert await fetch(answering(httpx.Response(200, content=b"x" * 10)), max_bytes=10) == b"x" * 10
    with outbound.use_transport(answering(httpx.Response(200, content=b"abc"))):
        async with outbound.stream("GET", URL) as response:
            assert await response.read(2) == b"ab"


@pytest.mark.asyncio
async def test_a_compressed_response_is_not_inflated() -> None:
    with pytest.raises(outbound.BadResponse):
        await fetch(answering(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Slow(0))))


@pytest.mark.asyncio
async def test_leaving_early_closes_the_response() -> None:
    body = Slow(0, 0, 60)
    with outbound.use_transport(answering(httpx.Response(200, stream=body))):
        async with outbound.stream("GET", URL) as response:
            await response.pour(lambda piece: True)
        assert body.closed
    gc.collect()


def test_limits_are_read_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = SimpleNamespace(OUTBOUND_MAX_CONNECTIONS="7", OUTBOUND_ALLOW=["127.0.0.1:*"])
    monkeypatch.setattr("arena.outbound.client.settings", given)
    assert outbound.Limits.from_settings() == outbound.Limits(7, 5.0, ("127.0.0.1:*",))


class Connections(list[SimpleNamespace]):
    def all(self, *, initialized_only: bool) -> list[SimpleNamespace]:
        assert initialized_only
        return self


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    """Stands in for Django's connections, with no transaction open yet."""
    made = Connections([SimpleNamespace(atomic_blocks=[])])
    monkeypatch.setattr("arena.transactions.settings", SimpleNamespace(configured=True))
    monkeypatch.setattr("arena.transactions.connections", made)
    return made


@pytest.mark.asyncio
async def test_the_door_does_not_open_inside_a_transaction(connections: Connections) -> None:
    transport = answering(httpx.Response(200, content=b"ok"))
    assert await fetch(transport) == b"ok"
    connections[0].atomic_blocks.append(SimpleNamespace(_from_testcase=True))  # that of a test case does not count
    assert await fetch(transport) == b"ok"
    connections[0].atomic_blocks.append(SimpleNamespace(_from_testcase=False))
    with pytest.raises(outbound.InTransaction, match="inside a database transaction"):
        await fetch(transport)


def test_the_door_does_not_open_inside_the_transaction_of_a_synchronous_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    caller = threading.get_ident()
    # As with Django's connections, which belong to threads: only the calling thread sees its transaction.
    monkeypatch.setattr(transactions, "_transaction_is_open", lambda: threading.get_ident() == caller)
    with pytest.raises(outbound.InTransaction):
        async_to_sync(fetch)(answering(httpx.Response(200)))
