"""The log as boards read it: numbered votes, what they were about, and what was amended later."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection, transaction

from arena.ratings.filters import Filter, Labels
from arena.ratings.folding import Amendment, Item
from arena.ratings.models import Board
from arena.ratings.skill import Ballot, ParameterChange, Parameters

RETRACTION, CORRECTION = "retraction", "correction"

# The first two sides as plain numbers: arrays take several times as long to read. `contenders` and `ranks` only where there are more.
_BALLOT = """
e.seq, v.contenders[1], v.contenders[2], v.ranks[1], v.ranks[2], v.outcome = 'both_bad',
CASE WHEN cardinality(v.contenders) > 2 THEN v.contenders END, CASE WHEN cardinality(v.contenders) > 2 THEN v.ranks END,
p.board_id, p.mu0, p.sigma0, p.beta, p.tau, p.draw_probability
"""
_FROM = """
FROM votelog_entry e
LEFT JOIN battles_vote v ON e.kind = 'vote' AND v.id = e.subject AND v.rated
"""
_ABOUT = """
LEFT JOIN battles_battle b ON b.id = v.battle_id
LEFT JOIN prompts_prompt q ON q.id = b.prompt_id
LEFT JOIN prompts_pool l ON l.id = q.pool_id
"""
_CHANGES = "LEFT JOIN ratings_parameterchange p ON e.kind = 'policy' AND p.id = e.subject"
_RANGE = "WHERE e.seq > %s AND e.seq <= %s ORDER BY e.seq"
_LABELS = "b.category, b.language, coalesce(l.slug, ''), v.at"
_BARE = f"SELECT {_BALLOT} {_FROM} {_CHANGES} {_RANGE}"
_LABELLED = f"SELECT {_BALLOT}, {_LABELS} {_FROM} {_ABOUT} {_CHANGES} {_RANGE}"
# Who cast it and on what, as numbers that say nothing of them: what makes ballots alike. An own prompt is its battle's alone.
_CAST = f"""
SELECT e.seq, v.contenders, v.ranks, v.outcome = 'both_bad', {_LABELS},
       hashtextextended(b.voter_id::text, 0), hashtextextended(coalesce(b.prompt_id, b.id)::text, 0), s.counts
FROM votelog_entry e
JOIN battles_vote v ON v.id = e.subject AND v.rated
{_ABOUT}
LEFT JOIN battles_votestyle s ON s.vote_id = v.id
WHERE e.kind = 'vote' AND e.seq > %s AND e.seq <= %s ORDER BY e.seq
"""
# What was amended: the amendment's seq and kind, the vote's seq and labels, and of a correction the new category and language.
_AMENDED = f"""
SELECT e.seq, e.kind, voted.seq, b.category, b.language, coalesce(l.slug, ''), v.at, c.category, c.language
FROM votelog_entry e
LEFT JOIN battles_retraction r ON e.kind = '{RETRACTION}' AND r.id = e.subject
LEFT JOIN battles_correction c ON e.kind = '{CORRECTION}' AND c.id = e.subject
JOIN battles_vote v ON v.id = r.vote_id OR v.battle_id = c.battle_id
JOIN votelog_entry voted ON voted.kind = 'vote' AND voted.subject = v.id
{_ABOUT}
WHERE e.kind IN ('{RETRACTION}', '{CORRECTION}') AND e.seq > %s AND e.seq <= %s ORDER BY e.seq
"""
# Left to itself PostgreSQL sorts the whole log first, so that we wait for it and it then for us; along the index both work at once.
_ALONG_THE_INDEX = "SELECT set_config('enable_sort', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Amended:
    """Votes, by seq, that amendments up to some seq concern: those that count no more, and the labels of the corrected."""

    struck: frozenset[int]
    corrected: dict[int, Labels]


class Cast(NamedTuple):
    """A counted ballot: sides and their ranks, whether all were bad, numbers that tell voters and prompts apart, and the sides' style if it is known."""

    contenders: list[int]
    ranks: list[int]
    both_bad: bool
    voter: int
    prompt: int
    style: list[list[int]] | None


def items_after(seq: int, limit: int) -> list[Item]:
    """At most `limit` log entries right behind `seq`, with labels, as boards see them."""
    with connection.cursor() as cursor:
        cursor.execute(_LABELLED, [seq, seq + limit])
        items = list(map(_labelled, cursor.fetchall()))
        found = _amendments(seq, items[-1].seq) if items else {}
        return [Item(item.seq, found[item.seq]) if item.seq in found else item for item in items]


def items_between(board: Board, seq: int, last: int) -> Iterator[Item]:
    """The log entries behind `seq` up to and with `last`, as this board counts them, with what was amended up to its `amended_seq`.

    Votes that its filter does not cover do not come. They are read while they are used: nothing else may be asked of the database meanwhile.
    """
    amended = amended_until(board.amended_seq)
    query, values = _covered(board.filter, amended)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONG_THE_INDEX)
        items = map(_item, cursor.stream(query, [seq, last, *values], size=_CHUNK))
        yield from items if not (amended.struck or amended.corrected) else (_amend(item, amended) for item in items)


def _covered(filter: Filter, amended: Amended) -> tuple[str, list[Any]]:
    """The query for what a filter covers, and its values behind the range. Votes that were corrected come in any case, with their labels."""
    wanted: dict[str, Any] = {
        "b.category = ANY(%s)": sorted(filter.categories),
        "b.language = ANY(%s)": sorted(filter.languages),
        "l.slug = ANY(%s)": sorted(filter.pools),
        "v.at >= %s": filter.since,
        "v.at < %s": filter.until,
    }
    chosen = {condition: value for condition, value in wanted.items() if value}
    if not chosen:
        return _BARE, []
    about = _ABOUT if any(condition[0] in "bl" for condition in chosen) else ""
    covered = f"AND (v.id IS NULL OR e.seq = ANY(%s) OR ({' AND '.join(chosen)})) ORDER BY"
    query = f"SELECT {_BALLOT} {_FROM} {about} {_CHANGES} {_RANGE.replace('ORDER BY', covered)}"
    return query, [list(amended.corrected), *chosen.values()]


def cast_between(board: Board, seq: int, last: int) -> Iterator[Cast]:
    """The ballots that this board counts behind `seq` up to and with `last`, read while they are used, in a transaction that is open already."""
    amended, admits = amended_until(board.amended_seq), board.filter.admits
    with connection.cursor() as cursor:
        for number, contenders, ranks, both_bad, category, language, pool, at, voter, prompt, counts in cursor.stream(
            _CAST, [seq, last], size=_CHUNK
        ):
            if number in amended.struck:
                continue
            about = amended.corrected.get(number) or Labels(category, language, pool, at)
            if admits(tuple(ranks), both_bad, about):
                yield Cast(contenders, ranks, both_bad, voter, prompt, counts)


def newest_amendment() -> int:
    """The seq of the newest amendment, -1 when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), -1) FROM votelog_entry WHERE kind IN (%s, %s)", [RETRACTION, CORRECTION])
        return int(cursor.fetchone()[0])


def amended_until(seq: int) -> Amended:
    """What amendments up to `seq` say; of several corrections of one vote the newest holds."""
    if seq < 0:
        return Amended(frozenset(), {})
    with connection.cursor() as cursor:
        cursor.execute(_AMENDED, [-1, seq])
        rows = cursor.fetchall()
    struck = frozenset(row[2] for row in rows if row[1] == RETRACTION)
    return Amended(struck, {row[2]: Labels(row[7], row[8], row[5], row[6]) for row in rows if row[1] == CORRECTION})


def _amend(item: Item, amended: Amended) -> Item:
    if item.seq in amended.struck:
        return Item(item.seq, None)
    if labels := amended.corrected.get(item.seq):
        return Item(item.seq, item.what, item.both_bad, labels)
    return item


def _amendments(seq: int, last: int) -> dict[int, Amendment]:
    """By seq, the amendments behind `seq` up to `last`, with all labels that the vote has had or has now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM votelog_entry WHERE seq > %s AND seq <= %s AND kind IN (%s, %s))",
            [seq, last, RETRACTION, CORRECTION],
        )
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(_AMENDED, [-1, last])
        rows = cursor.fetchall()
    had: dict[int, list[Labels]] = {}
    found: dict[int, Amendment] = {}
    for own, kind, voted, *about, category, language in rows:
        labels = had.setdefault(voted, [Labels(*about)])
        if kind == CORRECTION:
            labels.append(labels[0]._replace(category=category, language=language))
        found[own] = Amendment(tuple(labels))
    return {own: amendment for own, amendment in found.items() if own > seq}


def _labelled(row: tuple[Any, ...]) -> Item:
    item = _item(row[:14])
    return Item(item.seq, item.what, item.both_bad, Labels(*row[14:]), item.board) if isinstance(item.what, Ballot) else item


def _item(row: tuple[Any, ...]) -> Item:
    seq, a, b, rank_a, rank_b, both_bad, contenders, ranks, board, mu0, sigma0, beta, tau, draw_probability = row
    if contenders is not None:
        return Item(seq, Ballot(seq, tuple(contenders), tuple(ranks)), both_bad)
    if a is not None:
        return Item(seq, Ballot(seq, (a, b), (rank_a, rank_b)), both_bad)
    if board is not None:
        return Item(seq, ParameterChange(seq, Parameters(mu0, sigma0, beta, tau, draw_probability)), board=board)
    return Item(seq, None)
