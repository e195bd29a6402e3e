"""An analysis as the JSON that the API gives: contenders by their slugs, numbers rounded to six decimals."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from arena.ratings.analysis import Analysis, CrossCheck, HeadToHead, Note, Robustness, SettledBoard
from arena.ratings.crosscheck import StyleControl

METHOD = "analysis-1"
_DECIMALS = 6


def document(analysis: Analysis, slugs: Sequence[str]) -> dict[str, Any]:
    """The numeric part of a board's analysis. `slugs`: of each contender, by number. Raises ValueError when their number differs."""
    if len(slugs) != analysis.contenders:
        raise ValueError("needs one slug for each contender")
    parts = {
        "method": METHOD,
        "voters": analysis.voters,
        "prompts": analysis.prompts,
        "contenders": list(slugs),
        "settled": analysis.settled and _settled(analysis.settled, slugs),
        "cross_check": analysis.cross_check and _cross_check(analysis.cross_check, slugs),
        "style": analysis.style and _style(analysis.style, slugs),
        "head_to_head": analysis.head_to_head and _head_to_head(analysis.head_to_head),
        "position": asdict(analysis.position),
        "robustness": analysis.robustness and _robustness(analysis.robustness, slugs),
        "groups": [[slugs[member] for member in members] for members in analysis.groups],
        "leagues": [[slugs[member] for member in members] for members in analysis.leagues],
        "notes": [_note(note, slugs) for note in analysis.notes],
    }
    return {name: _rounded(part) for name, part in parts.items()}


def _settled(settled: SettledBoard, slugs: Sequence[str]) -> dict[str, Any]:
    return {"rounds": settled.rounds, "rows": [_row(row, slugs) for row in settled.rows]}


def _cross_check(check: CrossCheck, slugs: Sequence[str]) -> dict[str, Any]:
    head = {"model": "rao-kupper", "margin": check.margin, "clusters": ["voter", "prompt"], "freedom": check.freedom}
    return {**head, "rows": [_row(row, slugs) for row in check.rows]}


def _style(style: StyleControl, slugs: Sequence[str]) -> dict[str, Any]:
    covariates = [{"name": one.name, "coefficient": one.value, "low": one.low, "high": one.high} for one in style.coefficients]
    return {"covariates": covariates, "rows": [_row(row, slugs) for row in style.rows]}


def _head_to_head(counts: HeadToHead) -> dict[str, Any]:
    return {"wins": counts.wins.tolist(), "ties": counts.ties.tolist(), "both_bad": counts.both_bad.tolist()}


def _robustness(robustness: Robustness, slugs: Sequence[str]) -> dict[str, Any]:
    voter = robustness.largest_voter
    return {
        "leader": slugs[robustness.leader],
        "runner_up": slugs[robustness.runner_up],
        "votes_to_change_first": robustness.votes_to_change_first,
        # Not its number: a document names no voter.
        "largest_voter": voter
        and {"share": voter.share, "votes": voter.votes, "shift_elo": voter.shift_elo, "changes_first": voter.changes_first},
    }


def _note(note: Note, slugs: Sequence[str]) -> dict[str, Any]:
    return {"code": note.code} | ({"contenders": [slugs[member] for member in note.contenders]} if note.contenders else {})


def _row(row: Any, slugs: Sequence[str]) -> dict[str, Any]:
    fields = asdict(row)
    return {"slug": slugs[fields.pop("contender")], **fields}


def _rounded(part: Any) -> Any:
    if isinstance(part, float):
        return round(part, _DECIMALS) + 0.0  # never -0.0
    if isinstance(part, dict):
        return {name: _rounded(value) for name, value in part.items()}
    if isinstance(part, list) and part and not isinstance(part[0], int | str):
        return [_rounded(value) for value in part]
    return part
