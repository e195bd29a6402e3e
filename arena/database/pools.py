"""A pool that hands out living connections only. After a restart of the database all that it holds are dead.

psycopg_pool's own `check` waits 1 s after the first dead connection that it meets and 2 s after the second, so that whoever asks next
times out on a pool of three: it looks upon each as a failed try to connect. Here the dead are stepped over without a pause; and a living
one is not asked whether it lives, which would cost a round trip with every use: the dead have something to read.
"""

import select
import time
from typing import Any, Generic, TypeVar

from psycopg import AsyncConnection, Connection, Error
from psycopg_pool import ConnectionPool

C = TypeVar("C", bound="Connection[tuple[object, ...]]")


def silent(taken: "Connection[Any] | AsyncConnection[Any]") -> bool:
    """Whether nothing waits to be read. Of a server that has gone there does: its farewell, the end, or the kernel's word that it fell silent.

    Else it may be a mere notice: then the connection must be asked. Raises psycopg's Error for one that is closed.
    """
    poll = select.poll()
    poll.register(taken.pgconn.socket, select.POLLIN)
    return not poll.poll(0)


class Pool(ConnectionPool[C], Generic[C]):
    """For threads; `arena.asyncdb` has the one for event loops. `getconn` raises PoolTimeout when no living connection comes free within `timeout` seconds."""

    def getconn(self, timeout: float | None = None) -> C:
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            taken = super().getconn(max(0.0, until - time.monotonic()))
            try:
                if not silent(taken):
                    self.check_connection(taken)
            except Error:
                self.putconn(taken)  # the pool sees that it is closed and makes another
                continue
            except BaseException:
                self.putconn(taken)
                raise
            return taken
