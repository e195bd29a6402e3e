"""Verbs about organisations, who speaks for them, and their keys."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q

from arena import clock
from arena.contenders.models import Contender
from arena.errors import Conflict, Forbidden, NotFound, SignInRequired
from arena.http.session import Caller
from arena.users.models import User
from arena.users.queries import hold_present
from arena.vendors import keys
from arena.vendors.models import ApiKey, Entry, Invitation, Membership, Organisation, Role

MOST_ORGANISATIONS, MOST_KEYS, MOST_INVITATIONS, MOST_MEMBERS = 5, 20, 20, 100
INVITATION_LASTS = timedelta(days=7)


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
def describe(*, membership: Membership, **changes: str) -> Organisation:
    """Give an organisation another name or website. Raises Forbidden for who is no owner."""
    require_owner(membership)
    Organisation.objects.filter(pk=membership.organisation_id).update(**changes)
    membership.organisation.refresh_from_db()
    return membership.organisation


@transaction.atomic
def join(*, organisation: Organisation, user: User, role: Role = Role.MEMBER) -> Membership:
    """Let a person speak for an organisation; whoever does already keeps the role they have. Raises SignInRequired for a guest."""
    hold_registered(user)
    membership, _ = Membership.objects.get_or_create(organisation=organisation, user=user, defaults={"role": role, "at": clock.now()})
    return membership


@transaction.atomic
def dismiss(*, membership: Membership, user: uuid.UUID) -> None:
    """Let a person speak for the organisation no more: oneself, or anybody, if one is an owner. Keys that they made, and know, end with it.

    Raises Forbidden, NotFound for who is no member, Conflict for the last owner of one that has other members.
    """
    if user != membership.user_id:
        require_owner(membership)
    row, others = _held(membership, user)
    if others and not any(other.role == Role.OWNER for other in others):
        raise Conflict("This is its last owner. Make somebody else an owner first.")
    known = ApiKey.objects.filter(organisation=membership.organisation_id, by=user, revoked_at=None)
    known.update(revoked_at=clock.now(), revoked_by=membership.user_id)
    row.delete()


@transaction.atomic
def set_role(*, membership: Membership, user: uuid.UUID, role: Role) -> Membership:
    """Make a member an owner, or an owner a member. Raises Forbidden, NotFound, and Conflict where no owner would be left."""
    require_owner(membership)
    row, others = _held(membership, user)
    if role != Role.OWNER and not any(other.role == Role.OWNER for other in others):
        raise Conflict("This is its last owner. Make somebody else an owner first.")
    row.role = role
    row.save(update_fields=["role"])
    return row


def _held(asker: Membership, user: uuid.UUID) -> tuple[Membership, list[Membership]]:
    """A member and all others, none of whom changes until the transaction ends; raises NotFound, and Forbidden for who was an owner until now."""
    held = Membership.objects.select_for_update(of=("self",)).filter(organisation=asker.organisation_id)
    rows = list(held.select_related("user").order_by("pk"))
    if user != asker.user_id and not any(row.user_id == asker.user_id and row.role == Role.OWNER for row in rows):
        raise Forbidden("Only an owner of the organisation may do this; ask one of them.")
    mine = next((row for row in rows if row.user_id == user), None)
    if mine is None:
        raise NotFound("This person is not a member.")
    return mine, [row for row in rows if row is not mine]


@transaction.atomic
def invite(*, membership: Membership, role: Role) -> tuple[str, Invitation]:
    """A secret that lets one person in, once, within a week; it is kept nowhere. Raises Forbidden, and Conflict when too many are open."""
    require_owner(membership)
    organisation, now = _locked(membership.organisation_id), clock.now()
    if Invitation.objects.filter(organisation=organisation, used_at=None, expires_at__gt=now).count() >= MOST_INVITATIONS:
        raise Conflict(f"{MOST_INVITATIONS} invitations are open already. Wait until one is used or expires.")
    secret = keys.new_secret()
    values = {"organisation": organisation, "role": role, "by_id": membership.user_id, "at": now, "expires_at": now + INVITATION_LASTS}
    return secret, Invitation.objects.create(digest=keys.digest_of(secret), **values)


@transaction.atomic
def accept(*, user: User, secret: str) -> Membership:
    """Come in by an invitation, which is used up by it; whoever is in already uses up nothing. Raises SignInRequired, NotFound, Conflict."""
    hold_registered(user)
    found = Invitation.objects.select_for_update().filter(digest=keys.digest_of(secret)).first()
    if found is None or found.expires_at <= clock.now():
        raise NotFound("This invitation is not one of this arena's, or it has expired. Ask for a new one.")
    organisation = _locked(found.organisation_id)
    if known := Membership.objects.filter(organisation=organisation, user=user).first():
        return known
    if found.used_at is not None:
        raise NotFound("This invitation was used already. Ask for a new one.")
    if not Membership.objects.filter(organisation=organisation, user=found.by_id, role=Role.OWNER).exists():
        raise NotFound("Who made this invitation is no owner any more. Ask for a new one.")
    if Membership.objects.filter(organisation=organisation).count() >= MOST_MEMBERS:
        raise Conflict(f"The organisation has {MOST_MEMBERS} members, which is as many as it may.")
    Invitation.objects.filter(pk=found.pk).update(used_at=clock.now())
    return join(organisation=organisation, user=user, role=Role(found.role))


@transaction.atomic
def make_key(*, membership: Membership, name: str, scopes: Sequence[str], days: int | None) -> tuple[str, ApiKey]:
    """A key, told here and never again, that holds for so many days (None: until it is revoked).

    Raises Forbidden, NotFound for who was let go meanwhile, and Conflict when there are too many, or one of this name, so that a request
    sent twice makes one key.
    """
    organisation, now = _locked(membership.organisation_id), clock.now()
    require_owner(_held(membership, membership.user_id)[0])  # whose keys end when they are let go makes none in that moment
    living = ApiKey.objects.filter(organisation=organisation, revoked_at=None)
    if living.filter(Q(expires_at=None) | Q(expires_at__gt=now)).count() >= MOST_KEYS:
        raise Conflict(f"There are {MOST_KEYS} keys, which is as many as one organisation may have. Revoke one first.")
    if living.filter(name=name).exists():
        raise Conflict("There is a key of this name already. Revoke it, or choose another name.")
    made = keys.make()
    ends = None if days is None else now + timedelta(days=days)
    values = {"organisation": organisation, "name": name, "scopes": sorted(set(scopes)), "by_id": membership.user_id, "at": now}
    return made.key, ApiKey.objects.create(id=made.id, digest=made.digest, expires_at=ends, **values)


@transaction.atomic
def revoke_key(*, membership: Membership, id: str) -> None:
    """Have a key open nothing from now on; again it changes nothing. Raises Forbidden, NotFound."""
    require_owner(membership)
    found = ApiKey.objects.select_for_update().filter(organisation=membership.organisation_id, pk=id).first()
    if found is None:
        raise NotFound("There is no such key.")
    ApiKey.objects.filter(pk=id, revoked_at=None).update(revoked_at=clock.now(), revoked_by=membership.user_id)


def use_key(*, key: str) -> Caller:
    """Who shows this key; the minute is noted. Raises KeyInvalid with what is wrong with it."""
    with connection.cursor() as cursor:
        cursor.execute(keys.FIND, [keys.id_of(key)])
        found = cursor.fetchone()
    row = dict(zip(keys.COLUMNS, found, strict=True)) if found else None
    now = clock.now()
    caller = keys.caller_of(key, row, now)
    if row and (row["used_at"] is None or row["used_at"] < now - keys.LOOSE):
        ApiKey.objects.filter(pk=caller.key).update(used_at=now)
    return caller


def _locked(organisation: uuid.UUID) -> Organisation:
    """The organisation, to whom nobody adds anything else until the transaction ends."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation)


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
