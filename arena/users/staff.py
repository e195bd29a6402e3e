"""Who may do what only those may who run the arena: staff with the permission and a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from rest_framework.request import Request

from arena.errors import Forbidden
from arena.http.session import require_user
from arena.users.models import User
from arena.users.proof import require_recent_proof


def require_staff(request: Request, permission: str) -> User:
    """The person, who may do this (`app.codename`). Raises NotSignedIn, or Forbidden with what is missing."""
    user: User = require_user(request)
    if not user.is_staff or not user.has_perm(permission):
        raise Forbidden("Your account may not do this. Who runs the arena can give it the permission.")
    if not is_mfa_enabled(user):
        raise Forbidden("Set up a second factor in your account first: what concerns everybody is done with one only.")
    return user


def require_staff_now(request: Request, permission: str) -> User:
    """The same, for what a stolen session must not be enough for: money, keys, rights. Raises ProofRequired too."""
    user = require_staff(request, permission)
    require_recent_proof(request._request, user)
    return user
