"""What an organisation may know of a contender of its own: sums, and examples whose voters agreed. Never who stood on the other side."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from arena import clock
from arena.battles.models import BLAME, PRAISE, RUNNING, Outcome, Vote
from arena.battles.queries import publishable
from arena.contenders.models import Contender
from arena.contenders.queries import described
from arena.errors import NotFound
from arena.vendors.hooks import outbox
from arena.vendors.models import Organisation
from arena.vendors.queries import contenders_of

EXAMPLES = 20
# A ballot of more than two counts as each two of it, as on the boards. What was struck is left out; a corrected label holds.
_RESULTS = """
WITH own AS (
    SELECT v.id, v.outcome, v.ranks, s.position + 1 AS place,
        CASE WHEN v.rated THEN 'rated' ELSE v.unrated_reason END AS kind,
        coalesce(c.category, b.category) AS category, coalesce(c.language, b.language) AS language
    FROM battles_side s
    JOIN battles_battle b ON b.id = s.battle_id
    JOIN battles_vote v ON v.battle_id = s.battle_id AND v.contenders[s.position + 1] = s.contender_id
    LEFT JOIN LATERAL (
        SELECT category, language FROM battles_correction WHERE battle_id = b.id ORDER BY at DESC, id DESC LIMIT 1
    ) c ON true
    WHERE s.contender_id = %(contender)s AND v.at >= %(since)s AND cardinality(v.ranks) > 0
    AND NOT EXISTS (SELECT FROM battles_retraction r WHERE r.vote_id = v.id)
)
SELECT kind, category, language, GROUPING(category, language), count(DISTINCT id),
    count(*) FILTER (WHERE ranks[place] < other.rank), count(*) FILTER (WHERE ranks[place] > other.rank),
    count(*) FILTER (WHERE ranks[place] = other.rank AND outcome <> 'both_bad'), count(*) FILTER (WHERE outcome = 'both_bad')
FROM own CROSS JOIN LATERAL unnest(ranks) WITH ORDINALITY AS other (rank, place_of_other)
WHERE place_of_other <> place
GROUP BY kind, GROUPING SETS ((), (category), (language))
"""
_BOTH, _BY_CATEGORY = 3, 1  # bits of what GROUPING() says is not told apart; else it is by language
_TAGS = """
SELECT tag, count(*) FROM battles_side s
JOIN battles_vote v ON v.battle_id = s.battle_id AND v.contenders[s.position + 1] = s.contender_id
JOIN battles_votecontext x ON x.vote_id = v.id
CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(x.reasons -> chr(97 + s.position), '[]'::jsonb)) AS tag
WHERE s.contender_id = %(contender)s AND v.at >= %(since)s
AND NOT EXISTS (SELECT FROM battles_retraction r WHERE r.vote_id = v.id)
GROUP BY tag
"""
# Counted from votes, so that nothing is told of a battle before its vote.
_SHARE = "SELECT count(*) FILTER (WHERE c = %(contender)s), count(*) FROM battles_vote v, unnest(v.contenders) c WHERE v.at >= %(since)s"


def contender_of(organisation: Organisation, slug: str) -> Contender:
    """An organisation's own contender, in whatever state. Raises NotFound, for one of others in the very words for none."""
    found = contenders_of(organisation).filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such contender among yours.")
    return found


def report(contender: Contender, *, days: int) -> dict[str, Any]:
    """The report over the votes of the last so many days."""
    since = clock.now() - timedelta(days=days)
    results = _results(contender, since)
    return {
        "contender": described(contender),
        "days": days,
        "as_of": clock.now(),
        "places": _places(contender),
        "rated": results.get("rated", _NOTHING),
        "private_test": results.get("private_test", _NOTHING),
        "unrated": {kind: found["all"]["votes"] for kind, found in results.items() if kind not in ("rated", "private_test")},
        "tags": _tags(contender, since),
        "exposure": _exposure(contender, since),
        "examples": _examples(contender, since),
    }


def _run(statement: str, contender: Contender, since: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"contender": contender.pk, "since": since})
        return list(cursor.fetchall())


_ZERO = {"votes": 0, "won": 0, "lost": 0, "tied": 0, "both_bad": 0}
_NOTHING: Mapping[str, Any] = {"all": _ZERO, "categories": [], "languages": []}


def _results(contender: Contender, since: datetime) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind, category, language, grouping, *counts in _run(_RESULTS, contender, since):
        part = found.setdefault(kind, {"all": _ZERO, "categories": [], "languages": []})
        numbers = dict(zip(_ZERO, counts, strict=True))
        if grouping == _BOTH:
            part["all"] = numbers
        elif grouping == _BY_CATEGORY:
            part["categories"].append({"name": category, **numbers})
        else:
            part["languages"].append({"name": language, **numbers})
    for part in found.values():
        for rows in (part["categories"], part["languages"]):
            rows.sort(key=lambda row: (-row["votes"], row["name"]))
    return found


def _places(contender: Contender) -> list[dict[str, Any]]:
    tables = outbox.published().values()
    return [{"board": dict(table.head), **table.places[contender.slug]} for table in tables if contender.slug in table.places]


def _tags(contender: Contender, since: datetime) -> dict[str, list[dict[str, Any]]]:
    counted = dict(_run(_TAGS, contender, since))

    def of(names: Sequence[str]) -> list[dict[str, Any]]:
        rows = [{"tag": name, "count": counted[name]} for name in names if counted.get(name)]
        return sorted(rows, key=lambda row: (-row["count"], row["tag"]))

    return {"praise": of(PRAISE), "blame": of(BLAME)}


def _exposure(contender: Contender, since: datetime) -> dict[str, Any]:
    ((own, all),) = _run(_SHARE, contender, since)
    return {"sides": own, "of": all, "share": f"{own / all:.6f}" if all else None}


def _examples(contender: Contender, since: datetime) -> list[dict[str, Any]]:
    votes = publishable().filter(battle__sides__contender=contender, at__gte=since, retraction=None).exclude(outcome=Outcome.SKIP)
    votes = votes.exclude(battle__prompt__held_out=True)
    found = votes.select_related("battle").prefetch_related("context", "battle__sides", "battle__turns__answers").order_by("-at").distinct()
    examples = (_example(vote, contender.pk) for vote in found[: 2 * EXAMPLES])
    return [example for example in examples if example is not None][:EXAMPLES]


def _example(vote: Vote, contender: int) -> dict[str, Any] | None:
    """The conversation up to the vote as this side had it; None where another had the side in the end, or nothing is there to be read."""
    if contender not in vote.contenders:
        return None
    place = vote.contenders.index(contender)
    turns = [
        {"prompt": "".join(part.get("text", "") for part in turn.content), "answer": text}
        for turn in sorted(vote.battle.turns.all(), key=lambda turn: turn.number)
        if turn.number <= vote.turn and (text := _said(turn, place, vote)) is not None
    ]
    if not turns:
        return None
    own, others = vote.ranks[place], [rank for at, rank in enumerate(vote.ranks) if at != place]
    result = "both_bad" if vote.outcome == Outcome.BOTH_BAD else "won" if own < min(others) else "tied" if own == min(others) else "lost"
    letter = "abcdef"[place]
    context = getattr(vote, "context", None)
    return {
        "date": vote.at.date(),
        "category": vote.battle.category,
        "language": vote.battle.language,
        "result": result,
        "rated": vote.rated,
        "tags": list(context.reasons.get(letter, [])) if context else [],
        "turns": turns,
    }


def _said(turn: Any, place: int, vote: Vote) -> str | None:
    """What stood at this place at last in a turn: of the newest attempt and draw."""
    attempt = vote.attempt if turn.number == vote.turn else turn.attempt
    given = [answer for answer in turn.answers.all() if answer.attempt == attempt and answer.status not in RUNNING]
    sides = {side.pk: side for side in vote.battle.sides.all()}
    own = [answer for answer in given if sides[answer.side_id].position == place]
    return max(own, key=lambda answer: sides[answer.side_id].draw).text if own else None
