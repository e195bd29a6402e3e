"""Inline reasoning is told from the answer, wherever the pieces are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.providers.think import ThinkSplitter


def split(*pieces: str) -> tuple[str, str]:
    splitter = ThinkSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)] + splitter.finish()
    assert all(text for _, text in parts)
    return "".join(t for kind, t in parts if kind == "reasoning"), "".join(t for kind, t in parts if kind == "text")


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("plain", "", "plain"),
        ("  plain ", "", "  plain "),
        ("<think>a</think>b", "a", "b"),
        ("\n<think>\na\n</think>\n\nb\n", "\na\n", "b\n"),
        ("<think></think>b", "", "b"),
        ("<think>never closed </thin", "never closed </thin", ""),
        ("<think>a</think>", "a", ""),
        ("<thinking>not ours", "", "<thinking>not ours"),
        ("<thi", "", "<thi"),
        ("word <think>later</think>", "", "word <think>later</think>"),
        ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ("<think>a <</think>b", "a <", "b"),
        ("<think>a </</think>b", "a </", "b"),
        ("", "", ""),
        ("  ", "", "  "),
    ],
)
def test_a_leading_block_is_reasoning(text: str, reasoning: str, answer: str) -> None:
    assert split(text) == (reasoning, answer)
    assert split(*text) == (reasoning, answer)
    for cut in range(len(text) + 1):
        assert split(text[:cut], text[cut:]) == (reasoning, answer)


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think>", "a", " ", "\n", "é"]), max_size=14), st.data())
def test_any_cut_gives_what_the_whole_gives(words: list[str], data: st.DataObject) -> None:
    text = "".join(words)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    assert split(*(text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True))) == split(text)


def test_the_first_words_of_an_answer_are_not_held_back() -> None:
    assert ThinkSplitter().feed("H") == [("text", "H")]
    assert ThinkSplitter().feed("<b") == [("text", "<b")]
