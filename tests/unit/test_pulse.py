"""The pulse: what may wait is done together, and nobody's fault is another's."""

import asyncio
import itertools
from typing import Any

import pytest

from arena import pulse
from arena.pulse import Pulse


@pytest.mark.asyncio
async def test_all_of_a_beat_is_done_together_in_order() -> None:
    made, done = Pulse(asyncio.get_running_loop()), list[str]()
    made.add(lambda: done.append("one"))
    await asyncio.sleep(pulse.SECONDS / 2)
    made.add(lambda: done.append("other"))
    assert done == []
    await asyncio.sleep(pulse.SECONDS)
    assert done == ["one", "other"]


@pytest.mark.asyncio
async def test_what_is_asked_for_in_a_beat_comes_in_the_next() -> None:
    loop, done = asyncio.get_running_loop(), list[float]()
    made = Pulse(loop)

    def again() -> None:
        done.append(loop.time())
        if len(done) < 3:
            made.add(again)

    made.add(again)
    async with asyncio.timeout(5):
        while len(done) < 3:
            await asyncio.sleep(pulse.SECONDS)
    assert all(after - before >= 0.9 * pulse.SECONDS for before, after in itertools.pairwise(done))


@pytest.mark.asyncio
async def test_a_fault_of_one_is_told_and_takes_no_other_with_it() -> None:
    loop, done, told = asyncio.get_running_loop(), list[str](), list[Any]()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))

    def fail() -> None:
        raise IndexError

    made = Pulse(loop)
    made.add(fail)
    made.add(lambda: done.append("other"))
    await asyncio.sleep(2 * pulse.SECONDS)
    assert done == ["other"]
    assert [type(error) for error in told] == [IndexError]


@pytest.mark.asyncio
async def test_an_event_loop_has_one() -> None:
    assert pulse.pulse() is pulse.pulse()
