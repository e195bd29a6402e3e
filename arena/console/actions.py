"""Verbs about who runs the arena."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction

from arena import clock
from arena.console import queries
from arena.console.models import Invitation
from arena.console.roles import ADMIN, ROLES
from arena.errors import Conflict, Forbidden, InvalidInput, InvitationOver, LastAdmin, NotFound
from arena.trail import actions as trail
from arena.users.models import User
from arena.users.staff import require_second_factor

HOURS = (1, 24 * 30)


@transaction.atomic
def make_admin(*, email: str) -> User:
    """Give the person with this address every right, as whoever has the terminal may. Raises InvalidInput when nobody has it."""
    user = User.objects.select_for_update().filter(email__iexact=email, is_active=True, is_guest=False).exclude(email="").first()
    if user is None:
        raise InvalidInput("Nobody has an account with this e-mail address. Sign up on the page first.")
    _give(user, {*queries.roles_of(user), ADMIN}, by=None, how="made admin at the terminal")
    return user


@transaction.atomic
def invite(*, role: str, hours: int, by: User) -> tuple[Invitation, str]:
    """Make an invitation for so many hours (1 to 720); gives it and its link, which nobody can ask for again. Raises InvalidInput, Conflict (too many)."""
    if role not in ROLES:
        raise InvalidInput(f"The roles are: {', '.join(ROLES)}.")
    if not HOURS[0] <= hours <= HOURS[1]:
        raise InvalidInput(f"An invitation holds for {HOURS[0]} to {HOURS[1]} hours.")
    token = clock.new_token()
    now = clock.now()
    if Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now).count() >= queries.INVITATIONS_SHOWN:
        raise Conflict(f"{queries.INVITATIONS_SHOWN} invitations are open already. Revoke some, or wait until they expire.")
    made = Invitation.objects.create(role=role, token_hash=_hash(token), made_by=by, made_at=now, expires_at=now + timedelta(hours=hours))
    trail.note(by=by, about=made, said=f"Invited somebody to be {role}", changes={"expires_at": ("", made.expires_at.isoformat())})
    # Behind the `#`, which no server is sent and no log keeps.
    return made, f"{settings.PUBLIC_URL}/operator/invitation#{token}"


@transaction.atomic
def revoke(*, id: uuid.UUID, by: User) -> Invitation:
    """Make an invitation lead nowhere; again it changes nothing. Raises NotFound, InvitationOver when it was accepted."""
    made = Invitation.objects.select_for_update().filter(pk=id).first()
    if made is None:
        raise NotFound("There is no such invitation.")
    if made.accepted_at:
        raise InvitationOver("It was accepted already: take the role away instead.")
    if made.revoked_at is None:
        made.revoked_at = clock.now()
        made.save(update_fields=["revoked_at"])
        trail.note(by=by, about=made, said=f"Revoked an invitation to be {made.role}")
    return made


@transaction.atomic
def accept(*, token: str, user: User) -> Invitation:
    """Take the role that an invitation offers; the same person again changes nothing.

    Raises Forbidden (a guest), SecondFactorMissing, NotFound, InvitationOver (expired, revoked, or another person took it).
    """
    if user.is_guest:
        raise Forbidden("Sign in or sign up first; the invitation is kept.")
    require_second_factor(user)
    made = Invitation.objects.select_for_update().filter(token_hash=_hash(token)).first()
    if made is None:
        raise NotFound("There is no such invitation. Look whether the whole link was copied.")
    if made.accepted_by_id == user.pk:
        return made
    if made.accepted_at or made.revoked_at or made.expires_at <= clock.now() or not _may_invite(made.made_by):
        raise InvitationOver("This invitation was used, has expired or was revoked. Ask for a new one.")
    made.accepted_by, made.accepted_at = user, clock.now()
    made.save(update_fields=["accepted_by", "accepted_at"])
    person = User.objects.select_for_update().get(pk=user.pk)
    _give(person, {*queries.roles_of(person), made.role}, by=user, how=f"accepted the invitation {made.pk}")
    return made


@transaction.atomic
def set_roles(*, id: uuid.UUID, roles: Iterable[str], by: User) -> User:
    """Say which roles one of the staff has; without any they are no staff any more. The same again changes nothing.

    Raises InvalidInput, NotFound (nobody of the staff), LastAdmin.
    """
    wanted = set(roles)
    if wanted - set(ROLES):
        raise InvalidInput(f"The roles are: {', '.join(ROLES)}.")
    with connection.cursor() as cursor:  # two admins must not take each other's role at the same moment
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('arena:roles', 0))")
    user = queries.staff().select_for_update(of=("self",)).filter(pk=id).first()
    if user is None:
        raise NotFound("There is nobody with this id among those who run the arena. Invite them first.")
    if ADMIN not in wanted and not queries.staff().filter(groups__name=ADMIN).exclude(pk=user.pk).exists():
        raise LastAdmin("Nobody else is admin. Make somebody else admin first; nothing was changed.")
    _give(user, wanted, by=by, how="changed on the page")
    return user


def _may_invite(maker: User) -> bool:
    """Whether who made an invitation may still make one: else who has lost the right could give it back to themselves."""
    return maker.is_active and maker.is_staff and maker.has_perm("console.change_people")


def _give(user: User, roles: set[str], *, by: User | None, how: str) -> None:
    before, after = queries.roles_of(user), [role for role in ROLES if role in roles]
    is_staff = bool(after) or user.is_superuser
    if before == after and user.is_staff == is_staff:
        return
    user.groups.remove(*Group.objects.filter(name__in=set(ROLES) - roles))
    user.groups.add(*Group.objects.filter(name__in=after))
    user.is_staff = is_staff
    user.save(update_fields=["is_staff"])
    trail.note(by=by, about=user, said=f"Roles: {how}", changes={"roles": (", ".join(before), ", ".join(after))})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
