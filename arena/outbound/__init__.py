"""DOOR to the network: all HTTP that we send. The only importer of httpx.

    async with outbound.stream("POST", url, headers={"authorization": key.within("Bearer {}")}, json=body) as response:
        await response.pour(take)  # gives `take` each piece as it comes

Connections are pooled and bounded, time-outs explicit, private addresses refused (`guard`), and no call starts inside a database
transaction. The fake beside it is `use_transport(httpx.MockTransport(handler))`.
"""

from arena.outbound.client import (
    MAX_BYTES,
    Limits,
    Response,
    Timeouts,
    aclose,
    configure,
    stream,
    use_transport,
)
from arena.outbound.connection import Want
from arena.outbound.errors import (
    BadRequest,
    BadResponse,
    Busy,
    Forbidden,
    Interrupted,
    InTransaction,
    OutboundError,
    TimedOut,
    TooLarge,
    Unreachable,
)
from arena.outbound.patience import Patience
from arena.outbound.secret import Secret

__all__ = [
    "MAX_BYTES",
    "BadRequest",
    "BadResponse",
    "Busy",
    "Forbidden",
    "InTransaction",
    "Interrupted",
    "Limits",
    "OutboundError",
    "Patience",
    "Response",
    "Secret",
    "TimedOut",
    "Timeouts",
    "TooLarge",
    "Unreachable",
    "Want",
    "aclose",
    "configure",
    "stream",
    "use_transport",
]
