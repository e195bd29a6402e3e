"""A conversion is taken back."""

import uuid

from django.db import transaction

from arena.credits import queries
from arena.credits.actions.seal import hold_seal
from arena.credits.models import Conversion, Void
from arena.errors import Conflict, NotFound
from arena.ledger import actions as ledger
from arena.users.models import User


@transaction.atomic
def void_conversion(*, id: uuid.UUID, reason: str, by: User | None) -> Void:
    """Take a conversion back: its points are available again to whoever its owner is now, debts first; again it changes nothing.

    Raises NotFound, and Conflict while an epoch that was not vetoed before its activation pays it: then somebody could have both.
    """
    hold_seal()
    conversion = Conversion.objects.select_related("transfer", "sealed").filter(pk=id).first()
    if conversion is None:
        raise NotFound("There is no such conversion.")
    if (seen := Void.objects.filter(conversion=conversion).first()) is not None:
        return seen
    newest = queries.newest_number()
    if (sealed := getattr(conversion, "sealed", None)) is not None:
        holding = queries.good_numbers() & set(range(sealed.epoch_id, newest + 1))
        if holding:
            raise Conflict(f"Epoch {min(holding)} pays this conversion; it can be taken back once that was vetoed. Nothing was changed.")
    transfer = ledger.give_back(key=f"void:{id}", conversion=conversion.transfer, reason="voided")
    return Void.objects.create(conversion=conversion, reason=reason, by=by, transfer=transfer, after=newest)
