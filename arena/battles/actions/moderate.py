"""What operators decide about answers, and what is taken from everybody's sight."""

from django.db import transaction
from django.db.models import Q

from arena import clock
from arena.battles.models import RUNNING, Answer, Report, Status, Withheld
from arena.errors import Conflict, NotFound, StillStreaming
from arena.prompts import budgets
from arena.users.models import User


@transaction.atomic
def decide_report(*, report_id: int, decision: str, note: str, by: User) -> Report:
    """Close a report, and all other open ones about the same answer, with a decision that stays on record.

    dismissed: nothing is wrong. upheld: it is, and the battle is not published; the voter still sees the answer. withheld: nobody but
    operators sees it any more, in whichever battle of its panel it is shown. The same decision again changes nothing. Raises NotFound, Conflict (decided otherwise), StillStreaming.
    """
    answer = Answer.objects.select_related("side", "turn__battle").filter(reports=report_id).first()
    if answer is None:
        raise NotFound("There is no such report.")
    shown = _held_everywhere(answer)  # first, as whoever deletes a battle holds them
    report = Report.objects.select_for_update().get(pk=report_id)
    if report.state == Report.State.CLOSED:
        if report.decision == decision:
            return report
        raise Conflict("This report was decided otherwise already; nothing was changed. Load the queue again.")
    if decision == Report.Decision.WITHHELD:
        for one in shown:
            withhold(one)
    closed = {"state": Report.State.CLOSED, "decision": decision, "note": note, "closed_at": clock.now(), "closed_by": by}
    Report.objects.filter(answer=answer, state=Report.State.OPEN).update(**closed)
    report.refresh_from_db()
    return report


def _held_everywhere(answer: Answer) -> list[int]:
    """The answer and its copies in other battles of its panel, held until the transaction ends; no further copy is made meanwhile."""
    battle = answer.turn.battle
    if battle.prompt_id is not None:
        budgets.hold("panels", battle.prompt_id)
    panel = battle.reuses_id or battle.pk
    copies = Q(turn__battle=panel) | Q(turn__battle__reuses=panel)
    alike = Q(turn__number=0, side__contender=answer.side.contender_id, text=answer.text, reasoning=answer.reasoning)
    found = Answer.objects.filter(Q(pk=answer.pk) | (copies & alike)).values("pk")
    return list(Answer.objects.select_for_update().filter(pk__in=found).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def withhold(answer_id: int) -> None:
    """Show an answer that has ended to nobody but operators any more; it counts as failed. Again it changes nothing. Raises StillStreaming."""
    answer = Answer.objects.select_for_update().get(pk=answer_id)
    if answer.status in RUNNING:
        raise StillStreaming("This answer is still being written; decide when it has ended.")
    if answer.error == "withheld":
        return
    Withheld.objects.create(answer=answer, text=answer.text, reasoning=answer.reasoning, at=clock.now())
    answer.text, answer.reasoning, answer.remarks, answer.status, answer.error = "", "", [], Status.FAILED, "withheld"
    answer.save(update_fields=["text", "reasoning", "remarks", "status", "error"])
