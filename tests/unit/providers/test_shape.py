"""The shape of an event: what is read by it is what parsing gives, and nothing else is read by it."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.providers import shape, wire
from arena.providers.anthropic import MessageDecoder
from arena.providers.base import Delta, Event, Kind
from arena.providers.openai import ChunkDecoder
from arena.providers.shape import Shape


def token(words: str, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": words}, "finish_reason": None}
    return b"data: %s\n\n" % json.dumps({"id": "x", "choices": [choice], **more}, ensure_ascii=False).encode()


def thought(words: str) -> bytes:
    delta = {"type": "thinking_delta", "thinking": words}
    data = json.dumps({"type": "content_block_delta", "index": 0, "delta": delta}, ensure_ascii=False)
    return f"event: content_block_delta\ndata: {data}\n\n".encode()


def said(reader: wire.Reader, pieces: Sequence[bytes]) -> dict[Kind, str]:
    out: dict[Kind, str] = {"text": "", "reasoning": ""}
    events: list[Event] = [event for piece in pieces for event in reader.feed(piece)]
    for event in events:
        assert isinstance(event, Delta), event
        out[event.kind] += event.text
    return out


def learnt(words: str = "Hello") -> Shape:
    made = Shape()
    made.learn(token(words), Delta(words))
    return made


@pytest.mark.parametrize("words", [[" there"], [" a", "b", "cé🟦"], ["\u2028", "\x7f"], ["content"]])
def test_events_of_a_known_shape_are_read_together(words: list[str]) -> None:
    assert learnt().read(b"".join(map(token, words))) == Delta("".join(words))


@pytest.mark.parametrize(
    "piece",
    [
        token("a", usage={}),
        token("a") + b": ping\n\n",
        b": ping\n\n" + token("a"),
        token("a")[:-1],
        token("a")[1:],
        token('say "a"'),
        token("a\nb"),
        token("\\u0061"),
        token(""),
        token("a") + token("b", usage={}) + token("c"),
        token("a").replace(b'"a"', b'"a\n"'),
        token("a").replace(b'"a"', b'"a\xff"'),
        token("a").replace(b'"a"', b'"a", "b": "c"'),
    ],
)
def test_anything_else_is_not(piece: bytes) -> None:
    assert learnt().read(piece) is None


@pytest.mark.parametrize(
    "event",
    [
        token("Hello", model="Hello"),
        token("Hello", name="\\"),
        token("Hello").replace(b"\n\n", b"\r\n\r\n"),
        token("other").replace(b"\n\n", b"\r\n\r\n") + token("Hello"),
        token("Hello").removesuffix(b"\n"),
    ],
)
def test_an_event_that_leaves_a_doubt_teaches_nothing(event: bytes) -> None:
    made = Shape()
    made.learn(event, Delta("Hello"))
    assert not made.known


def test_the_last_of_several_events_teaches() -> None:
    made = Shape()
    made.learn(token("a", usage={}) + token("Hello"), Delta("Hello"))
    assert made.read(token("b")) == Delta("b")


def test_it_is_given_up_where_every_event_differs() -> None:
    made = Shape()
    for number in range(shape.TRIES):
        made.learn(token("Hello", at=number), Delta("Hello"))
        assert made.known
        assert made.read(token("b", at=-1)) is None
        made.forget()
    made.learn(token("Hello"), Delta("Hello"))
    assert not made.known


_WORDS = st.one_of(st.sampled_from(["a", "b", " the", '"', "\\", "\n", "\x00", "<think>", "</think>"]), st.text(max_size=5))
_TOKENS = st.lists(
    st.one_of(
        st.builds(token, _WORDS),
        st.builds(token, _WORDS, usage=st.sampled_from([None, {"prompt_tokens": 3}])),
        st.sampled_from([b": ping\n\n", b"data: {}\n\n", b"\r\n"]),
    ),
    max_size=20,
)


@given(_TOKENS, st.data())
def test_any_cut_of_an_answer_says_what_parsing_it_all_says(events: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(events)
    cuts = sorted(data.draw(st.lists(st.sampled_from([0, len(stream), *_borders(events)]), max_size=12)))
    cuts = sorted(cuts + data.draw(st.lists(st.integers(0, len(stream)), max_size=2)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    plain = wire.Reader(ChunkDecoder())
    plain._shape._left = 0  # learns nothing
    assert said(wire.Reader(ChunkDecoder()), pieces) == said(plain, [stream])


def _borders(events: list[bytes]) -> list[int]:
    return [sum(map(len, events[:number])) for number in range(len(events))]


def test_reasoning_has_a_shape_too_and_a_change_of_kind_is_seen() -> None:
    reader = wire.Reader(MessageDecoder())
    answer = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"42"}}\n\n'
    assert said(reader, [thought("Hm"), thought(", so"), thought(" it is") + answer, answer]) == {
        "reasoning": "Hm, so it is",
        "text": "4242",
    }


def test_a_block_of_thought_is_told_from_the_answer_before_a_shape_is_learnt() -> None:
    pieces = [token("<think>"), token("a"), token("b"), token("</think>"), token("c"), token("<think>"), token("d")]
    assert said(wire.Reader(ChunkDecoder()), pieces) == {"reasoning": "ab", "text": "c<think>d"}


def test_nothing_is_read_after_the_end() -> None:
    reader = wire.Reader(ChunkDecoder())
    reader.feed(token("a"))
    reader.feed(token("b"))
    assert [type(event).__name__ for event in reader.feed(b"data: [DONE]\n\n")] == ["Done"]
    assert reader.feed(token("c")) == []
