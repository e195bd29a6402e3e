"""Several people at the same moment."""

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

SECONDS = 30
T = TypeVar("T")


def at_once(plays: Iterable[Callable[[], T]]) -> list[T | Exception]:
    """What each play gave or raised: all begun at the same moment, each in a thread with a database connection of its own."""
    todo = list(plays)
    gate = threading.Barrier(len(todo))
    results: dict[int, T | Exception] = {}

    def run(index: int, play: Callable[[], T]) -> None:
        try:
            gate.wait(SECONDS)
            results[index] = play()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(todo)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(results) == len(todo), "somebody still waits"
    return [results[index] for index in range(len(todo))]


def results(plays: Iterable[Callable[[], T]]) -> list[T]:
    """The same, where nobody may fail."""
    found = []
    for result in at_once(plays):
        if isinstance(result, Exception):
            raise result
        found.append(result)
    return found
