"""Frames of the event stream: whatever a reader has, it gets the rest, once."""

import json
import uuid
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.battles.streaming.readers import Cursor, cursor_of, frames, state
from arena.battles.streaming.store import AnswerState, TurnState
from arena.errors import InvalidInput

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def turn(texts: Sequence[str] = ("", ""), reasoning: Sequence[str] = ("", ""), status: str = "streaming", attempt: int = 0) -> TurnState:
    answers = [
        AnswerState(id=position, position=position, contender=position, status=status, text=text, reasoning=thought)
        for position, (text, thought) in enumerate(zip(texts, reasoning, strict=True))
    ]
    return TurnState(battle=uuid.UUID(int=1), turn=1, number=0, attempt=attempt, answers=answers, leased=True)


def told(raw: bytes) -> tuple[dict[tuple[str, str], str], str, list[str]]:
    """What the frames add to each side's text and reasoning, the last id, and the events by name."""
    added: dict[tuple[str, str], str] = {}
    last, names = "", []
    for frame in raw.decode().split("\n\n")[:-1]:
        id, event, data = (line.split(": ", 1)[1] for line in frame.split("\n"))
        last, value = id, json.loads(data)
        names.append(event)
        if event == "delta":
            key = (value["side"], value["type"])
            added[key] = added.get(key, "") + value["text"]
    return added, last, names


@given(st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT), st.data())
def test_a_reader_that_comes_back_gets_exactly_the_rest(texts: tuple[str, str], reasoning: tuple[str, str], data: st.DataObject) -> None:
    last, whole = "", {("a", "text"): "", ("b", "text"): "", ("a", "reasoning"): "", ("b", "reasoning"): ""}
    sent = dict.fromkeys(whole, 0)
    full = {("a", "text"): texts[0], ("b", "text"): texts[1], ("a", "reasoning"): reasoning[0], ("b", "reasoning"): reasoning[1]}
    for _ in range(3):
        sent = {key: data.draw(st.integers(sent[key], len(full[key]))) for key in full}
        now = turn(
            (texts[0][: sent["a", "text"]], texts[1][: sent["b", "text"]]),
            (reasoning[0][: sent["a", "reasoning"]], reasoning[1][: sent["b", "reasoning"]]),
        )
        added, id, _ = told(frames(now, cursor_of(last, now)))
        last = id or last
        whole = {key: whole[key] + added.get(key, "") for key in whole}
    end = turn(texts, reasoning, status="done")
    added, _, names = told(frames(end, cursor_of(last, end)))
    assert {key: whole[key] + added.get(key, "") for key in whole} == full
    assert names[-1] == "end"


def test_what_has_not_changed_is_not_sent_again() -> None:
    now = turn(("abc", "d"))
    cursor = cursor_of(None, now)
    assert frames(now, cursor)
    assert frames(now, cursor) == b""


def test_a_side_that_waits_is_not_spoken_of() -> None:
    now = turn(status="pending")
    assert frames(now, cursor_of(None, now)) == b""


def test_the_end_comes_when_all_sides_have_ended() -> None:
    now = turn(("x", "y"))
    now.answers[0].status = "done"
    cursor = cursor_of(None, now)
    assert told(frames(now, cursor))[2].count("end") == 0
    now.answers[1].status = "failed"
    assert told(frames(now, cursor))[2] == ["state", "end"]


def test_line_ends_in_answers_do_not_break_the_frames() -> None:
    texts = ("a\n\ndata: evil\r\n\r\nevent: end\u2028x", "\r")
    now = turn(texts, status="done")
    added, _, _ = told(frames(now, cursor_of(None, now)))
    assert (added["a", "text"], added["b", "text"]) == texts


def test_a_reader_of_another_attempt_begins_anew() -> None:
    now = turn(("abc", "def"), attempt=2)
    assert cursor_of("1.3.0.3.0", now).text == [0, 0]
    assert cursor_of("2.3.0.2.0", now).text == [3, 2]
    assert str(cursor_of("2.3.0.2.0", now)) == "2.3.0.2.0"


def test_a_reader_ahead_of_what_is_stored_gets_nothing_twice() -> None:
    now = turn(("abc", "def"))
    assert b"delta" not in frames(now, Cursor(0, [10, 10], [10, 10], ["", ""]))


@pytest.mark.parametrize(
    "id", ["x", "1", "0.0.0.0", "0.0.0.0.0.0", "0.0.0.0.-1", "0.0.0.0. 1", "0.0.0.0.1_0", "0.0.0.0.\u0661", "0.0.0.0." + "9" * 10]
)
def test_an_id_that_is_none_of_ours_is_refused(id: str) -> None:
    with pytest.raises(InvalidInput):
        cursor_of(id, turn())


def test_a_reader_is_told_the_state_and_never_the_fault() -> None:
    answer = AnswerState(id=1, position=1, contender=9, status="failed", error="timed_out", fault="api.amber.example: 504", input_tokens=5)
    shown = state(answer)
    assert shown["error"] == {"code": "timed_out", "message": "This side took too long to answer."}
    assert set(shown) == {"side", "status", "truncated", "error", "remarks"}
    assert "amber" not in json.dumps(shown)
