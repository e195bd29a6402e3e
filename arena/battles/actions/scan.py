"""Looking at texts that are there already: for personal data before anything is published, and by the checker outside."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from django.db import connection, transaction
from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from arena import clock
from arena.battles.actions.moderate import withhold
from arena.battles.models import RUNNING, Answer, Asked, Scan, Vote
from arena.moderation import actions as moderation
from arena.moderation import current, personal, remote
from arena.moderation.categories import Finding, Rules, judged, remarks, strictest
from arena.moderation.queries import unchecked

LOOKED_AT_ONCE = 200
# Turns of which a checker refuses every answer, before it has judged any: it may refuse them all.
MOST_REFUSED = 10
# As for styles: longer than a vote's transaction takes and clocks differ.
MARGIN_MILLISECONDS = 120_000
# Answers of battles that were opened longer ago are not asked about any more.
ASKED_WITHIN = timedelta(hours=2)

# What a vote judged: prompts up to its turn, the judged contenders' answers, and what its voter wrote about them.
_TEXTS = """
SELECT v.id, t.number, NULL::int AS position, t.content::text AS text
FROM battles_vote v JOIN battles_turn t ON t.battle_id = v.battle_id AND t.number <= v.turn WHERE v.id = ANY(%(votes)s)
UNION ALL
SELECT v.id, t.number, s.position, a.reasoning || E'\\n' || a.text
FROM battles_vote v
JOIN battles_turn t ON t.battle_id = v.battle_id AND t.number <= v.turn
JOIN battles_answer a ON a.turn_id = t.id AND a.attempt = t.attempt
JOIN battles_side s ON s.id = a.side_id AND s.contender_id = v.contenders[s.position + 1]
WHERE v.id = ANY(%(votes)s)
UNION ALL
SELECT x.vote_id, NULL, NULL, x.comment FROM battles_votecontext x WHERE x.vote_id = ANY(%(votes)s)
"""
_WANTED = """
SELECT v.id FROM battles_vote v WHERE v.id = ANY(%s)
  AND NOT EXISTS (SELECT FROM battles_scan c WHERE c.vote_id = v.id AND c.scanner = %s)
  AND NOT EXISTS (SELECT FROM battles_erasure e WHERE e.battle_id = v.battle_id)
"""


def scan_texts() -> int:
    """Look for personal data in what was judged since the last time, in small transactions; gives how many votes. Again it changes nothing.

    A new version of the scanner looks at everything again.
    """
    done, after = 0, _scanned_until()
    while votes := list(Vote.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:LOOKED_AT_ONCE]):
        done, after = done + _scan(votes), votes[-1]
    return done


def _scanned_until() -> uuid.UUID:
    newest = Scan.objects.filter(scanner=personal.NAME).order_by("-pk").values_list("pk", flat=True).first()
    return uuid.UUID(int=max((newest.int >> 80) - MARGIN_MILLISECONDS, 0) << 80) if newest else uuid.UUID(int=0)


def _scan(votes: list[uuid.UUID]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, [votes, personal.NAME])
        wanted = [row[0] for row in cursor.fetchall()]
        cursor.execute(_TEXTS, {"votes": wanted})
        rows = cursor.fetchall() if wanted else []
    found: dict[uuid.UUID, dict[str, dict[str, list[str]]]] = defaultdict(dict)
    for vote, turn, position, text in rows:
        place = "comment" if turn is None else "prompt" if position is None else "abcdef"[position]
        found[vote].setdefault("" if turn is None else str(turn), {})[place] = sorted(personal.kinds(text))
    now = clock.now()
    scans = [
        Scan(vote_id=vote, scanner=personal.NAME, found=texts, is_clean=not any(any(kinds.values()) for kinds in texts.values()), at=now)
        for vote, texts in found.items()
    ]
    fields = ["scanner", "found", "is_clean", "at"]
    Scan.objects.bulk_create(scans, update_conflicts=True, unique_fields=["vote"], update_fields=fields)
    return len(scans)


def ask_about_answers() -> int:
    """Ask the checker outside about answers that have ended, all sides of a turn together; gives how many. Nothing where none is set.

    An answer that it refuses is noted as unchecked, and counts as asked about where it judges others: it may also be set up wrongly, and
    then all are asked about again. Where it says nothing at all the turn waits behind all others.
    """
    rules, done, failures = current.rules(), 0, 0
    refused: list[list[Answer]] = []
    if not remote.is_asked(rules):
        return 0
    for _turn, answers in groupby(_unasked(), key=attrgetter("turn_id")):
        sides = list(answers)
        try:
            found = [_found(answer, rules) for answer in sides]
        except remote.CheckFailed as error:
            for answer in sides:
                moderation.flag_unchecked("answer", str(error), str(answer.pk))
            failures += 1
            if failures == remote.FAILURES:
                break
            continue
        failures = 0
        if all(one is None for one in found):
            refused.append(sides)
            if not done and len(refused) == MOST_REFUSED:
                break
        else:
            done += _take(sides, [one or [] for one in found])
    return done + sum(_take(sides, [[]] * len(sides)) for sides in refused if done)


def _found(answer: Answer, rules: Rules) -> list[Finding] | None:
    """What is found in an answer; None where the checker refuses it. Raises CheckFailed."""
    try:
        return remote.ask(f"{answer.reasoning}\n{answer.text}".strip(), rules)
    except remote.Refused as error:
        moderation.flag_unchecked("answer", str(error), str(answer.pk))
        return None


def _unasked() -> list[Answer]:
    """Those that it gave no verdict on last, so that no answer, however long its author made it, keeps it from the others."""
    since = clock.now() - ASKED_WITHIN
    opened = uuid.UUID(int=(int(since.timestamp() * 1000) << 80))
    ended = Answer.objects.filter(turn__battle__gt=opened, asked=None).exclude(status__in=RUNNING).exclude(text="", reasoning="")
    tried = unchecked("answer").filter(subject=Cast(OuterRef("pk"), CharField())).values("at")[:1]
    return list(ended.order_by(Subquery(tried).asc(nulls_first=True), "turn_id", "pk")[:LOOKED_AT_ONCE])


@transaction.atomic
def _take(sides: Sequence[Answer], found: Sequence[Sequence[Finding]]) -> int:
    """Do what the rules say about what was found, for all sides at once; gives how many."""
    rules, now = current.rules(), clock.now()
    Asked.objects.bulk_create([Asked(answer=answer, at=now) for answer in sides], ignore_conflicts=True)
    for answer, findings in zip(sides, found, strict=True):
        held = judged(findings, "answer", rules)
        moderation.flag("answer", str(answer.pk), held)
        if strictest(held) == "block":
            withhold(answer.pk)
        elif warned := remarks(held):
            told = list(dict.fromkeys([*answer.remarks, *warned]))
            Answer.objects.filter(pk=answer.pk).exclude(error="withheld").update(remarks=told)
    return len(sides)
