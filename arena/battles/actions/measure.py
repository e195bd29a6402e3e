"""What judged answers look like, in numbers: taken while the texts are there, kept when they are not any more."""

import uuid
from collections.abc import Iterable
from dataclasses import astuple
from itertools import groupby
from operator import itemgetter

from django.db import connection

from arena.battles.models import Vote, VoteStyle
from arena.ratings.style import measure

LOOKED_AT_ONCE = 200
# Ids ascend with the clock of whoever cast the vote. Votes are looked for from so long before the newest measured one: longer than a vote's
# transaction takes and clocks differ, short enough that a look at an idle arena reads next to nothing.
MARGIN_MILLISECONDS = 120_000

# Of votes that are to be measured, the answers of the whole conversation, each turn's last attempt, by whom was judged.
_UNMEASURED = """
SELECT v.id, cardinality(v.contenders), s.position, a.text
FROM battles_vote v
JOIN battles_turn t ON t.battle_id = v.battle_id AND t.number <= v.turn
JOIN battles_answer a ON a.turn_id = t.id AND a.attempt = t.attempt
JOIN battles_side s ON s.id = a.side_id AND s.contender_id = v.contenders[s.position + 1]
WHERE v.id = ANY(%s) AND v.rated
  AND NOT EXISTS (SELECT FROM battles_votestyle y WHERE y.vote_id = v.id)
  AND NOT EXISTS (SELECT FROM battles_erasure e WHERE e.battle_id = v.battle_id)
ORDER BY v.id, s.position, t.number
"""
# A vote, how many sides it judged, a position, and what that one said in a turn.
Said = tuple[uuid.UUID, int, int, str]


def measure_styles() -> int:
    """Measure the answers of votes cast since the last time, in small transactions; gives how many votes. Again it changes nothing.

    Votes that no board counts, and those whose texts were deleted before, get no numbers.
    """
    done, after = 0, _measured_until()
    # Along the primary key alone: what is new is found without looking at what is not.
    while votes := list(Vote.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:LOOKED_AT_ONCE]):
        found = [
            row for (vote, sides), texts in groupby(_unmeasured(votes), key=itemgetter(0, 1)) if (row := _measured(vote, sides, texts))
        ]
        VoteStyle.objects.bulk_create(found, ignore_conflicts=True)
        done, after = done + len(found), votes[-1]
    return done


def _measured_until() -> uuid.UUID:
    """Every vote with an id below this one, and with texts, has been measured."""
    newest = VoteStyle.objects.order_by("-pk").values_list("pk", flat=True).first()
    return uuid.UUID(int=max((newest.int >> 80) - MARGIN_MILLISECONDS, 0) << 80) if newest else uuid.UUID(int=0)


def _unmeasured(votes: list[uuid.UUID]) -> list[Said]:
    """In the order of votes, positions and turns."""
    with connection.cursor() as cursor:
        cursor.execute(_UNMEASURED, [votes])
        rows: list[Said] = cursor.fetchall()
    return rows


def _measured(vote: uuid.UUID, sides: int, texts: Iterable[Said]) -> VoteStyle | None:
    """A vote's numbers: by side, the sums over its turns. None where a side's answers are gone."""
    by_side = [list(rows) for _, rows in groupby(texts, key=itemgetter(2))]
    if len(by_side) < sides:
        return None
    counts = [[sum(column) for column in zip(*(astuple(measure(text)) for *_, text in rows), strict=True)] for rows in by_side]
    return VoteStyle(vote_id=vote, counts=counts)
