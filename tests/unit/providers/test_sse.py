"""The event parser: any cut of the bytes gives the same events (WHATWG HTML, 9.2.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.providers import sse


def parsed(*pieces: bytes) -> list[tuple[str, str]]:
    parser = sse.Parser()
    return [event for piece in pieces for event in parser.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [("message", "a")]),
        (b"data:a\n\n", [("message", "a")]),
        (b"data:  a\n\n", [("message", " a")]),
        (b"event: x\ndata: a\n\n", [("x", "a")]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10")]),
        (b": comment\n\ndata: a\n\n", [("message", "a")]),
        (b"data\n\ndata\ndata\n\ndata:", [("message", ""), ("message", "\n")]),
        (b"data: a\r\rdata: b\r\n\r\ndata: c\n\n", [("message", "a"), ("message", "b"), ("message", "c")]),
        (b"\xef\xbb\xbfdata: a\n\n", [("message", "a")]),
        (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [("message", "a")]),
        (b"id: 7\nretry: 5\nwhatever: x\ndata: a\n\n", [("message", "a")]),
        (b"event: lost\n\ndata: a\n\n", [("message", "a")]),
        (b"data: unfinished\n", []),
        (b"data: caf\xc3\n\n", [("message", "caf\ufffd")]),
        ("data: é🟦\n\n".encode(), [("message", "é🟦")]),
        (b"", []),
    ],
)
def test_streams_are_read_as_the_standard_says_at_any_cut(stream: bytes, events: list[tuple[str, str]]) -> None:
    assert parsed(stream) == events
    assert parsed(*(stream[i : i + 1] for i in range(len(stream)))) == events
    for cut in range(len(stream) + 1):
        assert parsed(stream[:cut], b"", stream[cut:]) == events


_LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b"", b"data: x", b"data:", b"data", b": c", b"event: e", b"id: 1", b"\xef\xbb\xbfdata: y"]),
        st.text(st.characters(blacklist_characters="\r\n", codec="utf-8"), max_size=8).map(lambda t: b"data: " + t.encode()),
        st.binary(max_size=6).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"")),
    ),
    max_size=12,
)


@given(_LINES, st.lists(st.sampled_from([b"\n", b"\r", b"\r\n"]), min_size=13, max_size=13), st.data())
def test_any_cut_gives_what_the_whole_gives(lines: list[bytes], ends: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(line + end for line, end in zip(lines, ends, strict=False))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert parsed(*pieces) == parsed(stream)


@given(_LINES)
def test_the_kind_of_line_end_does_not_matter(lines: list[bytes]) -> None:
    assert len({tuple(parsed(end.join([*lines, b""]))) for end in (b"\n", b"\r", b"\r\n")}) == 1


def test_a_line_without_end_is_bounded() -> None:
    with pytest.raises(sse.TooBig):
        parsed(*[b"x" * 1000] * (sse.MAX_BYTES // 1000 + 2))


def test_an_event_without_end_is_bounded() -> None:
    with pytest.raises(sse.TooBig):
        parsed(*[b"data: " + b"x" * 1000 + b"\n"] * (sse.MAX_BYTES // 1000 + 2))


def test_one_long_line_in_small_pieces_costs_no_more_than_its_length() -> None:
    parser = sse.Parser()
    for _ in range(100_000):  # were the line copied for each piece, this would move 5 GB
        parser.feed(b"x")
    assert parser.feed(b"\n\ndata: a\n\n") == [("message", "a")]
