"""How far an answer is from those of before, and what that says."""

import pytest

from arena.catalogue import canary
from arena.catalogue.canary import Verdict, compare, distance

SAME = ["the door opened with a long and weary creak", "night bright sight kite white", "17 times 23 is 391", "rust sleeps on iron"]
OTHER = ["A gull screamed; nobody came", "fight, might, flight, tight, slight", "Answer: 391. First 340, then 51.", "Red bloom of years"]


def nearly(texts: list[str]) -> list[str]:
    """The same in slightly other words, as hosts give it even at temperature 0."""
    return [text.replace("the", "this", 1).replace("is", "equals", 1) for text in texts]


def test_the_same_words_are_no_distance_and_none_in_common_the_whole() -> None:
    assert distance("a b c", "a b c") == 0.0
    assert distance("a b c", "x y z") == 1.0
    assert distance("", "") == 0.0
    assert distance("a b c d", "a b x y") == distance("a b x y", "a b c d") == 0.5


def test_who_says_the_same_is_the_same_and_who_says_all_of_it_otherwise_is_not() -> None:
    reference = [SAME, SAME, SAME]
    assert compare(reference, SAME) == Verdict(0.0, 0.0)
    assert not compare(reference, nearly(SAME)).flags(0.25)
    assert compare(reference, OTHER).flags(0.25)


def test_a_host_that_never_says_the_same_twice_is_not_blamed_for_that() -> None:
    noisy = [SAME, OTHER, [text.upper() for text in SAME]]
    found = compare(noisy, [text[::-1] for text in SAME])
    assert found.noise > 0.8
    assert not found.flags(0.25)


def test_the_nearest_of_the_reference_counts() -> None:
    assert compare([SAME, OTHER, OTHER], SAME).shift == 0.0


def test_rounds_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError):
        compare([SAME, SAME], SAME[:-1])


def test_the_prompts_are_fixed_and_each_is_asked_once() -> None:
    assert len(set(canary.PROMPTS)) == len(canary.PROMPTS) >= 6


def test_an_endless_answer_costs_no_more_to_compare_than_its_beginning() -> None:
    endless = "word " * 100_000
    assert canary.distance(endless, endless + "other") == 0.0
    assert canary.distance("new " * canary.WORDS + endless, "old " * canary.WORDS + endless) == 1.0
