"""Whether it is really the person: asked before what cannot be undone."""

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from arena import clock
from arena.errors import ProofRequired, Throttled
from arena.users.models import User

_ASK = "Prove that it is you first: with your password, a passkey, a code or your wallet, or by signing in again. Nothing was changed."


def require_recent_proof(request: HttpRequest, user: User) -> None:
    """Pass whoever has proved a moment ago who they are; raises ProofRequired."""
    if not proved_lately(request, user):
        raise ProofRequired(_ASK)


def require_proof(request: HttpRequest, user: User, password: str) -> None:
    """Pass a guest, who has nothing to prove it with; a right password; or a proof a moment ago. Raises ProofRequired, Throttled."""
    if user.is_guest or proved_lately(request, user):
        return
    if not password:
        raise ProofRequired(_ASK)
    try:
        right = user.has_usable_password() and get_adapter(request).reauthenticate(user, password)
    except ValidationError as error:
        raise Throttled("Too many wrong passwords. Wait five minutes, then try again; nothing was changed.", retry_after=300) from error
    if not right:
        raise ProofRequired("That is not your password. Nothing was changed.")


def proved_lately(request: HttpRequest, user: User) -> bool:
    """Whether a password, passkey, code or wallet has told within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds that it is this person."""
    now = clock.now().timestamp()
    return any(now - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for record in get_authentication_records(request, user))
