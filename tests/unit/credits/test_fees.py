"""What a replacement must pay, and when a round comes round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.periodic import PeriodicDeferrer, PeriodicRegistry

from arena.chain.client import Fees
from arena.credits import outgoing, tasks

WEI = st.integers(0, 10**15)


@given(fee=WEI)
def test_a_raised_fee_is_an_eighth_more_at_least_and_never_the_same(fee: int) -> None:
    raised = outgoing._raised(fee)
    assert raised > fee
    assert 1000 * raised >= 1125 * fee
    assert raised <= fee * 9 // 8 + 1


@given(fee=WEI, tip=WEI, most=WEI)
def test_no_fee_is_above_the_ceiling_and_no_tip_above_its_fee(fee: int, tip: int, most: int) -> None:
    bounded = outgoing._within(Fees(fee, tip), most)
    assert bounded.priority_fee <= bounded.max_fee <= most
    assert bounded.max_fee <= fee


@pytest.mark.parametrize(("purpose", "next"), [("post:3", "post:3/2"), ("post:3/2", "post:3/3"), ("post:31/9", "post:31/10")])
def test_a_further_try_keeps_its_aim(purpose: str, next: str) -> None:
    assert outgoing.after(purpose) == next


@pytest.mark.parametrize(("seconds", "gap"), [(0.2, 1), (1, 1), (2, 2), (15, 15), (60, 60), (600, 600)])
def test_a_round_comes_as_often_as_the_setting_says(seconds: float, gap: int) -> None:
    registry = PeriodicRegistry()  # type: ignore[no-untyped-call]
    registry.register_task(task=tasks.settle_epochs, cron=tasks._every(seconds), periodic_id="", configure_kwargs={})
    assert [PeriodicDeferrer(registry).get_next_tick(at=at) for at in (0, gap, 2 * gap)] == [gap] * 3
