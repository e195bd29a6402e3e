"""Verbs about organisations."""

from django.db import transaction

from arena import clock
from arena.contenders.models import Contender
from arena.errors import Conflict, Forbidden, NotFound, SignInRequired
from arena.users.models import User
from arena.users.queries import hold_present
from arena.vendors.models import Entry, Membership, Organisation, Role

MOST_ORGANISATIONS = 5


@transaction.atomic
def found_organisation(*, by: User, slug: str, name: str, website: str = "") -> Organisation:
    """A new organisation whose first owner is `by`. Raises SignInRequired for a guest, Conflict for a slug in use or too many."""
    hold_registered(by)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # so that two requests at once count each other
    if Membership.objects.filter(user=by, role=Role.OWNER).count() >= MOST_ORGANISATIONS:
        raise Conflict(f"You own {MOST_ORGANISATIONS} organisations already, which is as many as one person may.")
    organisation, fresh = Organisation.objects.get_or_create(
        slug=slug, defaults={"name": name, "website": website, "created_at": clock.now()}
    )
    if not fresh:
        raise Conflict("An organisation with this address is here already; choose another one.")
    Membership.objects.create(organisation=organisation, user=by, role=Role.OWNER, at=clock.now())
    return organisation


@transaction.atomic
def join(*, organisation: Organisation, user: User, role: Role = Role.MEMBER) -> Membership:
    """Let a person speak for an organisation; whoever does already keeps the role they have. Raises SignInRequired for a guest."""
    hold_registered(user)
    membership, _ = Membership.objects.get_or_create(organisation=organisation, user=user, defaults={"role": role, "at": clock.now()})
    return membership


@transaction.atomic
def leave(*, organisation: Organisation, user: User) -> None:
    """Let a person speak for it no more. Raises NotFound for who does not, Conflict for the last owner of one that has other members."""
    memberships = list(Membership.objects.select_for_update().filter(organisation=organisation).order_by("pk"))
    mine = next((row for row in memberships if row.user_id == user.pk), None)
    if mine is None:
        raise NotFound("This person is not a member.")
    others = [row for row in memberships if row is not mine]
    if others and not any(row.role == Role.OWNER for row in others):
        raise Conflict("This is its last owner. Make somebody else an owner first.")
    mine.delete()


@transaction.atomic
def enter(*, organisation: Organisation, contender: Contender) -> Entry:
    """Record that a contender is this organisation's; again it changes nothing. Raises Conflict when it is another one's."""
    entry, _ = Entry.objects.get_or_create(contender=contender, defaults={"organisation": organisation, "at": clock.now()})
    if entry.organisation_id != organisation.pk:
        raise Conflict("This contender belongs to another organisation.")
    return entry


def hold_registered(user: User) -> None:
    """Keep a person with an account from being deleted until the transaction ends; raises SignInRequired, NotSignedIn."""
    if user.is_guest:
        raise SignInRequired("Make an account first: an organisation is for people who can come back.")
    hold_present(user)


def require_owner(membership: Membership) -> None:
    """Raises Forbidden for a member who is no owner."""
    if membership.role != Role.OWNER:
        raise Forbidden("Only an owner of the organisation may do this; ask one of them.")
