"""What operators decide about answers, and what is taken from everybody's sight."""

from django.db import transaction
from django.utils.translation import gettext as _

from arena import clock
from arena.battles.models import RUNNING, Answer, Report, Status, Withheld
from arena.errors import Conflict, NotFound, StillStreaming
from arena.users.models import User


@transaction.atomic
def decide_report(*, report_id: int, decision: str, note: str, by: User) -> Report:
    """Close a report, and all other open ones about the same answer, with a decision that stays on record.

    dismissed: nothing is wrong. upheld: it is, and the battle is not published; the voter still sees the answer. withheld: nobody but
    operators sees it any more. The same decision again changes nothing. Raises NotFound, Conflict (decided otherwise), StillStreaming.
    """
    answer = (
        Answer.objects.select_for_update(of=("self",)).filter(reports=report_id).first()
    )  # held first, as whoever deletes a battle does
    if answer is None:
        raise NotFound(_("There is no such report."))
    report = Report.objects.select_for_update().get(pk=report_id)
    if report.state == Report.State.CLOSED:
        if report.decision == decision:
            return report
        raise Conflict(_("This report was decided otherwise already; nothing was changed. Load the queue again."))
    if decision == Report.Decision.WITHHELD:
        withhold(answer.pk)
    closed = {"state": Report.State.CLOSED, "decision": decision, "note": note, "closed_at": clock.now(), "closed_by": by}
    Report.objects.filter(answer=answer, state=Report.State.OPEN).update(**closed)
    report.refresh_from_db()
    return report


@transaction.atomic
def withhold(answer_id: int) -> None:
    """Show an answer that has ended to nobody but operators any more; it counts as failed. Again it changes nothing. Raises StillStreaming."""
    answer = Answer.objects.select_for_update().get(pk=answer_id)
    if answer.status in RUNNING:
        raise StillStreaming(_("This answer is still being written; decide when it has ended."))
    if answer.error == "withheld":
        return
    Withheld.objects.create(answer=answer, text=answer.text, reasoning=answer.reasoning, at=clock.now())
    answer.text, answer.reasoning, answer.remarks, answer.status, answer.error = "", "", [], Status.FAILED, "withheld"
    answer.save(update_fields=["text", "reasoning", "remarks", "status", "error"])
