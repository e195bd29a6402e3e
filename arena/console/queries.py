"""Reading what the console shows of people."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Case, Q, QuerySet, When

from arena import clock
from arena.console.models import Invitation
from arena.console.roles import ROLES
from arena.users.models import User
from arena.users.staff import FACTORS

INVITATION_STATES = ("open", "accepted", "expired", "revoked")
INVITATIONS_SHOWN = 50


def staff() -> QuerySet[User]:
    """Those who run the arena."""
    return User.objects.filter(is_staff=True, is_active=True)


def roles_of(user: User) -> list[str]:
    """In the order of ROLES."""
    held = set(user.groups.values_list("name", flat=True))
    return [role for role in ROLES if role in held]


def people() -> list[dict[str, Any]]:
    """Those who run the arena, by name."""
    users = sorted(staff().prefetch_related("groups"), key=lambda user: user.display_name.lower())
    return _described(users)


def person(user: User) -> dict[str, Any]:
    """One of them, as they are now."""
    return _described([User.objects.prefetch_related("groups").get(pk=user.pk)])[0]


def _described(users: list[User]) -> list[dict[str, Any]]:
    strong = set(Authenticator.objects.filter(user__in=users, type__in=FACTORS).values_list("user_id", flat=True))
    return [
        {
            "id": str(user.pk),
            "name": user.display_name,
            "roles": [role for role in ROLES if role in {group.name for group in user.groups.all()}],
            "superuser": user.is_superuser,
            "second_factor": user.pk in strong,
            "last_login": user.last_login,
        }
        for user in users
    ]


def invitations() -> list[dict[str, Any]]:
    """Those that are open before all others, so that none is hidden behind later ones; the newest first."""
    is_open = Q(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
    rows = Invitation.objects.select_related("made_by", "accepted_by")
    rows = rows.order_by(Case(When(is_open, then=0), default=1), "-made_at")[:INVITATIONS_SHOWN]
    return [invitation(row) for row in rows]


def invitation(row: Invitation) -> dict[str, Any]:
    """An invitation without its link, which is known to nobody."""
    return {
        "id": str(row.pk),
        "role": row.role,
        "state": _state(row),
        "made_by": row.made_by.display_name,
        "made_at": row.made_at,
        "expires_at": row.expires_at,
        "accepted_by": row.accepted_by and row.accepted_by.display_name,
    }


def _state(row: Invitation) -> str:
    if row.accepted_at:
        return "accepted"
    if row.revoked_at:
        return "revoked"
    return "open" if row.expires_at > clock.now() else "expired"
