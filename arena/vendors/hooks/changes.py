"""What has changed for a contender between two states of a board, as they were published. Pure."""

from collections.abc import Mapping
from typing import Any

RANK, TIER, STATE, TEST = "contender.rank_changed", "contender.tier_changed", "contender.state_changed", "webhook.test"
EVENTS = (RANK, TIER, STATE)
TYPES = (*EVENTS, TEST)
Place = Mapping[str, Any]
_TOLD = ("rank", "rank_low", "rank_high", "tier", "preliminary", "group", "mu", "sigma", "low", "high", "votes")


def places(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By contender's slug: its place in a board's document (`GET /api/v1/boards/<slug>`), as it is told. Nothing of a board in the making."""
    if document["state"] != "live":
        return {}
    return {row["contender"]["slug"]: {name: row[name] for name in _TOLD} for row in document["rows"]}


def between(before: Place | None, after: Place | None) -> list[str]:
    """Which of RANK and TIER a step from one place to the next is; None stands for no place on the board.

    A rank is one within a group of contenders that have met, so another group is another rank.
    """
    if before is None or after is None:
        return [] if before is after else [RANK, TIER]
    moved = (before["rank"], before["group"]) != (after["rank"], after["group"])
    crossed = (before["tier"], before["preliminary"]) != (after["tier"], after["preliminary"])
    return [RANK] * moved + [TIER] * crossed
