"""`open_stream`: one end, always; bounds, retries, the breaker; and the names of providers."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import httpx
import pytest

from arena import outbound
from arena.outbound import Secret
from arena.providers import registry, scripted
from arena.providers.base import Delta, Done, Endpoint, Event, Failed, Message, Params, Timeouts
from arena.providers.registry import open_stream, parse_contender

HELLO = (Message.of("user", "Hello?"),)
QUICK = Timeouts(connect=0.2, first_token=0.1, idle=0.1, whole=0.25)
HTTP = Endpoint("openai", "https://provider.test/v1", "m", Secret("sk-very-secret-0123456789"))
GOOD = b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def play(name: str, *steps: scripted.Step, timeouts: Timeouts = QUICK) -> Endpoint:
    scripted.register(name, steps)
    return Endpoint("scripted", "scripted:", name, timeouts=timeouts)


async def collect(endpoint: Endpoint, *, max_characters: int = 200_000, params: Params | None = None) -> list[Event]:
    events: list[Event] = []
    end = await open_stream(endpoint, HELLO, params or Params(), events.append, max_characters=max_characters)
    return [*events, end]


async def end_of(endpoint: Endpoint) -> Failed:
    end = (await collect(endpoint))[-1]
    assert isinstance(end, Failed)
    return end


class Provider:
    """Answers each request with the next of `answers`, the last one again and again; counts them."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[], httpx.Response]) -> None:
        self.answers, self.count = answers, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers[min(self.count, len(self.answers) - 1)]
        self.count += 1
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Provider]]:
    monkeypatch.setattr(registry, "RETRY_WAIT", 0.01)
    doors: list[object] = []

    def start(*answers: httpx.Response | Exception | Callable[[], httpx.Response]) -> Provider:
        provider = Provider(*answers)
        door = outbound.use_transport(httpx.MockTransport(provider))
        door.__enter__()
        doors.append(door)
        return provider

    yield start
    for door in reversed(doors):
        door.__exit__(None, None, None)  # type: ignore[attr-defined]


def good() -> httpx.Response:
    return httpx.Response(200, content=GOOD)


@pytest.mark.asyncio
async def test_an_answer_is_deltas_and_one_end(serve: Callable[..., Provider]) -> None:
    serve(good)
    assert await collect(HTTP) == [Delta("hi"), Done("stop")]


@pytest.mark.asyncio
async def test_a_failure_before_the_first_token_is_retried_once(serve: Callable[..., Provider]) -> None:
    provider = serve(httpx.Response(500), good)
    assert await collect(HTTP) == [Delta("hi"), Done("stop")]
    assert provider.count == 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "code", "count"),
    [
        (lambda: httpx.Response(500), "server_error", 2),
        (httpx.ConnectError("sk-very-secret-0123456789"), "unreachable", 2),
        (httpx.ConnectTimeout(""), "timed_out", 2),
        (httpx.ReadError(""), "interrupted", 2),
        (lambda: httpx.Response(200), "interrupted", 2),
        (lambda: httpx.Response(429, headers={"retry-after": "0.01"}), "rate_limited", 2),
        (lambda: httpx.Response(429, headers={"retry-after": "3"}), "rate_limited", 1),
        (lambda: httpx.Response(429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), "rate_limited", 1),
        (lambda: httpx.Response(400), "refused", 1),
        (lambda: httpx.Response(401), "auth", 1),
        (lambda: httpx.Response(302, headers={"location": "http://127.0.0.1/"}), "refused", 1),
        (lambda: httpx.Response(200, json={"choices": []}), "malformed", 1),
        (lambda: httpx.Response(200, json={"error": {"type": "server_error", "message": "x"}}), "server_error", 2),
        (lambda: httpx.Response(200, content=b"data: oops\n\n"), "malformed", 1),
        (lambda: httpx.Response(200, content=b"data: [DONE]\n\n"), "empty", 1),
        (lambda: httpx.Response(200, content=GOOD.replace(b'"stop"', b"null").replace(b"data: [DONE]\n\n", b"")), "interrupted", 1),
        (RuntimeError("a fault of ours, quoting sk-very-secret-0123456789"), "malformed", 1),
    ],
)
async def test_what_is_retried_and_what_is_not(
    serve: Callable[..., Provider], answer: httpx.Response | Exception, code: str, count: int
) -> None:
    provider = serve(answer)
    end = await end_of(HTTP)
    assert (end.code, provider.count) == (code, count)
    assert "sk-" not in repr(end)


@pytest.mark.asyncio
@pytest.mark.parametrize("said", ["Incorrect key sk-very-secret-0123456789.", "Bearer sk-very-secret-0123456789", "sk-ab***********wxyz"])
async def test_a_key_that_the_provider_repeats_is_not_in_the_failure(serve: Callable[..., Provider], said: str) -> None:
    serve(httpx.Response(401, json={"error": {"message": f"{said}\n{'x' * 5000}"}}))
    end = await end_of(HTTP)
    assert "sk-" not in end.detail
    assert "***" in end.detail
    assert "\n" not in end.detail
    assert len(end.detail) <= 300


@pytest.mark.asyncio
async def test_a_key_that_cannot_be_sent_is_not_in_the_failure() -> None:
    for key in ("sk-schlüssel", "sk-line\nbreak"):
        end = await end_of(replace(HTTP, api_key=Secret(key), base_url="https://192.0.2.1/v1"))
        assert end.ours
        assert "sk-" not in repr(end)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "steps",
    [
        [{"hang": True}],
        [{"text": "a"}, {"hang": True}],
        [{"text": "a", "after_ms": 20, "repeat": 100}],
        [{"text": "", "after_ms": 5, "repeat": 100}],
    ],
    ids=["first token", "idle", "whole", "signs of life but no token"],
)
async def test_silence_ends_in_time(steps: Sequence[scripted.Step]) -> None:
    end = await end_of(play("slow", *steps))
    assert end.code == "timed_out"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([{"done": {}}], "empty"),
        ([{"text": " \n"}, {"done": {}}], "empty"),
        ([{"reasoning": "hm"}, {"done": {"finish_reason": "length"}}], "empty"),
        ([{"done": {"finish_reason": "content_filter"}}], "refused"),
        ([{"text": "a"}], "interrupted"),
    ],
)
async def test_an_end_without_an_answer_is_a_failure(steps: Sequence[scripted.Step], code: str) -> None:
    assert (await end_of(play("empty", *steps))).code == code


@pytest.mark.asyncio
async def test_usage_of_an_empty_answer_is_kept() -> None:
    end = await end_of(play("thought", {"reasoning": "hm"}, {"done": {"usage": {"output_tokens": 9}}}))
    assert end.usage.output_tokens == 9


@pytest.mark.asyncio
@pytest.mark.parametrize("limit", [0, 1, 9, 10, 11, 29, 30, 31])
async def test_an_answer_is_cut_at_its_limit(limit: int) -> None:
    endpoint = play("long", {"reasoning": "r" * 10}, {"text": "t" * 10, "repeat": 2}, {"done": {}})
    *deltas, end = await collect(endpoint, max_characters=limit)
    assert "".join(event.text for event in deltas if isinstance(event, Delta)) == ("r" * 10 + "t" * 20)[:limit]
    assert all(isinstance(event, Delta) and event.text for event in deltas)
    assert isinstance(end, Done) == (limit >= 30)
    assert isinstance(end, Done) or end == Failed("too_long", "the answer is longer than allowed")


@pytest.mark.asyncio
async def test_after_five_failures_a_provider_is_left_alone(serve: Callable[..., Provider]) -> None:
    provider = serve(httpx.Response(401))
    for _ in range(5):
        assert registry.available(HTTP)
        await end_of(HTTP)
    assert not registry.available(HTTP)
    assert registry.available(replace(HTTP, base_url="https://other.test/v1"))
    end = await end_of(HTTP)
    assert (end.code, end.ours, provider.count) == ("unreachable", True, 5)


@pytest.mark.asyncio
async def test_a_refused_request_does_not_speak_against_the_provider(serve: Callable[..., Provider]) -> None:
    serve(httpx.Response(400))
    for _ in range(7):
        await end_of(HTTP)
    assert registry.available(HTTP)


@pytest.mark.asyncio
async def test_a_probe_that_is_left_lets_the_next_one_through(serve: Callable[..., Provider]) -> None:
    serve(*[httpx.Response(401)] * 5, good)
    for _ in range(5):
        await end_of(HTTP)
    breaker = registry._breaker(HTTP)
    assert breaker.opened_at is not None
    breaker.opened_at -= breaker.cooldown
    leaver = asyncio.create_task(collect(HTTP))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    assert await collect(HTTP) == [Delta("hi"), Done("stop")]
    assert breaker.opened_at is None


@pytest.mark.asyncio
async def test_two_answers_stream_at_the_same_time() -> None:
    endpoint = play("half a second", {"text": "x", "after_ms": 10, "repeat": 25}, {"done": {}}, timeouts=Timeouts())
    loop = asyncio.get_running_loop()

    async def timed(sides: int) -> float:
        begin = loop.time()
        for events in await asyncio.gather(*(collect(endpoint) for _ in range(sides))):
            assert isinstance(events[-1], Done)
        return loop.time() - begin

    assert await timed(2) < 1.6 * await timed(1)


@pytest.mark.asyncio
async def test_one_failing_side_leaves_the_other_whole() -> None:
    well = play("well", {"text": "x", "after_ms": 2, "repeat": 5}, {"done": {}})
    bad = [
        play("refuses", {"fail": "refused"}),
        play("breaks", {"text": "x"}, {"fail": "interrupted"}),
        play("hangs", {"hang": True}),
        play("wrong", {"text": 5}),
        Endpoint("scripted", "scripted:", "no such script"),
        Endpoint("scripted", "scripted:", "../../etc/passwd"),
        Endpoint("unheard-of", "x:", "m"),
        replace(HTTP, base_url="ftp://x"),
        replace(HTTP, base_url=""),
        replace(HTTP, base_url="http://[::1"),
    ]
    first, *others = await asyncio.gather(*map(collect, [well, *bad]))
    assert first == [Delta("x")] * 5 + [Done("stop")]
    for events in others:
        assert isinstance(events[-1], Failed)
        assert all(isinstance(event, Delta) for event in events[:-1])


@pytest.mark.asyncio
async def test_cancelling_ends_it_at_once_before_and_after_the_first_token() -> None:
    endpoint = play("endless", {"text": "x"}, {"hang": True}, timeouts=Timeouts())
    async with asyncio.timeout(1):
        for begun in (True, False):
            events: list[Event] = []
            task = asyncio.create_task(open_stream(endpoint, HELLO, Params(), events.append))
            await asyncio.sleep(0.02 if begun else 0)
            assert events == [Delta("x")] * begun
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


@pytest.mark.asyncio
async def test_scripts_differ_by_variant_and_repeat_themselves() -> None:
    params = Params(extra={"speed": 0})
    answers = {variant: await collect(Endpoint("scripted", "scripted:", f"short@{variant}"), params=params) for variant in "abcdef"}
    assert len({str(answer) for answer in answers.values()}) > 3
    assert "Hello?" in str(answers["a"])
    assert answers["a"] == await collect(Endpoint("scripted", "scripted:", "short@a"), params=params)
    assert isinstance(answers["a"][-1], Done)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", sorted(path.stem for path in scripted.FOLDER.glob("*.json") if "." not in path.stem))
async def test_every_script_in_the_fixtures_plays_to_its_end(name: str) -> None:
    endpoint = Endpoint("scripted", "scripted:", f"{name}@1", timeouts=QUICK)
    events = await collect(endpoint, params=Params(extra={"speed": 50}))
    assert isinstance(events[-1], Done | Failed)


@pytest.mark.asyncio
async def test_a_placeholder_in_a_prompt_is_not_filled() -> None:
    scripted.register("echo", [{"text": "{turn} {prompt}"}, {"done": {}}])
    talk = (Message.of("user", "{variant}\ud800"),)
    events: list[Event] = []
    await open_stream(Endpoint("scripted", "scripted:", "echo@v"), talk, Params(), events.append)
    assert events[0] == Delta("1 {variant}\ufffd")


def test_contenders_are_named_by_provider_and_model() -> None:
    assert parse_contender("openai/gpt-4.1-mini") == ("openai", "gpt-4.1-mini")
    assert parse_contender(" openrouter/meta-llama/llama-3 ") == ("openrouter", "meta-llama/llama-3")
    for wrong in ("", "openai", "openai/", "nobody/m", "/m"):
        with pytest.raises(ValueError, match="known providers: anthropic, cerebras"):
            parse_contender(wrong)


def test_presets_are_complete_and_hide_their_keys() -> None:
    for name, preset in registry.PRESETS.items():
        endpoint = preset.endpoint("m", "sk-secret")
        assert endpoint.protocol in registry.PROTOCOLS
        assert "sk-secret" not in f"{endpoint!r}{endpoint}"
        local = endpoint.base_url.startswith(("http://127.0.0.1:", "scripted:"))
        assert local == (preset.key_env == ""), name
        assert local or endpoint.base_url.startswith("https://")
