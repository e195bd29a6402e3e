"""The client and the OpenAI adapter against a server that misbehaves; all on loopback."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
import pytest_asyncio

from arena import outbound
from arena.outbound import Secret, client, connection, transport
from arena.outbound.guard import Guard
from arena.providers import registry
from arena.providers.base import Delta, Done, Endpoint, Event, Failed, Message, Params, Timeouts, Usage
from tests.sse_server import SseServer

HELLO = (Message.of("user", "Hello?"),)
KEY = "sk-very-secret-0123456789"
QUICK = Timeouts(connect=0.5, first_token=0.15, idle=0.15, whole=5)
# Who says something is given the time that a busy machine takes to hear it.
PATIENT = Timeouts(connect=5, first_token=5, idle=5, whole=20)
SILENT = ("hang", "mute", "pings")


@pytest_asyncio.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SseServer]:
    monkeypatch.setattr(registry, "RETRY_WAIT", 0.01)
    outbound.configure(outbound.Limits(allow=("127.0.0.1:*",)))
    async with SseServer() as running:
        yield running
        await outbound.aclose()
    outbound.configure(None)
    registry._breakers.clear()


def at(server: SseServer, behaviour: str) -> Endpoint:
    patience = QUICK if behaviour in SILENT else PATIENT
    return Endpoint("openai", server.url(behaviour), "m", Secret(KEY), timeouts=patience)


async def collect(endpoint: Endpoint) -> list[Event]:
    events: list[Event] = []
    end = await registry.open_stream(endpoint, HELLO, Params(), events.append)
    return [*events, end]


def text(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


@pytest.mark.asyncio
async def test_answers_come_over_one_kept_connection(server: SseServer) -> None:
    for _ in range(3):
        events = await collect(at(server, "stream"))
        assert (text(events), events[-1]) == ("one two three", Done("stop", Usage()))
    assert server.opened == 1
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.requests[0].json["stream"] is True
    assert server.requests[0].path == "/stream/v1/chat/completions"


@pytest.mark.asyncio
@pytest.mark.parametrize("behaviour", ["stream", "trailing"])
async def test_a_connection_whose_last_bytes_come_after_the_answer_is_kept_too(server: SseServer, behaviour: str) -> None:
    for _ in range(2):
        assert isinstance((await collect(at(server, behaviour)))[-1], Done)
    assert server.opened == 1


@pytest.mark.asyncio
async def test_an_answer_in_single_bytes_is_the_same(server: SseServer) -> None:
    events = await collect(at(server, "drip"))
    assert (text(events), events[-1]) == ("dripped ✓", Done("stop"))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("behaviour", "code", "kept", "requests"),
    [
        ("hang", "timed_out", "one ", 1),
        ("mute", "timed_out", "", 1),
        ("pings", "timed_out", "", 1),
        ("garbage", "malformed", "", 1),
        ("half", "interrupted", "one ", 1),
        ("huge", "too_long", "x" * 200_000, 1),
        ("endless", "malformed", "", 1),
        ("empty", "empty", "", 1),
        ("nothing", "interrupted", "", 2),
        ("reset", "interrupted", "one ", 1),
        ("limited", "rate_limited", "", 1),
        ("limited-briefly", "rate_limited", "", 2),
        ("error", "server_error", "", 2),
        ("echo-key", "auth", "", 1),
        ("redirect", "refused", "", 1),
        ("compressed", "malformed", "", 1),
    ],
)
async def test_a_misbehaving_side_fails_with_its_reason_and_the_other_side_is_well(
    server: SseServer, caplog: pytest.LogCaptureFixture, behaviour: str, code: str, kept: str, requests: int
) -> None:
    caplog.set_level(logging.DEBUG)
    bad, good = await asyncio.gather(collect(at(server, behaviour)), collect(at(server, "stream")))
    end = bad[-1]
    assert isinstance(end, Failed)
    assert (end.code, text(bad)) == (code, kept)
    assert sum(f"/{behaviour}/" in request.path for request in server.requests) == requests
    assert (text(good), good[-1]) == ("one two three", Done("stop"))
    assert KEY not in repr(bad) + caplog.text


@pytest.mark.asyncio
async def test_cancelling_closes_the_connection(server: SseServer) -> None:
    task = asyncio.create_task(collect(Endpoint("openai", server.url("hang"), "m")))
    await server.until(lambda: len(server.requests) == 1)
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.until(lambda: server.closed == 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("behaviour", ["mute", "hang"])
async def test_hanging_up_before_and_after_the_first_token_closes_the_connection(server: SseServer, behaviour: str) -> None:
    events: list[Event] = []
    streaming = asyncio.ensure_future(registry.open_stream(Endpoint("openai", server.url(behaviour), "m"), HELLO, Params(), events.append))
    if behaviour == "hang":
        async with asyncio.timeout(5):
            while not events:
                await asyncio.sleep(0.01)
    else:
        await asyncio.wait([streaming], timeout=0.05)
        assert not events
    streaming.cancel()
    await asyncio.gather(streaming, return_exceptions=True)
    await server.until(lambda: server.closed == 1)


@pytest.mark.asyncio
async def test_a_refused_connection_is_unreachable(server: SseServer) -> None:
    async with SseServer() as other:
        gone = other.url("stream")
    events = await collect(Endpoint("openai", gone, "m"))
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "unreachable"


@pytest.mark.asyncio
async def test_connections_are_bounded_and_waiting_for_one_is_too(server: SseServer) -> None:
    await outbound.aclose()
    outbound.configure(outbound.Limits(max_connections=1, connect_timeout=0.05, allow=("127.0.0.1",)))
    async with outbound.stream("POST", server.url("hang")):
        with pytest.raises(outbound.Busy):
            async with outbound.stream("POST", server.url("stream")):
                pass


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0.0.0.0"]
)
async def test_loopback_is_refused_however_it_is_spelt(server: SseServer, host: str) -> None:
    await outbound.aclose()
    outbound.configure(outbound.Limits())
    url = server.url("stream").replace("127.0.0.1", host)
    with pytest.raises((outbound.Forbidden, outbound.Unreachable, outbound.BadRequest)):
        async with outbound.stream("POST", url):
            pass
    events = await collect(Endpoint("openai", url, "m"))
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "unreachable"
    assert server.opened == 0


class Rebinding:
    """A resolver that answers with a public address first and with loopback from then on."""

    def __init__(self, first: str) -> None:
        self.first, self.asked = first, 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return [self.first] if self.asked == 1 else ["127.0.0.1"]


@pytest.mark.asyncio
async def test_a_name_that_rebinds_is_connected_to_at_the_judged_address_only(server: SseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[str] = []

    async def dial(address: str, *_: object) -> None:
        dialled.append(address)
        raise httpx.ConnectError("")

    monkeypatch.setattr(connection, "connect", dial)
    resolver = Rebinding("8.8.8.8")
    guarded = transport.GuardedTransport(Guard(resolver=resolver), 10)
    url = server.url("stream").replace("127.0.0.1", "rebind.test")
    for meaning in (outbound.Unreachable, outbound.Forbidden):
        with outbound.use_transport(guarded), pytest.raises(meaning):
            async with outbound.stream("POST", url):
                pass
    assert dialled == ["8.8.8.8"]
    assert resolver.asked == 2
    assert server.opened == 0


@pytest.mark.asyncio
async def test_an_allowed_name_is_tried_at_each_of_its_addresses(server: SseServer) -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]  # nobody listens at the first

    guarded = transport.GuardedTransport(Guard(["llm.test"], resolver), 10)
    with outbound.use_transport(guarded):
        events = await collect(Endpoint("openai", server.url("stream").replace("127.0.0.1", "llm.test"), "m"))
    await guarded.aclose()
    assert text(events) == "one two three"
    assert server.requests[0].headers["host"] == f"llm.test:{server.port}"


@pytest.mark.asyncio
async def test_a_slow_resolver_is_bounded_by_the_connect_timeout(server: SseServer) -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    guarded = transport.GuardedTransport(Guard(resolver=never), 10)
    with outbound.use_transport(guarded), pytest.raises(outbound.TimedOut) as caught:
        async with outbound.stream("POST", "https://slow.test/", timeouts=outbound.Timeouts(connect=0.02)):
            pass
    assert caught.value.phase == "connect"


@pytest.mark.asyncio
async def test_each_event_loop_has_one_pool_and_the_environment_is_not_asked(server: SseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert text(await collect(at(server, "stream"))) == "one two three"
    assert isinstance(client._transport(stranger=False), httpx.AsyncBaseTransport)
    assert client._transport(stranger=False) is client._transport(stranger=False) is not client._transport(stranger=True)
