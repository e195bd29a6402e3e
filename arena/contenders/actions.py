"""Verbs about contenders; every one leaves a line in the register."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Min, Q

from arena import clock
from arena.contenders.models import Contender, Event, State
from arena.errors import Conflict

# From where to where. What was public once stays so: a rating that was seen is not hidden again.
MOVES = {
    State.DRAFT: (State.PRIVATE_TEST, State.PRELIMINARY, State.LISTED),
    State.PRIVATE_TEST: (State.PRELIMINARY, State.LISTED, State.RETIRED),
    State.PRELIMINARY: (State.LISTED, State.RETIRED),
    State.LISTED: (State.PRELIMINARY, State.RETIRED),
    State.RETIRED: (State.PRELIMINARY, State.LISTED),
}
_KIND_OF = {
    State.PRIVATE_TEST: Event.Kind.PRIVATE_TEST,
    State.PRELIMINARY: Event.Kind.RELEASED,
    State.LISTED: Event.Kind.RELEASED,
    State.RETIRED: Event.Kind.RETIRED,
}
# What people saw when they voted: another one is another contender.
BEHAVIOUR = ("system_prompt",)


@transaction.atomic
def register(*, slug: str, state: State = State.LISTED, reason: str = "", **fields: Any) -> Contender:
    """Add a contender, or bring the description of a known one up to date; its state is then left alone."""
    contender, fresh = Contender.objects.get_or_create(slug=slug, defaults={**fields, "state": state})
    if fresh:
        note(contender=contender, kind=Event.Kind.ADDED, reason=reason)
        if state in _KIND_OF:
            note(contender=contender, kind=_KIND_OF[state], reason=reason)
    else:
        for name, value in fields.items():
            setattr(contender, name, value)
        contender.save(update_fields=list(fields))
        contender.refresh_from_db()
    return contender


def add(*, slug: str, reason: str, **fields: Any) -> Contender:
    """A new contender, as a draft. Raises Conflict when the slug is taken."""
    try:
        with transaction.atomic():
            contender = Contender.objects.create(slug=slug, state=State.DRAFT, by_hand=True, **fields)
            note(contender=contender, kind=Event.Kind.ADDED, reason=reason)
            return contender
    except IntegrityError as error:
        raise Conflict(f"There is a contender called {slug} already, or was; take another short name.") from error


@transaction.atomic
def describe(*, contender: Contender, **fields: Any) -> Contender:
    """Change what is told of a contender, by hand: no file changes it back. A new name leaves its line in the register.

    Raises Conflict for another behaviour of one that is or was public: that is another contender.
    """
    held = Contender.objects.select_for_update().get(pk=contender.pk)
    if not held.hidden and any(name in fields and fields[name] != getattr(held, name) for name in BEHAVIOUR):
        raise Conflict("Votes are about what people saw. With another system prompt it is another contender: add one, and retire this one.")
    before = held.name
    for name, value in {**fields, "by_hand": True}.items():
        setattr(held, name, value)
    held.save()
    if held.name != before:
        note_renaming(contender=held, before=before)
    return held


@transaction.atomic
def change_state(*, contender: Contender, state: State, reason: str) -> Contender:
    """Move a contender to another state and say why in the register; the same state again changes nothing.

    A private test is disclosed with the move that makes the contender public. Raises Conflict for a move that there is not (`MOVES`).
    """
    held = Contender.objects.select_for_update().get(pk=contender.pk)
    if held.state == state:
        return held
    before = State(held.state)
    if state not in MOVES[before]:
        raise Conflict(f"A contender that is {before.label.lower()} cannot become {state.label.lower()}.")
    held.state = state
    held.save(update_fields=["state"])
    if before == State.PRIVATE_TEST:
        note(contender=held, kind=Event.Kind.DISCLOSED, reason=reason, facts=_private_test(held))
    known = before in (State.PRELIMINARY, State.LISTED)
    kind = Event.Kind.LISTED if known and state in (State.PRELIMINARY, State.LISTED) else _KIND_OF[state]
    note(contender=held, kind=kind, reason=reason, facts={"state": state})
    return held


@transaction.atomic
def quarantine(*, contender: Contender, reason: str, facts: Mapping[str, Any] | None = None) -> Event | None:
    """Rate no vote on a contender until an operator clears it. None when it is in quarantine already."""
    if not Contender.objects.filter(pk=contender.pk, quarantined_at=None).update(quarantined_at=clock.now()):
        return None
    return note(contender=contender, kind=Event.Kind.QUARANTINED, reason=reason, facts=facts)


@transaction.atomic
def clear(*, contender: Contender, reason: str) -> Event | None:
    """Rate votes on a contender again. None when it is not in quarantine."""
    if not Contender.objects.filter(pk=contender.pk, quarantined_at__isnull=False).update(quarantined_at=None):
        return None
    return note(contender=contender, kind=Event.Kind.CLEARED, reason=reason)


def hold_private_test(contender: int) -> bool:
    """Whether this contender is in private test, and then keeps it there until the transaction ends."""
    with connection.cursor() as cursor:
        wanted: list[int | str] = [contender, State.PRIVATE_TEST.value]
        cursor.execute("SELECT 1 FROM contenders_contender WHERE id = %s AND state = %s FOR SHARE", wanted)
        return cursor.fetchone() is not None


def note(*, contender: Contender, kind: Event.Kind, reason: str, facts: Mapping[str, Any] | None = None) -> Event:
    """A line of the register. It is public as soon as its contender is: no name of anybody belongs in it."""
    return Event.objects.create(contender=contender, kind=kind, reason=reason, facts=dict(facts or {}), at=clock.now())


@transaction.atomic
def note_renaming(*, contender: Contender, before: str) -> None:
    """Write into the register that a contender has another name now: what was behind it stays on the board."""
    note(contender=contender, kind=Event.Kind.RENAMED, reason=f"was {before}")


def _private_test(contender: Contender) -> dict[str, Any]:
    """Figures of a private test: since when, in how many battles it was drawn, how many of these were voted on so far.

    By the relation that the battles' table makes: that package stands above this one.
    """
    drawn = contender.sides.filter(private_test=True).values("battle")
    began = contender.events.filter(kind=Event.Kind.PRIVATE_TEST).aggregate(at=Min("at"))["at"]
    votes = contender.sides.filter(Q(private_test=True) & Q(battle__vote__isnull=False)).values("battle").distinct().count()
    return {"since": began and began.isoformat(), "battles": drawn.distinct().count(), "votes": votes}
