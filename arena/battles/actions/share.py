"""Links by which anybody may read a battle."""

import base64
import uuid

from django.db import transaction

from arena import clock
from arena.battles.actions import converse
from arena.battles.models import Share
from arena.errors import Conflict
from arena.users.models import User


@transaction.atomic
def share(*, battle_id: uuid.UUID, voter: User, index: bool = False) -> Share:
    """The battle's link, made when there is none; `index` says whether search engines may list it. Raises Conflict before the vote, and for a held-out prompt."""
    battle = converse.lock(battle_id, voter)
    if not hasattr(battle, "vote"):
        raise Conflict("Vote first: a link would show the names.")
    if battle.prompt and battle.prompt.held_out:
        raise Conflict("This prompt is kept out of sight for later tests: battles on it cannot be shared.")
    token = base64.urlsafe_b64encode(clock.new_salt()[:18]).decode()
    row, fresh = Share.objects.get_or_create(battle=battle, defaults={"token": token, "index": index, "at": clock.now()})
    if not fresh and row.index != index:
        row.index = index
        row.save(update_fields=["index"])
    return row


@transaction.atomic
def unshare(*, battle_id: uuid.UUID, voter: User) -> None:
    """Make the battle's link a dead one, for good: sharing again makes another. Harmless when there is none."""
    Share.objects.filter(battle=converse.lock(battle_id, voter)).delete()
