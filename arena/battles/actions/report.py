"""Complaints about answers."""

import uuid
from collections.abc import Iterable

from django.db import transaction

from arena import clock
from arena.battles.actions import converse
from arena.battles.models import Answer, Report
from arena.errors import AlreadyReported, InvalidInput, NotFound, StillStreaming
from arena.users.models import User


@transaction.atomic
def report_answer(*, battle_id: uuid.UUID, person: User, side: str, turn: int, reason: str, comment: str = "") -> Report:
    """Put one answer of the person's battle into the operators' queue, once; the same report again gives the first one.

    Of several attempts the latest is meant. Raises NotFound (no such turn), InvalidInput (no such side), StillStreaming (nothing was written yet), AlreadyReported (for another
    reason).
    """
    battle = converse.lock(battle_id, person)
    rows = list(Answer.objects.select_related("side").filter(turn__battle=battle, turn__number=turn).order_by("-attempt", "-side__draw"))
    if not rows:
        raise NotFound("This battle has no such answer.")
    answer = next((row for row in rows if row.side.letter == side), None)
    if answer is None:
        raise InvalidInput("This battle has no such side.")
    if not (answer.text or answer.reasoning):
        raise StillStreaming("There is nothing to report yet: this side has not written anything.")
    report, fresh = Report.objects.get_or_create(
        person=person, answer=answer, defaults={"reason": reason, "comment": comment, "at": clock.now()}
    )
    if not fresh and report.reason != reason:
        raise AlreadyReported("You have reported this answer already; the first report is being looked at.")
    return report


@transaction.atomic
def close_reports(*, reports: Iterable[int], by: User) -> int:
    """Take reports off the queue, dismissed; gives how many were open."""
    waiting = Report.objects.select_for_update().filter(pk__in=list(reports), state=Report.State.OPEN)
    for report in waiting:
        report.state, report.decision, report.closed_at, report.closed_by = Report.State.CLOSED, Report.Decision.DISMISSED, clock.now(), by
        report.save(update_fields=["state", "decision", "closed_at", "closed_by"])
    return len(waiting)
