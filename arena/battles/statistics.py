"""A board's statistics: votes read as columns, analysed by `ratings`, and stored as the bytes that everybody gets."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from math import nan
from typing import Any

import numpy as np
from django.db import connection, transaction

from arena import clock
from arena.battles import entries
from arena.battles.models import PRAISE
from arena.contenders.models import Contender
from arena.contenders.queries import PUBLIC
from arena.ratings import actions as ratings
from arena.ratings import queries as boards
from arena.ratings.analysis import Ballots, Rules, analyse
from arena.ratings.analysis_document import document as numbers
from arena.ratings.comparisons import FIRST, SECOND, TIE, Comparisons
from arena.ratings.models import Analysis, Board, Rating
from arena.ratings.style import NAMES, Style, covariates

_UNKNOWN = (nan,) * len(NAMES)
# Of a board with a million votes the statistics are made twice an hour, of one with a few hundred at the next look.
SECONDS_A_VOTE = 0.002
SPEED_DAYS = 30
_SPEED = """
SELECT c.slug, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.output_tokens / nullif(extract(epoch FROM a.finished_at - a.first_token_at), 0)),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY 1000 * extract(epoch FROM a.first_token_at - a.started_at))
FROM battles_answer a JOIN battles_side s ON s.id = a.side_id JOIN contenders_contender c ON c.id = s.contender_id
JOIN battles_vote v ON v.battle_id = s.battle_id AND v.rated
JOIN battles_battle b ON b.id = s.battle_id AND b.reuses_id IS NULL
WHERE a.status = 'done' AND a.first_token_at IS NOT NULL AND a.finished_at > %s AND c.state = ANY(%s)
GROUP BY c.slug
"""
_REASONS = """
SELECT c.slug, code.value, count(*)
FROM battles_vote v JOIN battles_votecontext x ON x.vote_id = v.id AND x.reasons <> '{}'
CROSS JOIN LATERAL generate_subscripts(v.contenders, 1) AS position
JOIN contenders_contender c ON c.id = v.contenders[position]
CROSS JOIN LATERAL jsonb_array_elements_text(x.reasons -> substr('abcdef', position, 1)) AS code
WHERE v.rated GROUP BY 1, 2
"""


@dataclass(slots=True)
class Columns:
    """Votes as columns of whole numbers; of a ballot of more than two, its neighbours in the ranking are a row each."""

    first: array[int] = field(default_factory=lambda: array("q"))
    second: array[int] = field(default_factory=lambda: array("q"))
    outcome: array[int] = field(default_factory=lambda: array("b"))
    both_bad: array[int] = field(default_factory=lambda: array("b"))
    voter: array[int] = field(default_factory=lambda: array("q"))
    prompt: array[int] = field(default_factory=lambda: array("q"))
    style: array[float] = field(default_factory=lambda: array("d"))

    def add(self, about: entries.Cast) -> None:
        style = dict(zip(about.contenders, about.style, strict=True)) if about.style else None
        shown = {contender: place for place, contender in enumerate(about.contenders)}
        for pair in pairwise(sorted(zip(about.ranks, about.contenders, strict=True))):
            # As they were shown: else the first of a pair would always be the better one.
            (rank, one), (below, other) = sorted(pair, key=lambda ranked: shown[ranked[1]])
            self.first.append(one)
            self.second.append(other)
            self.outcome.append(TIE if rank == below else FIRST if rank < below else SECOND)
            self.both_bad.append(about.both_bad)
            self.voter.append(about.voter)
            self.prompt.append(about.prompt)
            self.style.extend(covariates(Style(*style[one]), Style(*style[other])) if style else _UNKNOWN)


def due(board: Board) -> bool:
    """Whether a board's statistics are older than its votes allow."""
    if board.generation == 0:
        return False
    analysis = Analysis.objects.filter(board=board).values("seq", "generation", "votes", "at").first()
    if analysis is None or analysis["generation"] != board.generation:
        return True
    grown = board.votes != analysis["votes"]
    return grown and clock.now() - analysis["at"] >= timedelta(seconds=SECONDS_A_VOTE * board.votes)


def analyse_board(board_id: int) -> None:
    """Make a board's statistics anew, as of its cursor now."""
    board = Board.objects.get(pk=board_id)
    columns = Columns()
    with transaction.atomic():
        for cast in entries.cast_between(board, -1, board.last_seq):
            columns.add(cast)
    rows = {row.contender_id: (row.mu, row.sigma) for row in Rating.objects.filter(board=board)}
    slugs = dict(Contender.objects.filter(state__in=PUBLIC).values_list("pk", "slug"))
    ids = sorted(set(slugs) | set(rows))
    number = {id: place for place, id in enumerate(ids)}
    minimum = boards.minimum_votes(board)
    rules = Rules(parameters=boards.parameters_at(board, board.last_seq), minimum_votes=minimum, ties=board.ties, both_bad=board.both_bad)
    found = analyse(_ballots(columns, ids), {number[id]: skill for id, skill in rows.items()}, rules)
    names = [slugs.get(id) or Contender.objects.values_list("slug", flat=True).get(pk=id) for id in ids]
    document = {"slug": board.slug, "seq": board.last_seq, "votes": board.votes, "at": clock.now().isoformat()}
    document |= numbers(found, names) | {"speed": speed(), "reasons": reasons()}
    ratings.publish_analysis(board=board, document=document)


def _ballots(columns: Columns, ids: list[int]) -> Ballots:
    """The columns with contenders, voters and prompts numbered from 0."""
    known = np.array(ids, dtype=np.int64)
    first, second = (
        np.searchsorted(known, np.frombuffer(column, dtype=np.int64)) if column else np.zeros(0, np.int64)
        for column in (columns.first, columns.second)
    )
    voter, prompt = (_coded(column) for column in (columns.voter, columns.prompt))
    style = np.frombuffer(columns.style, dtype=np.float64).reshape(len(first), -1) if columns.style else None
    outcome, both_bad = (np.array(column, dtype=np.int64) for column in (columns.outcome, columns.both_bad))
    return Ballots(Comparisons(len(ids), first, second, outcome, (voter, prompt), style), both_bad.astype(np.bool_))


def _coded(column: array[int]) -> Any:
    return np.unique(np.array(column, dtype=np.int64), return_inverse=True)[1].astype(np.int64)


def speed() -> dict[str, dict[str, Any]]:
    """Of battles of the last thirty days whose vote is rated (before it, the count would tell who stands in it), by public contender: answers, and the medians of tokens a second and of milliseconds to the first token."""
    with connection.cursor() as cursor:
        cursor.execute(_SPEED, [clock.now() - timedelta(days=SPEED_DAYS), list(PUBLIC)])
        return {
            slug: {"answers": answers, "tokens_per_second": _rounded(rate, 1), "first_token_ms": _rounded(wait, 0)}
            for slug, answers, rate, wait in cursor.fetchall()
        }


def reasons() -> dict[str, dict[str, dict[str, int]]]:
    """What voters praised and blamed, by contender and reason."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REASONS)
        for slug, code, times in cursor.fetchall():
            found.setdefault(slug, {"praised": {}, "blamed": {}})["praised" if code in PRAISE else "blamed"][code] = times
    return found


def _rounded(value: Any, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)


def analyse_due() -> int:
    """Make the statistics of every board whose statistics are too old; gives how many."""
    wanted = [board.pk for board in Board.objects.order_by("position", "pk") if due(board)]
    for board in wanted:
        analyse_board(board)
    return len(wanted)
