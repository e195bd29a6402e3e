"""Who may do what only those may who run the arena: staff with the permission and a second factor."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from rest_framework.request import Request

from arena.errors import Forbidden, SecondFactorMissing
from arena.http.session import require_user
from arena.users.models import User
from arena.users.proof import require_recent_proof

# Recovery codes come with one of these, and are none by themselves.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(user: User) -> bool:
    """Whether signing in as this person takes an authenticator app or a passkey."""
    return bool(is_mfa_enabled(user, types=FACTORS))


def is_staff(user: Any) -> bool:
    """Whether this is one of those who run the arena, with the second factor that every page of theirs asks for."""
    return isinstance(user, User) and user.is_active and user.is_staff and has_second_factor(user)


def require_some_staff(request: Request) -> User:
    """The person, who has a role and a second factor. Raises NotSignedIn, Forbidden, SecondFactorMissing."""
    user: User = require_user(request)
    if not user.is_staff:
        raise Forbidden("Your account may not do this. Who runs the arena can give it the permission.")
    require_second_factor(user)
    return user


def require_second_factor(user: User) -> None:
    """Raises SecondFactorMissing."""
    if not has_second_factor(user):
        raise SecondFactorMissing("Set up a second factor in your account first: what concerns everybody is done with one only.")


def require_staff(request: Request, permission: str) -> User:
    """The person, who may do this (`app.codename`). Raises NotSignedIn, or Forbidden with what is missing."""
    user: User = require_user(request)
    if not user.is_staff or not user.has_perm(permission):
        raise Forbidden("Your account may not do this. Who runs the arena can give it the permission.")
    require_second_factor(user)
    return user


def require_staff_now(request: Request, permission: str) -> User:
    """The same, for what a stolen session must not be enough for: money, keys, rights. Raises ProofRequired too."""
    user = require_staff(request, permission)
    require_recent_proof(request._request, user)
    return user
