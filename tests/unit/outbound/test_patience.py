"""Waiting with a deadline that moves on."""

import asyncio

import pytest

from arena.outbound import Patience


class Deadline:
    """So many seconds from now, until it is moved."""

    def __init__(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        self.at = asyncio.get_running_loop().time() + seconds

    def __call__(self) -> float:
        return self.at


@pytest.mark.asyncio
async def test_a_deadline_that_moves_on_in_time_is_none_and_one_that_does_not_is_a_timeout() -> None:
    loop = asyncio.get_running_loop()
    deadline = Deadline(0.08)
    async with Patience(deadline):
        for _ in range(4):  # together longer than one wait may be
            await asyncio.sleep(0.03)
            deadline.move(0.08)
    begun = loop.time()
    deadline.move(0.05)
    with pytest.raises(TimeoutError):
        async with Patience(deadline):
            await asyncio.sleep(5)
    assert 0.03 < loop.time() - begun < 2


@pytest.mark.asyncio
async def test_an_earlier_deadline_than_the_one_before_holds_once_it_was_looked_at() -> None:
    deadline = Deadline(60)
    begun = asyncio.get_running_loop().time()

    async def wait() -> None:
        async with Patience(deadline) as patience:
            deadline.move(0.02)
            patience.look()
            await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await wait()
    assert asyncio.get_running_loop().time() - begun < 2


@pytest.mark.asyncio
async def test_a_deadline_that_passes_when_the_block_is_left_disturbs_nobody() -> None:
    async with Patience(Deadline(0.01)):
        await asyncio.sleep(0)
    await asyncio.sleep(0.03)


@pytest.mark.asyncio
async def test_without_a_deadline_it_waits() -> None:
    async with Patience(lambda: None):
        await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_cancellation_from_outside_stays_one() -> None:
    async def wait() -> None:
        async with Patience(Deadline(0.5)):
            await asyncio.sleep(5)

    waiting = asyncio.ensure_future(wait())
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.asyncio
async def test_a_cancellation_from_outside_that_comes_with_the_deadline_stays_one() -> None:
    async def wait() -> None:
        async with Patience(Deadline(0.01)):
            try:
                await asyncio.sleep(5)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
                raise

    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(wait())


@pytest.mark.asyncio
async def test_the_task_is_as_before_after_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with Patience(Deadline(0)):
            await asyncio.sleep(5)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
