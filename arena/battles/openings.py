"""The two openings of a vote: what its commitments commit to. Pure."""

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any


def rating_part(
    *,
    battle: uuid.UUID,
    contenders: Sequence[str],
    outcome: str,
    ranks: Sequence[int],
    rated: bool,
    turn: int,
    attempt: int,
    pool: str | None,
    category: str,
    language: str,
    probability: float,
    pairing: str,
    reward: str,
) -> dict[str, Any]:
    """All that a replay needs and nothing of the person; kept for ever. `probability` becomes its shortest exact decimal string."""
    return {
        "v": 1,
        "battle": str(battle),
        "contenders": list(contenders),
        "outcome": outcome,
        "ranks": list(ranks),
        "rated": rated,
        "turn": turn,
        "attempt": attempt,
        "pool": pool,
        "category": category,
        "language": language,
        "probability": repr(probability),
        "pairing": pairing,
        "reward": reward,
    }


def person_part(*, secret: bytes, person: uuid.UUID, at: datetime, award: int, reason: str, dwell: str) -> dict[str, Any]:
    """The erasable part: a pseudonym that groups votes within a month and not across, the award, and how long it took."""
    month = hmac.new(secret, f"pseudonym:{at:%Y-%m}".encode(), hashlib.sha256).digest()
    pseudonym = hmac.new(month, person.bytes, hashlib.sha256).hexdigest()[:32]
    return {"v": 1, "pseudonym": pseudonym, "award": award, "reason": reason, "dwell": dwell}


def dwell_class(milliseconds: int | None) -> str:
    """How long from the first token to the vote, coarsely enough to identify nobody."""
    if milliseconds is None:
        return "unknown"
    for name, limit in (("under_3s", 3_000), ("under_10s", 10_000), ("under_30s", 30_000), ("under_2m", 120_000)):
        if milliseconds < limit:
            return name
    return "over_2m"
