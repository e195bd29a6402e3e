"""What a process found out a moment ago."""

import threading

import pytest

from arena import clock
from arena.http.cache import Kept


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock: one number, to be moved on."""
    time = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: time[0])
    return time


def test_it_is_asked_again_when_it_is_old(now: list[float]) -> None:
    kept, answers = Kept[str, int](5.0, late=60.0), iter((1, 2, 3))
    assert [kept.find("a", lambda: next(answers)) for _ in range(3)] == [1, 1, 1]
    now[0] += 4.9
    assert kept.find("a", lambda: next(answers)) == 1
    now[0] += 0.1
    assert kept.find("a", lambda: next(answers)) == 2


def test_names_are_known_apart_and_the_oldest_goes_first() -> None:
    kept = Kept[str, str](5.0, late=60.0, most=2)
    for name in ("a", "b", "c"):
        assert kept.find(name, lambda name=name: f"first {name}") == f"first {name}"  # type: ignore[misc]
    assert [kept.find(name, lambda name=name: f"second {name}") for name in ("b", "c", "a")] == ["first b", "first c", "second a"]  # type: ignore[misc]


def test_a_failure_is_not_kept() -> None:
    kept = Kept[str, int](5.0, late=60.0)
    with pytest.raises(ZeroDivisionError):
        kept.find("a", lambda: 1 // 0)
    assert kept.find("a", lambda: 1) == 1


def test_while_one_asks_others_get_what_was_known_or_nothing_and_do_not_ask(now: list[float]) -> None:
    kept = Kept[str, int](5.0, late=60.0, most=2)
    asking, gate = threading.Event(), threading.Event()

    def ask() -> int:
        asking.set()
        assert gate.wait(10)
        return 2

    kept.find("a", lambda: 1)
    now[0] += 10
    thread = threading.Thread(target=kept.find, args=("a", ask))
    thread.start()
    assert asking.wait(10)
    assert kept.find("a", lambda: 3) == 1
    assert kept.find("b", lambda: 3, patience=0.01) is None
    now[0] += 51
    assert kept.find("a", lambda: 3, patience=0.01) is None, "that was too long ago"
    gate.set()
    thread.join(10)
    assert kept.find("a", lambda: 3) == 2


def test_whoever_waits_for_another_is_told_what_that_one_found() -> None:
    kept = Kept[str, int](5.0, late=60.0)
    asking, gate = threading.Event(), threading.Event()
    found: list[int | None] = []

    def ask() -> int:
        asking.set()
        assert gate.wait(10)
        return 1

    first = threading.Thread(target=lambda: found.append(kept.find("a", ask)))
    first.start()
    assert asking.wait(10)
    second = threading.Thread(target=lambda: found.append(kept.find("a", lambda: 2)))
    second.start()
    gate.set()
    for thread in (first, second):
        thread.join(10)
    assert found == [1, 1]
