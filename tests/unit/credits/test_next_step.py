"""What an epoch needs next, from what the contracts say alone."""

from dataclasses import replace

import pytest

from arena.credits.settlement import Posted, Step, View, next_step

NOW = 1_000.0
ACTIVE = Posted(root=b"r" * 32, cum_total=10, active_at=900, vetoed=False)
PENDING = replace(ACTIVE, active_at=1_100)
VETOED = replace(PENDING, vetoed=True)
UNPOSTED = View(number=3, head=2, now=None, settled=None, settled_time=NOW, ours=None, room=True, anchored=2, anchored_for_good=2)
POSTED = replace(UNPOSTED, head=3, now=ACTIVE, settled=ACTIVE, ours=True)


def test_an_epoch_is_posted_once_the_one_before_it_is_decided_for_good() -> None:
    assert next_step(UNPOSTED) == Step.POST
    assert next_step(replace(UNPOSTED, room=False)) == Step.WAIT


def test_an_epoch_out_of_turn_is_never_posted() -> None:
    assert next_step(replace(UNPOSTED, head=1)) == Step.WAIT
    assert next_step(replace(UNPOSTED, head=4)) == Step.WAIT


def test_an_active_epoch_is_anchored_once() -> None:
    assert next_step(POSTED) == Step.ANCHOR
    assert next_step(replace(POSTED, anchored=3)) == Step.WAIT
    assert next_step(replace(POSTED, anchored=3, anchored_for_good=3)) == Step.DONE


def test_a_vetoed_epoch_is_anchored_too_since_anchors_have_no_gap() -> None:
    assert next_step(replace(POSTED, now=VETOED, settled=VETOED)) == Step.ANCHOR


@pytest.mark.parametrize(
    "view",
    [
        replace(POSTED, settled=None),
        replace(POSTED, now=PENDING, settled=PENDING),
        replace(POSTED, now=VETOED, settled=PENDING),
        replace(POSTED, ours=None),
        replace(POSTED, anchored=1),
    ],
    ids=["posted in a block that may go", "pending", "veto in a block that may go", "event not read", "anchor before it missing"],
)
def test_what_may_still_change_is_waited_for(view: View) -> None:
    assert next_step(view) == Step.WAIT


def test_an_epoch_of_somebody_else_is_never_built_on() -> None:
    assert next_step(replace(POSTED, ours=False)) == Step.FOREIGN
    assert next_step(replace(POSTED, ours=False, anchored_for_good=3, anchored=3)) == Step.FOREIGN


def test_an_epoch_of_somebody_else_is_gone_past_once_its_veto_is_for_good() -> None:
    stopped = replace(POSTED, ours=False, now=VETOED, settled=VETOED)
    assert next_step(stopped) == Step.ANCHOR, "under its number our own header is anchored"
    assert next_step(replace(stopped, settled=PENDING)) == Step.FOREIGN


def test_an_epoch_whose_block_is_gone_is_posted_again() -> None:
    assert next_step(replace(POSTED, head=2, now=None, settled=None)) == Step.POST
