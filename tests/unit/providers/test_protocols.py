"""Recorded streams of each protocol, whole and cut at every byte; and what a provider may send besides."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import pytest

from arena.outbound import Secret
from arena.providers.base import Delta, Done, Endpoint, Event, Failed, Message, Params, Usage
from arena.providers.registry import PROTOCOLS
from arena.providers.wire import HttpAdapter, Reader, failure_of, parsed

STREAMS = Path(__file__).parents[3] / "fixtures" / "streams"
RECORDED = sorted(path.stem for path in STREAMS.glob("*.sse"))
TALK = (Message.of("system", "Be kind."), Message.of("user", "Hi"), Message.of("assistant", "Yes?"), Message.of("user", "Why?"))


def adapter(protocol: str, flags: Sequence[str] = (), model: str = "m") -> HttpAdapter:
    made = PROTOCOLS[protocol](Endpoint(protocol, "https://x.test/v1", model, Secret("sk-1"), flags=frozenset(flags)))
    assert isinstance(made, HttpAdapter)
    return made


def read(protocol: str, *pieces: bytes) -> list[Event]:
    reader = Reader(adapter(protocol).decoder())
    return [event for piece in pieces for event in reader.feed(piece)] + reader.end()


def said(events: list[Event]) -> tuple[str, str, Event]:
    """The answer, the reasoning and the end, of which there is one."""
    *deltas, end = events
    assert not isinstance(end, Delta)
    texts = {"text": "", "reasoning": ""}
    for delta in deltas:
        assert isinstance(delta, Delta)
        texts[delta.kind] += delta.text
    return texts["text"], texts["reasoning"], end


def expected(name: str) -> tuple[str, tuple[str, str, Event]]:
    want = json.loads((STREAMS / f"{name}.expected.json").read_text())
    return want["protocol"], (want["text"], want["reasoning"], Done(want["finish_reason"], Usage(**want["usage"])))


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_stream_gives_its_answer_whole_and_byte_by_byte(name: str) -> None:
    stream = (STREAMS / f"{name}.sse").read_bytes()
    protocol, want = expected(name)
    assert said(read(protocol, stream)) == want
    assert said(read(protocol, *(stream[i : i + 1] for i in range(len(stream))))) == want


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_stream_cut_at_any_byte_gives_the_same_answer_and_broken_off_there_tells_so(name: str) -> None:
    stream = (STREAMS / f"{name}.sse").read_bytes()
    protocol, want = expected(name)
    decoder_of = adapter(protocol).decoder
    for cut in range(len(stream)):
        reader = Reader(decoder_of())
        before = reader.feed(stream[:cut])
        broken_off = deepcopy(reader).end()
        assert said([*before, *reader.feed(stream[cut:]), *reader.end()]) == want, cut
        check_prefix(said([*before, *broken_off]), want)


def check_prefix(got: tuple[str, str, Event], want: tuple[str, str, Event]) -> None:
    end = got[2]
    if isinstance(end, Done):  # the reason had come: only the counts may be missing
        assert isinstance(want[2], Done)
        assert (*got[:2], end.finish_reason) == (*want[:2], want[2].finish_reason)
        return
    assert isinstance(end, Failed)
    assert (end.code, end.retryable) == ("interrupted", True)
    assert want[0].startswith(got[0])
    assert want[1].startswith(got[1])


def chunk(**fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def openai(*texts: object) -> bytes:
    return b"".join(chunk(choices=[{"delta": {"content": text}}]) for text in texts)


def google(parts: object, **fields: object) -> bytes:
    return chunk(candidates=[{"content": {"parts": parts}, **fields}])


END = chunk(choices=[{"delta": {}, "finish_reason": "stop"}]) + b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    "data", ['{"a": [1, -2.5e3, "é\\ud800", null]}', ' {"a":1}', '{"a":1} \n', "7", "NaN", "", " ", "{", '{"a":1}x', '"a', "[" * 100_000]
)
def test_json_is_parsed_as_the_standard_library_does(data: str) -> None:
    def outcome(parse: Callable[[str], object]) -> str:
        try:
            return repr(parse(data))
        except (ValueError, RecursionError) as error:
            return type(error).__name__

    assert outcome(parsed) == outcome(json.loads)


def test_neighbouring_deltas_of_a_burst_become_one() -> None:
    assert Reader(adapter("openai").decoder()).feed(openai("a", "b", "c")) == [Delta("abc")]


def test_what_postgresql_cannot_store_is_replaced() -> None:
    text, _, _ = said(read("openai", openai("a\x00b", "\ud800x", "\udfff", "ok 🟦 \U0001f600") + END))
    assert text == "a\ufffdb\ufffdx\ufffdok 🟦 \U0001f600"
    text.encode()
    assert said(read("openai", b'data: {"choices":[{"delta":{"content":"\\ud83d\\ude00"}}]}\n\n' + END))[0] == "😀"


def test_inline_thinking_is_reasoning_across_chunks() -> None:
    assert said(read("openai", openai("<th", "ink>why", "</thi", "nk>", "\n\nbe", "cause") + END))[:2] == ("because", "why")


def test_reasoning_of_other_dialects_is_kept_apart() -> None:
    mistral = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "yes"}]
    stream = chunk(choices=[{"delta": {"reasoning": "one "}}]) + openai(mistral) + END
    assert said(read("openai", stream))[:2] == ("yes", "one hm")


@pytest.mark.parametrize(
    ("protocol", "stream"),
    [
        ("openai", b": comment\n\nevent: new\ndata: {}\n\n" + chunk(object="x", choices=None) + chunk(choices=[{"delta": None}])),
        ("openai", chunk(choices=[{"delta": {"tool_calls": [{}]}, "finish_reason": None}])),
        ("anthropic", chunk(type="brand_new", x=1) + chunk(type="content_block_delta", delta={"type": "citations_delta"})),
        ("google", chunk(groundingMetadata={}) + google([{"functionCall": {}}])),
    ],
)
def test_unknown_events_are_ignored(protocol: str, stream: bytes) -> None:
    assert said(read(protocol, stream)) == ("", "", Failed("interrupted", "the stream ended before the answer did", True))


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {not json\n\n",
        b"data: [1]\n\n",
        b"data: 7\n\n",
        b"data: null\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        chunk(choices=[7]),
        chunk(choices=[{"delta": {"content": 5}}]),
        chunk(choices=[{"delta": {"content": {"a": 1}}}]),
        chunk(choices=[{"finish_reason": ["stop"]}]),
        chunk(type="content_block_delta", delta={"type": "text_delta"}, candidates=[{"content": 3}], choices="x"),
        b"\x00\xff\xfe garbage\nmore\n\n",
        b"data: " + b"x" * 2_000_000,
        b"data: 9" + b"9" * 5000 + b"\n\n",
    ],
)
@pytest.mark.parametrize("protocol", ["openai", "anthropic", "google"])
def test_malformed_events_fail_with_a_reason(protocol: str, bad: bytes) -> None:
    end = read(protocol, bad)[-1]
    assert isinstance(end, Failed)
    # A wrong shape inside another protocol's fields is merely unknown.
    foreign = protocol != "openai" and bad.startswith(b'data: {"choices"')
    assert (end.code, end.retryable) == (("interrupted", True) if foreign else ("malformed", False))
    assert end.detail


def test_what_came_before_a_malformed_event_is_kept_and_nothing_after_an_end_is_read() -> None:
    reader = Reader(adapter("openai").decoder())
    assert [type(event) for event in reader.feed(openai("a") + b"data: x\n\n" + openai("b"))] == [Delta, Failed]
    assert reader.feed(openai("c")) == []
    assert reader.end() == []


@pytest.mark.parametrize(
    ("protocol", "stream", "code", "retryable"),
    [
        ("openai", chunk(error={"message": "busy", "type": "server_error"}), "server_error", True),
        ("openai", chunk(error={"code": 429, "message": "slow"}, choices=[{"finish_reason": "error"}]), "rate_limited", True),
        ("openai", chunk(error={"code": 502, "message": "bad gateway"}), "server_error", True),
        ("openai", chunk(error="just words"), "refused", False),
        ("anthropic", chunk(type="error", error={"type": "overloaded_error", "message": "Overloaded"}), "server_error", True),
        ("anthropic", chunk(type="error", error={"type": "authentication_error", "message": "no"}), "auth", False),
        ("google", chunk(error={"code": 503, "message": "later", "status": "UNAVAILABLE"}), "server_error", True),
    ],
)
def test_errors_within_a_stream_are_told_apart(protocol: str, stream: bytes, code: str, retryable: bool) -> None:
    end = read(protocol, stream)[-1]
    assert isinstance(end, Failed)
    assert (end.code, end.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (400, {"error": {"message": "no such parameter"}}, "refused", False),
        (401, {"error": {"message": "bad key"}}, "auth", False),
        (403, "forbidden", "auth", False),
        (404, [], "refused", False),
        (302, "", "refused", False),
        (408, "", "timed_out", False),
        (429, {"error": {"message": "slow"}}, "rate_limited", True),
        (429, {"error": {"code": "insufficient_quota", "message": "pay"}}, "rate_limited", False),
        (500, "<html>", "server_error", True),
        (529, {"type": "error", "error": {"type": "overloaded_error"}}, "server_error", True),
        (503, [{"error": {"code": 503, "message": "later", "status": "UNAVAILABLE"}}], "server_error", True),
    ],
)
def test_http_refusals_are_told_apart(status: int, body: object, code: str, retryable: bool) -> None:
    failed = failure_of(status, body)
    assert (failed.code, failed.retryable) == (code, retryable)
    assert failed.detail.startswith(f"HTTP {status}")


def test_a_blocked_prompt_is_a_content_filter() -> None:
    assert read("google", chunk(promptFeedback={"blockReason": "SAFETY"})) == [Done("content_filter")]
    assert read("google", google([{"text": "x"}], finishReason="SPII"))[-1] == Done("content_filter")


@pytest.mark.parametrize("count", ["12", -1, 1.5, True, 2**40, None])
def test_a_token_count_that_cannot_be_one_is_unknown(count: object) -> None:
    assert read("openai", chunk(usage={"prompt_tokens": count, "completion_tokens": 3}) + END)[-1] == Done("stop", Usage(None, 3))


def test_the_openai_request() -> None:
    params = Params(64, temperature=0.5, seed=7, extra={"reasoning_effort": "low", "model": "another", "stream": False})
    path, headers, body = adapter("openai").request(TALK, params)
    assert path == "/chat/completions"
    assert headers == {"authorization": Secret("Bearer sk-1")}
    assert body == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 64,
        "temperature": 0.5,
        "seed": 7,
        "reasoning_effort": "low",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Why?"},
        ],
    }
    _, _, body = adapter("openai", ["max_completion_tokens", "no_stream_options"]).request(TALK, Params(64))
    assert body["max_completion_tokens"] == 64
    assert not {"max_tokens", "stream_options", "temperature", "top_p", "seed"} & set(body)


def test_the_anthropic_request() -> None:
    path, headers, body = adapter("anthropic").request(TALK, Params(64, top_p=0.9, seed=7))
    assert path == "/messages"
    assert headers == {"anthropic-version": "2023-06-01", "x-api-key": Secret("sk-1")}
    assert body == {
        "model": "m",
        "stream": True,
        "max_tokens": 64,
        "top_p": 0.9,
        "system": "Be kind.",
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Why?"},
        ],
    }


def test_the_google_request() -> None:
    params = Params(64, temperature=0.0, extra={"generationConfig": {"thinkingConfig": {"includeThoughts": True}}})
    path, headers, body = adapter("google", model="models/gemini/../x").request(TALK, params)
    assert path == "/models/gemini%2F..%2Fx:streamGenerateContent?alt=sse"
    assert headers == {"x-goog-api-key": Secret("sk-1")}
    assert body == {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "generationConfig": {"maxOutputTokens": 64, "temperature": 0.0, "thinkingConfig": {"includeThoughts": True}},
        "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [{"text": "Yes?"}]},
            {"role": "user", "parts": [{"text": "Why?"}]},
        ],
    }
