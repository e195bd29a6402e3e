"""The word of people that an epoch may go on chain."""

from django.db import transaction

from arena.credits import queries
from arena.credits.models import Approval, Epoch
from arena.errors import Conflict, NotFound, SecondPersonNeeded
from arena.users.models import User


@transaction.atomic
def approve_epoch(*, number: int, by: User) -> Epoch:
    """Say that an epoch that needs two people (`queries.needed`) may be posted; the same word again changes nothing.

    Two different people are needed, of whom who sealed it by hand is one. Raises NotFound, SecondPersonNeeded for who sealed it, and
    Conflict where nothing waits for anybody's word.
    """
    epoch = Epoch.objects.select_for_update(no_key=True).filter(pk=number).first()
    if epoch is None:
        raise NotFound("There is no such epoch.")
    if epoch.approvals.filter(by=by).exists():
        return epoch
    if epoch.sealed_by_id == by.pk:
        raise SecondPersonNeeded("You sealed this epoch; somebody else has to approve it.")
    if queries.approved(epoch):
        raise Conflict("This epoch waits for nobody's approval; nothing was changed.")
    Approval.objects.create(epoch=epoch, by=by)
    return epoch
