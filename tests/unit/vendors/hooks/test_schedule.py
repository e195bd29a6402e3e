from datetime import timedelta
from itertools import pairwise

from arena.vendors.hooks.schedule import DAY, GIVE_UP, LATER, LONGEST, pause


def tries() -> list[timedelta]:
    """When a message that always fails is tried, from when it was written."""
    moments = [timedelta()]
    while (wait := pause(len(moments), moments[-1])) is not None:
        moments.append(moments[-1] + wait)
    return moments


def test_it_is_tried_for_days_then_given_up() -> None:
    assert GIVE_UP <= tries()[-1] < GIVE_UP + LATER
    assert timedelta(days=3) <= GIVE_UP


def test_pauses_grow_and_never_exceed_an_hour() -> None:
    waits = [later - earlier for earlier, later in pairwise(tries())]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), LATER)


def test_during_the_first_day_a_receiver_that_is_back_waits_a_quarter_of_an_hour_at_most() -> None:
    first = [moment for moment in tries() if moment <= timedelta(days=1)]
    assert max(later - earlier for earlier, later in pairwise(first)) == DAY == timedelta(minutes=15)


def test_a_receiver_that_asks_for_time_gets_it_within_reason() -> None:
    assert pause(1, timedelta(), asked=1800) == timedelta(minutes=30)
    assert pause(1, timedelta(), asked=3) == timedelta(minutes=1)
    assert pause(1, timedelta(), asked=-5.0) == timedelta(minutes=1)
    assert pause(1, timedelta(), asked=10.0**9) == LONGEST


def test_asking_for_time_does_not_keep_a_message_for_ever() -> None:
    assert pause(3, GIVE_UP, asked=60) is None
