"""What operators see of moderation: rules and counts, findings with their texts, reported answers. Read only."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from arena.battles import waiting
from arena.battles.models import Answer, Report, Turn, Withheld
from arena.battles.queries import words
from arena.moderation import checker, current, queries
from arena.moderation.categories import CATEGORIES
from arena.moderation.models import Flag, RuleSet
from arena.users.models import User

SHOWN_CHARS = 600


def document(user: User) -> dict[str, Any]:
    """The rules in force, counts, and what this person may do."""
    newest = RuleSet.objects.select_related("by").order_by("-version").first()
    rules = current.rules_of_row(newest)
    return {
        "version": rules.version,
        "checker": checker.NAME,
        "categories": [
            {
                "name": name,
                "title": category.title,
                "prompt": rules.action(name, "prompt"),
                "answer": rules.action(name, "answer"),
                "words": list(rules.words.get(name, ())),
            }
            for name, category in CATEGORIES.items()
        ],
        "remote": rules.remote,
        "remote_set": bool(settings.MODERATION_URL),
        "timeout_ms": rules.timeout_ms,
        "on_failure": rules.on_failure,
        "changed_by": newest.by.display_name if newest and newest.by else None,
        "changed_at": newest.at if newest else None,
        "reason": newest.reason if newest else None,
        "counts": queries.counts(),
        "open_reports": Report.objects.filter(state=Report.State.OPEN).count(),
        "can": {
            "change": user.has_perm("moderation.add_ruleset"),
            "findings": user.has_perm("moderation.view_flag"),
            "reports": user.has_perm("battles.view_report"),
            "decide": user.has_perm("battles.change_report"),
        },
    }


def flags(rows: Sequence[Flag]) -> list[dict[str, Any]]:
    """Findings, each with the beginning of its text."""
    ids = {kind: [int(row.subject) for row in rows if row.kind == kind and row.subject] for kind in ("prompt", "answer")}
    prompts = {turn.pk: words(turn) for turn in Turn.objects.filter(pk__in=ids["prompt"])}
    answers = dict(Answer.objects.filter(pk__in=ids["answer"]).values_list("pk", "text"))
    answers |= dict(Withheld.objects.filter(pk__in=ids["answer"]).values_list("pk", "text"))
    texts: dict[str, dict[int, str]] = {"prompt": prompts, "answer": answers}
    return [
        {
            **{name: getattr(row, name) for name in ("id", "kind", "category", "action", "rule", "checker", "rules", "at")},
            "text": texts[row.kind].get(int(row.subject), "")[:SHOWN_CHARS] or None if row.subject else None,
        }
        for row in rows
    ]


def reports(rows: Sequence[Report]) -> list[dict[str, Any]]:
    """Reported answers with all that a decision needs; a withheld one with the words that it had."""
    related = ("answer__side__contender", "answer__turn__battle__vote", "answer__withheld", "closed_by")
    found = Report.objects.select_related(*related).in_bulk([row.pk for row in rows])
    is_open = Q(state=Report.State.OPEN)
    answers = {report.answer_id for report in found.values()}
    open_now = dict(Report.objects.filter(is_open, answer__in=answers).values_list("answer").annotate(Count("id")))
    untold = waiting.untold([report.answer.turn.battle for report in found.values()])
    return [_report(found[row.pk], open_now.get(row.answer_id, 0), untold) for row in rows]


def _report(report: Report, open_now: int, untold: Collection[uuid.UUID]) -> dict[str, Any]:
    answer = report.answer
    held = getattr(answer, "withheld", None)
    text = held or answer
    return {
        **{name: getattr(report, name) for name in ("id", "reason", "comment", "state", "at", "note", "closed_at")},
        "decision": report.decision or None,
        "closed_by": report.closed_by.display_name if report.closed_by else None,
        "others": max(0, open_now - 1) if report.state == Report.State.OPEN else open_now,
        "turn": answer.turn.number,
        "side": answer.side.letter,
        "contender": "" if answer.turn.battle_id in untold else answer.side.contender.name,
        "prompt": words(answer.turn),
        "reasoning": text.reasoning,
        "text": text.text,
        "withheld": held is not None,
    }
