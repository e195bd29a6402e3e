"""Verbs about contenders; every one leaves a line in the register."""

from typing import Any

from django.db import transaction

from arena import clock
from arena.contenders.models import Contender, Event, State

_KIND_OF = {
    State.PRIVATE_TEST: Event.Kind.PRIVATE_TEST,
    State.PRELIMINARY: Event.Kind.RELEASED,
    State.LISTED: Event.Kind.RELEASED,
    State.RETIRED: Event.Kind.RETIRED,
}


@transaction.atomic
def register(*, slug: str, state: State = State.LISTED, reason: str = "", **fields: Any) -> Contender:
    """Add a contender, or bring the description of a known one up to date; its state is then left alone."""
    contender, fresh = Contender.objects.get_or_create(slug=slug, defaults={**fields, "state": state})
    if fresh:
        Event.objects.create(contender=contender, kind=Event.Kind.ADDED, reason=reason, at=clock.now())
        if state in _KIND_OF:
            Event.objects.create(contender=contender, kind=_KIND_OF[state], reason=reason, at=clock.now())
    else:
        for name, value in fields.items():
            setattr(contender, name, value)
        contender.save(update_fields=list(fields))
        contender.refresh_from_db()
    return contender


@transaction.atomic
def change_state(*, contender: Contender, state: State, reason: str) -> None:
    """Move a contender to another state and say why in the register; the same state again changes nothing."""
    locked = Contender.objects.select_for_update().get(pk=contender.pk)
    if locked.state == state:
        return
    locked.state = state
    locked.save(update_fields=["state"])
    if state in _KIND_OF:
        Event.objects.create(contender=locked, kind=_KIND_OF[state], reason=reason, at=clock.now())


@transaction.atomic
def note_renaming(*, contender: Contender, before: str, by: str) -> None:
    """Write into the register that a contender has another name now: what was behind it stays on the board."""
    Event.objects.create(contender=contender, kind=Event.Kind.RENAMED, reason=f"was {before}, renamed by {by}", at=clock.now())
