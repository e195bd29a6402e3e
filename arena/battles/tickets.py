"""Stream tickets: what a battle's creation hands out, so that the stream needs no look-up of session or person."""

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing

from arena import clock
from arena.errors import TicketExpired, TicketInvalid

_SALT = "arena.battles.ticket"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to read one turn's attempt, in one session, until it expires."""

    battle: uuid.UUID
    turn: int
    attempt: int


def issue(ticket: Ticket, session_key: str) -> tuple[str, datetime]:
    """The signed ticket, bound to the session, and when it expires (whole seconds)."""
    expires = (clock.now() + timedelta(seconds=settings.TICKET_SECONDS)).replace(microsecond=0)
    value = f"{ticket.battle.hex}.{ticket.turn}.{ticket.attempt}.{int(expires.timestamp())}.{_mark(session_key)}"
    return signing.Signer(salt=_SALT).sign(value), expires


def check(token: str, battle: uuid.UUID, session_key: str) -> Ticket:
    """The ticket in `token`; raises TicketExpired or TicketInvalid (forged, of another battle or another session)."""
    try:
        value = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        raise TicketInvalid("This stream ticket is not one of ours.") from None
    hexed, turn, attempt, expires, mark = value.split(".")
    if clock.now() >= datetime.fromtimestamp(int(expires), UTC):
        raise TicketExpired("This stream ticket has expired; ask for the battle again to get a new one.")
    if uuid.UUID(hexed) != battle or not hmac.compare_digest(mark, _mark(session_key)):
        raise TicketInvalid("This stream ticket belongs to another battle or another session.")
    return Ticket(battle=battle, turn=int(turn), attempt=int(attempt))


def _mark(session_key: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"stream:{session_key}".encode(), hashlib.sha256).hexdigest()[:24]
