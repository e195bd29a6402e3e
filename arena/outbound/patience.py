"""`asyncio.timeout` whose deadline moves on with every sign of life, thousands of times a second."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any


class Patience:
    """`async with Patience(deadline)`: raises TimeoutError when the loop's time reaches `deadline()`, which is asked again when it does.

    So a deadline that moves on costs nothing. After it has come nearer, call `look`. None is no deadline. For one use.
    """

    __slots__ = ("_before", "_deadline", "_expired", "_loop", "_task", "_timer")

    def __init__(self, deadline: Callable[[], float | None]) -> None:
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._before = 0
        self._expired = False

    async def __aenter__(self) -> "Patience":
        self._task = asyncio.current_task()
        assert self._task is not None
        self._before = self._task.cancelling()
        self.look()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        task, self._task = self._task, None
        self._rest()
        if self._expired and task is not None and task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def look(self) -> None:
        """Read the deadline."""
        self._rest()
        if self._task is not None and not self._expired and (by := self._deadline()) is not None:
            self._timer = self._loop.call_at(by, self._due, by)

    def _due(self, by: float) -> None:
        now = self._deadline()
        if now is None or now > by:
            self.look()
        elif self._task is not None:
            self._expired = True
            self._task.cancel()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
