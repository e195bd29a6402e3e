"""What a voter sends, and the rank of each side that it means. Pure but for the language of its refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arena.battles.models import Outcome, outcomes
from arena.errors import InvalidInput

_COMPARED: Mapping[str, list[int]] = {Outcome.A: [0, 1], Outcome.B: [1, 0], Outcome.TIE: [0, 0]}


@dataclass(frozen=True, slots=True)
class Ballot:
    """The judgement, which turn and attempt it is about, and how it came about. `ranks`: of a ranking, by side."""

    outcome: str
    turn: int
    attempt: int
    ranks: Mapping[str, int] | None = None
    reasons: dict[str, list[str]] = field(default_factory=dict)
    comment: str = ""
    measures: dict[str, Any] = field(default_factory=dict)
    network: str = ""


def ranks_of(ballot: Ballot, sides: Sequence[str]) -> list[int]:
    """The rank of each side: 0 is best, equal is a tie, none is left out; empty for a skip.

    Raises InvalidInput for what cannot be said of a battle of these sides.
    """
    _refuse_other_sides(ballot, sides)
    if ballot.outcome not in outcomes(len(sides)):
        two = len(sides) == 2
        raise _invalid("outcome", "Two answers are compared, not ranked." if two else "More than two answers are ranked.")
    if ballot.outcome == Outcome.RANKING:
        return _ranking(ballot.ranks or {}, sides)
    if ballot.ranks is not None:
        raise _invalid("ranks", "Ranks go with the outcome `ranking` and no other.")
    if ballot.outcome == Outcome.SKIP:
        return []
    return [0] * len(sides) if ballot.outcome == Outcome.BOTH_BAD else _COMPARED[ballot.outcome]


def _ranking(given: Mapping[str, int], sides: Sequence[str]) -> list[int]:
    if missing := [side for side in sides if side not in given]:
        raise _invalid(f"ranks.{missing[0]}", "Every side needs a rank.")
    ranks = [given[side] for side in sides]
    if set(ranks) != set(range(max(ranks) + 1)):
        raise _invalid("ranks", "Ranks begin at 0 and leave none out; equal ranks are a tie.")
    return ranks


def _refuse_other_sides(ballot: Ballot, sides: Sequence[str]) -> None:
    by_side = {
        "ranks": ballot.ranks,
        "reasons": ballot.reasons,
        "measures.scroll": ballot.measures.get("scroll"),
        "measures.seen": ballot.measures.get("seen"),
    }
    for name, values in by_side.items():
        if unknown := sorted(set(values or {}) - set(sides)):
            raise _invalid(f"{name}.{unknown[0]}", "This battle has no such side.")


def _invalid(name: str, message: str) -> InvalidInput:
    return InvalidInput("Some of the fields are not right; nothing was changed.", errors=[{"field": name, "message": message}])
