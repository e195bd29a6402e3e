"""Signing in with a wallet: where the arena's own proof meets allauth's way in, with its second factors and list of sessions."""

import hashlib
import hmac
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.constants import Client
from allauth.headless.internal.decorators import mark_request_as_headless
from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from arena.accounts.edge import end_guest_session, guest_of, hide_guest
from arena.errors import Forbidden, NotSignedIn, SecondFactorRequired
from arena.users import actions as users
from arena.users.models import User, WalletChallenge


def origin(request: HttpRequest) -> str:
    """Scheme and host by which the person reaches the arena, as the text that they sign names them.

    Only a host that is PUBLIC_URL's, or that ALLOWED_HOSTS names: a site that passes our pages on under its own name must not get texts
    for that name. Raises Forbidden for another.
    """
    host = request.get_host()
    public = urlsplit(settings.PUBLIC_URL)
    if host == public.netloc:
        return f"{public.scheme}://{host}"
    if validate_host(split_domain_port(host)[0], [name for name in settings.ALLOWED_HOSTS if name != "*"]):
        return f"{request.scheme}://{host}"
    where = f"Open it at {settings.PUBLIC_URL}." if settings.PUBLIC_URL else "Its operator has to name it in PUBLIC_URL."
    raise Forbidden(f"Wallets are not taken at this address of the arena. {where} Nothing was changed.")


def session_mark(request: HttpRequest) -> str:
    """A keyed hash of this session, which is begun if there is none yet."""
    if request.session.session_key is None:
        request.session.create()
    return hmac.new(settings.SECRET_KEY.encode(), f"wallet:{request.session.session_key}".encode(), hashlib.sha256).hexdigest()


def note_proof(request: HttpRequest, user: User, *, again: bool = False) -> None:
    """Remember in the session that the person has just proved with their wallet who they are, as allauth remembers passwords."""
    record_authentication(request, user, method="wallet", **({"reauthenticated": True} if again else {}))


def enter(request: HttpRequest, asked: WalletChallenge, kind: str) -> User:
    """Sign in whoever the wallet belongs to, or somebody new. Raises SecondFactorRequired, NotSignedIn, and what `enter_with_wallet` does."""
    hide_guest(request)
    guest = guest_of(request)
    user = users.enter_with_wallet(guest_id=guest.pk if guest else None, asked=asked, kind=kind)
    if not user.is_active:
        raise NotSignedIn("This account is closed.")
    if guest and guest.pk == user.pk:  # the row is an account now, and there is nobody to bring along
        end_guest_session(request)
        del request.arena_guest  # type: ignore[attr-defined]
    _pass_stages(request, user)
    return user


def _pass_stages(request: HttpRequest, user: User) -> None:
    """allauth's sign-in from where it is known who it is. What is still asked for waits in the session, where its endpoints find it."""
    mark_request_as_headless(request, Client.BROWSER)
    note_proof(request, user)
    # A wallet is proof enough of who it is, but not of an address at an allowed domain.
    verification = settings.ACCOUNT_EMAIL_VERIFICATION if settings.ALLOWED_EMAIL_DOMAINS else "none"
    try:
        perform_login(request, Login(user=user, email_verification=verification))
    except ImmediateHttpResponse as refused:
        raise NotSignedIn("You could not be signed in; try again.") from refused
    if request.user.is_authenticated:
        return
    if request.session.get("account_login", {}).get("state", {}).get("stages", {}).get("current") == "mfa_authenticate":
        raise SecondFactorRequired("Now give a code or use a passkey: this account asks for a second factor.")
    raise Forbidden("This account's e-mail address is not verified yet. Answer the mail that was just sent to it, then sign in again.")
