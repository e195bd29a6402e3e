"""The line before a full pool of connections."""

import asyncio
import time

import httpx
import pytest

from arena.outbound.guard import Guard
from arena.outbound.transport import Pool


@pytest.mark.asyncio
async def test_whoever_gets_a_turn_in_the_moment_in_which_patience_ends_passes_it_on() -> None:
    loop = asyncio.get_running_loop()
    pool, until = Pool(Guard(), size=1, taken=1), loop.time() + 0.02
    first, second = (asyncio.create_task(pool._queue(end)) for end in (until, until + 5))
    await asyncio.sleep(0)
    loop.call_at(until - 0.001, pool._free)
    time.sleep(0.04)  # noqa: ASYNC251 (so that both fall into one turn of the loop)
    with pytest.raises(httpx.PoolTimeout):
        await first
    await asyncio.wait_for(second, 1)
    assert pool.taken == 0
