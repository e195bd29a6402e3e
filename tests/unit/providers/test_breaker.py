"""The breaker, with time as an argument."""

from arena.providers.breaker import Breaker


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(5):
        fail(breaker, at)
    return breaker


def fail(breaker: Breaker, now: float) -> None:
    ticket = breaker.enter(now)
    assert ticket is not None
    breaker.settle(ticket, well=False, now=now)


def test_five_failures_in_a_row_open_it_for_two_seconds() -> None:
    breaker = opened()
    assert breaker.enter(1.9) is None
    assert breaker.enter(2.0) is not None


def test_the_pause_doubles_with_each_bad_probe_up_to_a_minute_and_is_short_again_after_a_good_one() -> None:
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(7):
        pauses.append(breaker.pause)
        now += breaker.pause
        assert breaker.enter(now - 0.1) is None
        fail(breaker, now)
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    breaker.settle(breaker.enter(now + 60) or 0, well=True, now=now + 60)
    assert breaker.pause == 2


def test_a_success_between_failures_begins_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(3):
        for _ in range(4):
            fail(breaker, 0)
        breaker.settle(breaker.enter(0) or 0, well=True, now=0)
    assert breaker.would_enter(0)


def test_only_one_probe_goes_through_at_a_time() -> None:
    breaker = opened()
    assert breaker.enter(31) is not None
    assert breaker.enter(31) is None
    assert not breaker.would_enter(1000)


def test_a_good_probe_closes_it() -> None:
    breaker = opened()
    probe = breaker.enter(31)
    assert probe is not None
    breaker.settle(probe, well=True, now=32)
    assert breaker.enter(32) is not None
    assert breaker.enter(32) is not None


def test_a_bad_probe_opens_it_for_another_while() -> None:
    breaker = opened()
    fail(breaker, 31)
    assert breaker.enter(34.9) is None
    assert breaker.enter(35) is not None


def test_an_abandoned_probe_lets_another_through() -> None:
    breaker = opened()
    probe = breaker.enter(31)
    assert probe is not None
    breaker.settle(probe, well=None, now=32)
    assert breaker.enter(32) is not None


def test_a_late_answer_from_before_it_opened_says_nothing() -> None:
    breaker = Breaker()
    late = breaker.enter(0)
    assert late is not None
    for _ in range(5):
        fail(breaker, 0)
    probe = breaker.enter(31)
    breaker.settle(late, well=None, now=31)
    assert breaker.enter(31) is None  # the probe is still out
    breaker.settle(late, well=True, now=31)
    assert breaker.enter(31) is None
    breaker.settle(late, well=False, now=31)
    breaker.settle(probe or 0, well=True, now=31)
    assert breaker.would_enter(31)
