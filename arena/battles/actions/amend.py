"""Facts about votes of the past: struck, or about something else than was thought."""

import uuid

from django.db import transaction

from arena import clock
from arena.battles.models import Battle, Correction, Retraction, Vote
from arena.errors import NotFound
from arena.ledger import actions as ledger
from arena.users.models import User
from arena.votelog import actions as votelog
from arena.votelog import commitment
from arena.votelog import queries as log


@transaction.atomic
def retract_vote(*, vote_id: uuid.UUID, reason: str, by: User | None = None) -> Retraction:
    """Strike a vote, once: every board that counts it is folded anew without it, and its points are taken back.

    Raises NotFound for no vote, and for one that the log has not numbered yet.
    """
    vote = Vote.objects.filter(pk=vote_id).select_for_update(of=("self",)).first()
    if vote is None or (seq := log.seq_of("vote", vote.pk)) is None:
        raise NotFound("There is no such vote, or the log has not numbered it yet.")
    if struck := Retraction.objects.filter(vote=vote).first():
        return struck
    row = Retraction.objects.create(vote=vote, reason=reason, by=by, salt=clock.new_salt())
    opening = {"v": 1, "vote": seq, "reason": reason}
    votelog.submit(kind="retraction", subject=row.pk, commit=commitment.commit(bytes(row.salt), opening))
    if vote.award:
        ledger.take_back(key=f"award:{vote.pk}", reason="vote_retracted")
    return row


@transaction.atomic
def correct_labels(*, battle_id: uuid.UUID, category: str, language: str, by: User | None = None) -> Correction:
    """Say what a voted battle was about; boards of the old and of the new labels are folded anew. The same again changes nothing.

    Raises NotFound for no such battle, and for one whose vote the log has not numbered yet.
    """
    voted = Battle.objects.filter(pk=battle_id, vote__isnull=False).select_related("vote")
    battle = voted.select_for_update(of=("self",), no_key=True).first()
    if battle is None or (seq := log.seq_of("vote", battle.vote.pk)) is None:
        raise NotFound("There is no such battle with a vote, or the log has not numbered it yet.")
    newest = Correction.objects.filter(battle=battle).order_by("-pk").first()
    if newest and (newest.category, newest.language) == (category, language):
        return newest
    row = Correction.objects.create(battle=battle, category=category, language=language, by=by, salt=clock.new_salt())
    opening = {"v": 1, "vote": seq, "category": category, "language": language}
    votelog.submit(kind="correction", subject=row.pk, commit=commitment.commit(bytes(row.salt), opening))
    return row
