"""Waiting with a deadline that moves on."""

import asyncio

import pytest

from arena.outbound import Patience


async def after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "here"


@pytest.mark.asyncio
async def test_what_comes_in_time_is_given_however_often_and_what_does_not_is_a_timeout() -> None:
    patience, loop = Patience(), asyncio.get_running_loop()
    for _ in range(4):  # together longer than one wait may be
        assert await patience.wait(after(0.03), loop.time() + 0.08) == "here"
    begun = loop.time()
    with pytest.raises(TimeoutError):
        await patience.wait(after(5), loop.time() + 0.05)
    assert 0.03 < loop.time() - begun < 2
    assert await patience.wait(after(0), loop.time() + 1) == "here"
    patience.close()


@pytest.mark.asyncio
async def test_an_earlier_deadline_than_the_one_before_holds() -> None:
    patience, loop = Patience(), asyncio.get_running_loop()
    assert await patience.wait(after(0), loop.time() + 60) == "here"
    with pytest.raises(TimeoutError):
        await patience.wait(after(5), loop.time() + 0.02)
    patience.close()


@pytest.mark.asyncio
async def test_a_deadline_that_passes_while_nobody_waits_disturbs_nobody() -> None:
    patience, loop = Patience(), asyncio.get_running_loop()
    assert await patience.wait(after(0), loop.time() + 0.01) == "here"
    await asyncio.sleep(0.03)
    assert await patience.wait(after(0.01), loop.time() + 1) == "here"
    patience.close()


@pytest.mark.asyncio
async def test_a_cancellation_from_outside_stays_one() -> None:
    patience, loop = Patience(), asyncio.get_running_loop()
    waiting = asyncio.ensure_future(patience.wait(after(5), loop.time() + 0.5))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    patience.close()


@pytest.mark.asyncio
async def test_the_task_is_as_before_after_a_timeout() -> None:
    patience, loop = Patience(), asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        await patience.wait(after(5), loop.time())
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    patience.close()
