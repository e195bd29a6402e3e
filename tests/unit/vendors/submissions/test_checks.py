from dataclasses import replace

import pytest

from arena.vendors.submissions.checks import FIRST_MS_AT_MOST, PROMPTS, Finding, Trial, findings

GOOD = [Trial(prompt=prompt, characters=400, first_ms=300, whole_ms=2000, pieces=40) for prompt in PROMPTS]


def judged(trials: list[Trial]) -> dict[str, Finding]:
    return {finding.code: finding for finding in findings(trials)}


def failed(trials: list[Trial]) -> set[str]:
    return {code for code, finding in judged(trials).items() if not finding.passed}


def test_there_are_twenty_different_prompts() -> None:
    assert len(set(PROMPTS)) == 20


def test_a_good_endpoint_passes_every_check() -> None:
    assert failed(GOOD) == set()
    assert set(judged(GOOD)) == {"reachable", "answers", "streams", "blind", "quick"}
    assert judged(GOOD)["quick"].figures == {"first_ms": 300, "slowest_first_ms": 300, "characters_per_second": 200.0}


def test_an_endpoint_that_cannot_be_asked_passes_none_and_says_why() -> None:
    trials = [Trial(prompt=prompt, fault="auth", whole_ms=20) for prompt in PROMPTS[:3]]
    assert failed(trials) == {"reachable", "answers", "streams", "blind", "quick"}
    assert "key" in judged(trials)["reachable"].detail


@pytest.mark.parametrize(("broken", "well"), [(2, True), (3, False)])
def test_eighteen_of_twenty_answers_are_needed(broken: int, well: bool) -> None:
    trials = [replace(trial, fault="interrupted") if at < broken else trial for at, trial in enumerate(GOOD)]
    assert judged(trials)["answers"].passed is well


def test_answers_in_one_piece_are_not_streamed() -> None:
    assert failed([replace(trial, pieces=1) for trial in GOOD]) == {"streams"}
    assert failed([replace(trial, pieces=1, characters=30) if at < 12 else trial for at, trial in enumerate(GOOD)]) == set()
    assert failed([replace(trial, characters=30) for trial in GOOD]) == {"streams"}


@pytest.mark.parametrize(("leaks", "well"), [(1, True), (2, False)])
def test_one_slip_of_the_name_is_forgiven(leaks: int, well: bool) -> None:
    trials = [replace(trial, leak="i am amber") if at < leaks else trial for at, trial in enumerate(GOOD)]
    finding = judged(trials)["blind"]
    assert finding.passed is well
    assert [one["words"] for one in finding.figures["leaks"]] == ["i am amber"] * leaks


def test_the_median_of_the_first_word_decides_on_speed() -> None:
    slow = FIRST_MS_AT_MOST + 1
    assert failed([replace(trial, first_ms=slow) if at < 9 else trial for at, trial in enumerate(GOOD)]) == set()
    assert failed([replace(trial, first_ms=slow) if at < 11 else trial for at, trial in enumerate(GOOD)]) == {"quick"}


def test_nothing_tried_is_nothing_passed() -> None:
    assert failed([]) == {"reachable", "answers", "streams", "blind", "quick"}
