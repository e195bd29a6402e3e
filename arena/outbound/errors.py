"""What can go wrong at the door. Every sentence here is fixed: none quotes a header, a body or a library's message.

OutboundError
    BadRequest        the request cannot be built (bad address, header or body)
    Forbidden         the address is one that the guard does not let us reach
    InTransaction     a database transaction is open: the caller is wrong, not the network
    Busy              no connection came free in time: our own limit
    Unreachable       no connection, or TLS failed
    TimedOut          `phase` says what took too long: connect, first_byte, idle or whole
    Interrupted       the connection broke after it was made
    BadResponse       what came is not HTTP, or is encoded although we asked for plain bytes
    TooLarge          the response is longer than the caller allows
"""

from typing import Literal

Phase = Literal["connect", "first_byte", "idle", "whole"]


class OutboundError(Exception):
    """Base of all that the door raises. Safe to log: carries no secret."""


class BadRequest(OutboundError):
    """The request cannot be built (bad address, header or body)."""


class Forbidden(OutboundError):
    """The guard does not let us reach this address."""


class InTransaction(OutboundError):
    """A database transaction is open in this context; a network call would hold its locks."""


class Busy(OutboundError):
    """No connection came free in time."""


class Unreachable(OutboundError):
    """No connection could be made, or TLS failed."""


class TimedOut(OutboundError):
    """A time limit passed; `phase` names it."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"timed out ({phase})")
        self.phase = phase


class Interrupted(OutboundError):
    """The connection broke after it was made."""


class BadResponse(OutboundError):
    """The other side does not speak HTTP as we asked for it."""


class TooLarge(OutboundError):
    """The response is longer than the caller allows."""
