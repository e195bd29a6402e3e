"""Fixed windows: exact, shared, honest about when they end."""

from datetime import UTC, datetime, timedelta

import pytest

from arena import clock
from arena.http import limits
from arena.http.limits import Window, take
from arena.http.models import Counter
from arena.http.tasks import forget_old_replies
from tests.integration.http.threads import results

NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.django_db
def test_a_window_lets_its_quota_through_and_says_when_it_ends() -> None:
    window = Window("knocks", "ada", 3, 60)
    with clock.frozen(NOON):
        assert [take([window])[0].left for _ in range(3)] == [2, 1, 0]
    with clock.frozen(NOON + timedelta(seconds=20)):
        (state,) = take([window])
        assert (state.refused, state.left, state.reset) == (True, 0, 40)
        error = limits.refusal([state])
        assert error is not None
        assert error.retry_after == 40
    with clock.frozen(NOON + timedelta(seconds=59, milliseconds=999)):
        assert take([window])[0].refused
    with clock.frozen(NOON + timedelta(seconds=60)):
        (state,) = take([window])
        assert (state.refused, state.left, state.reset) == (False, 2, 60)


@pytest.mark.django_db
def test_waiting_as_long_as_was_said_is_enough() -> None:
    window = Window("knocks", "ada", 1, 60)
    with clock.frozen(NOON):
        take([window])
    asked = NOON + timedelta(seconds=12, milliseconds=345)
    with clock.frozen(asked):
        wait = take([window])[0].reset
    with clock.frozen(asked + timedelta(seconds=wait)):
        assert not take([window])[0].refused


@pytest.mark.django_db
def test_what_one_window_refuses_costs_nothing_in_the_others() -> None:
    small, large = Window("small", "ada", 1), Window("large", "", 10)
    take([small, large])
    for _ in range(3):
        refused, other = take([small, large])
        assert (refused.refused, other.refused, other.left) == (True, False, 9)
    assert take([large])[0].left == 8


@pytest.mark.django_db
def test_subjects_and_names_are_counted_apart_and_never_stored() -> None:
    for subject in ("10.1.2.0/24", "10.1.3.0/24"):
        for name in ("one", "two"):
            assert not take([Window(name, subject, 1)])[0].refused
    assert Counter.objects.count() == 4
    assert not [key for key in Counter.objects.values_list("key", flat=True) if "10.1" in key or len(key) != 64]


@pytest.mark.django_db
def test_a_quota_of_nothing_lets_nothing_through() -> None:
    assert take([Window("closed", "ada", 0)])[0].refused
    assert not Counter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_no_crowd_gets_more_than_the_quota() -> None:
    """Twenty at once, four times over: exactly the quota of each window passes, and of the whole."""
    people = [Window("each", f"person {number % 4}", 5) for number in range(20)]
    whole = Window("whole", "", 17)

    def push(own: Window) -> list[bool]:
        return [not any(state.refused for state in take([own, whole])) for _ in range(4)]

    passed = sum(sum(story) for story in results([lambda own=own: push(own) for own in people]))  # type: ignore[misc]
    assert passed == 17
    assert Counter.objects.get(key=whole.key).taken == 17
    assert max(Counter.objects.get(key=own.key).taken for own in people) <= 5


@pytest.mark.django_db
def test_windows_that_have_ended_are_forgotten() -> None:
    take([Window("short", "ada", 1, 1), Window("long", "ada", 1, 7200)])
    with clock.frozen(clock.now() + timedelta(seconds=2)):
        forget_old_replies(0)
    assert [counter.key for counter in Counter.objects.all()] == [Window("long", "ada", 1).key]


def test_the_headers_are_those_of_the_draft() -> None:
    states = [limits.State(Window("a-person", "x", 100, 60), 7, 30, False), limits.State(Window("a-arena", "", 900), 0, 12, True)]
    assert limits.headers(states) == {
        "RateLimit-Policy": '"a-person";q=100;w=60, "a-arena";q=900;w=3600',
        "RateLimit": '"a-person";r=7;t=30, "a-arena";r=0;t=12',
    }
    assert limits.headers([]) == {}
