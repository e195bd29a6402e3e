"""Texts that say the same, or nearly, in any script; and what only looks so."""

import random

import pytest

from arena.prompts.duplicates import ALIKE, Pieces, alike, find, normal, pieces

SKY = "Why is the sky blue at noon and red at dusk, and what colour is it on Mars?"
WORDS = [f"{first}{last}" for first in "bcdfghklmn" for last in ("ana", "ero", "ilu", "omi", "uta", "eki", "ard")]


def found(*texts: str, known: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    own = [(str(place), "", text) for place, text in enumerate(texts)]
    return [(one.name, one.of, one.kind) for one in find(own, [(f"k{place}", "", text) for place, text in enumerate(known)])]


@pytest.mark.parametrize("other", [SKY.upper(), f"  {SKY}\n", SKY.replace(" ", "\u00a0 "), SKY.replace("W", "Ｗ")])
def test_case_spaces_and_forms_of_letters_make_no_other_text(other: str) -> None:
    assert found(SKY, other) == [("1", "0", "exact")]


@pytest.mark.parametrize("other", [SKY.replace("Mars", "Venus"), SKY.removesuffix("?"), f"Please: {SKY}"])
def test_a_word_more_less_or_other_is_nearly_the_same(other: str) -> None:
    assert found(SKY, other) == [("1", "0", "near")]


def test_it_works_in_scripts_without_spaces() -> None:
    text = "为什么天空在中午是蓝色的而在黄昏是红色的呢请用简单的话解释一下"
    assert found(text, text.replace("请用", "请你用")) == [("1", "0", "near")]


@pytest.mark.parametrize(
    "other",
    [
        "What is the capital of Spain?",
        "What is the capital of France, and what of Spain?",
        "Name the capital of France.",
        "Quelle est la capitale ?",
        "?",
    ],
)
def test_what_asks_for_something_else_is_not_nearly_the_same(other: str) -> None:
    assert found("What is the capital of France?", other) == []


def test_what_is_known_already_counts_and_each_is_told_once() -> None:
    assert found(SKY, SKY, f"{SKY}?", known=(SKY.lower(),)) == [("0", "k0", "exact"), ("1", "k0", "exact"), ("2", "k0", "near")]


def test_texts_of_different_groups_are_different() -> None:
    assert [one.name for one in find([("a", "as a pirate", SKY), ("b", "as a poet", SKY), ("c", "as a poet", SKY)])] == ["c"]


def test_among_thousands_every_pair_that_is_alike_is_found_and_no_other() -> None:
    rng = random.Random(5)
    texts = [" ".join(rng.choices(WORDS, k=30)) for _ in range(1500)]
    copies = {}
    for place in range(0, 300, 3):
        words = texts[place].split()
        words[rng.randrange(30)] = "zzz"
        copies[len(texts)] = place
        texts.append(" ".join(words))
    told = {int(one.name): int(one.of) for one in find((str(place), "", text) for place, text in enumerate(texts))}
    assert told == copies


def test_a_file_full_of_one_text_takes_no_time_that_grows_with_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counting(one: Pieces, other: Pieces) -> float:
        compared.append(1)
        return alike(one, other)

    monkeypatch.setattr("arena.prompts.duplicates.alike", counting)
    stem = " ".join(WORDS[:40])
    texts = [f"{stem} {' '.join(random.Random(place).choices(WORDS, k=14))}" for place in range(600)]
    list(find((str(place), "", text) for place, text in enumerate(texts)))
    assert len(compared) < 600 * 16 * 8 / 2


def test_alikeness_is_the_share_of_common_pieces() -> None:
    one, other = pieces(normal("abcdefghij klmno")), pieces(normal("abcdefghij klmnp"))
    assert len(one) == len(other) == 12
    assert alike(one, other) == pytest.approx(11 / 13)
    assert alike(one, one) == 1 >= ALIKE
    assert pieces("ab").size == 0
