"""`asyncio.timeout` for what is awaited thousands of times a second."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class Patience:
    """Waits with a deadline that moves on. The one timer is looked at again when it fires, not at every wait: a wait costs no timer.

    For one waiter at a time; `close` it in the end.
    """

    __slots__ = ("_before", "_by", "_expired", "_loop", "_task", "_timer")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None
        self._by = 0.0
        self._before = 0
        self._expired = False

    async def wait(self, what: Awaitable[T], by: float) -> T:
        """Await `what`; raises TimeoutError when it is not there at the loop's time `by`."""
        self._by = by
        if self._timer is None or self._timer.when() > by:
            self._set()
        self._task = asyncio.current_task()
        try:
            return await what
        except BaseException as error:
            ours = self._expired and self._task is not None and self._task.uncancel() <= self._before
            if ours and isinstance(error, asyncio.CancelledError):
                raise TimeoutError from None
            raise
        finally:
            self._task = None
            self._expired = False

    def close(self) -> None:
        """Take the timer away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        self.close()
        self._timer = self._loop.call_at(self._by, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._task is None:
            return  # nobody waits; who waits next sets the timer
        if self._loop.time() < self._by:
            self._set()
            return
        self._expired = True
        self._before = self._task.cancelling()
        self._task.cancel()
