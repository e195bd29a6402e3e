"""Reading what was found, and trying the rules on a text."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from arena import clock
from arena.moderation import checker, current, personal, remote
from arena.moderation.categories import Finding, Target, judged, strictest
from arena.moderation.models import Flag

WEEK = timedelta(days=7)
UNCHECKED = "unchecked"


def counts() -> list[dict[str, Any]]:
    """How often each category was found in prompts and in answers, and what was done: in a day, and in a week."""
    now = clock.now()
    rows = Flag.objects.filter(at__gt=now - WEEK).values("kind", "category", "action").order_by("category", "kind", "action")
    counted = rows.annotate(day=Count("id", filter=Q(at__gt=now - timedelta(days=1))), week=Count("id"))
    return [dict(row) for row in counted]


def unchecked(kind: str) -> QuerySet[Flag]:
    """Of texts with an id, those that the checker outside was asked about and gave no verdict on; `at` is when it last was."""
    return Flag.objects.filter(kind=kind, category=UNCHECKED).exclude(subject="")


def tried(text: str, target: Target) -> dict[str, Any]:
    """What the rules in force would do about a text: found, action, and where personal data stands. Asks the checker outside too, if one is set."""
    rules = current.rules()
    asked: list[Finding] = []
    failure: str | None = None
    if remote.is_asked(rules):
        try:
            asked = remote.ask(text, rules)
        except remote.CheckFailed as error:
            failure = str(error)
    found = judged([*checker.find(text, target, rules), *asked], target, rules)
    seen = personal.normal(text)
    return {
        "action": strictest(found),
        "found": [one._asdict() for one in found],
        "personal": [{"kind": one.kind, "text": seen[one.start : one.end]} for one in personal.scan(text)],
        "failure": failure,
    }
