"""What something takes, for tests that hold one such time against another of the same run: seconds alone say more of the machine."""

import gc
import time
from collections.abc import Callable


def at_best(what: Callable[[], object], *, of: int = 5) -> float:
    """The least processor time of so many tries, in seconds, of this thread alone: others on the same cores do not count.

    Garbage is not looked for meanwhile: that takes as long as all else that the process holds is large.
    """
    took = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(of):
            began = time.thread_time()
            what()
            took.append(time.thread_time() - began)
    finally:
        gc.enable()
    return min(took)
