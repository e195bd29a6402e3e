"""A pulse for each event loop: work that may wait a moment is done together with all else of its kind.

At a hundred tokens a second what surrounds a token costs more than the token: a system call, a wake-up, and code that has left the
processor's caches meanwhile. Nobody sees a fiftieth of a second.
"""

import asyncio
from collections.abc import Callable
from weakref import WeakKeyDictionary

SECONDS = 0.02
_pulses: "WeakKeyDictionary[asyncio.AbstractEventLoop, Pulse]" = WeakKeyDictionary()


def pulse() -> "Pulse":
    """This event loop's."""
    loop = asyncio.get_running_loop()
    found = _pulses.get(loop)
    if found is None:
        found = _pulses[loop] = Pulse(loop)
    return found


class Pulse:
    """Does what it is given in one beat, SECONDS after the first of it came. It rests while there is nothing to do."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: list[Callable[[], None]] = []

    def add(self, do: Callable[[], None]) -> None:
        """Call it in the next beat, once."""
        if not self._due:
            self._loop.call_later(SECONDS, self._beat)
        self._due.append(do)

    def _beat(self) -> None:
        due, self._due = self._due, []
        for do in due:
            try:
                do()
            except Exception as error:  # of one, which takes no other with it
                self._loop.call_exception_handler({"message": "a part of a beat failed", "exception": error})
