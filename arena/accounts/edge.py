"""What stands between allauth and the world: guests, proofs of who it is, and bodies that are not what they claim."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse

from arena import errors
from arena.http import parsing, problems
from arena.outbound import requests_door
from arena.users import proof
from arena.users.models import User
from arena.users.queries import wallet_of

PATHS = ("/_allauth/", "/accounts/")
_AWAY = "The site that knows you cannot be asked just now; nothing was changed. Try again in a moment, or sign in another way."
_UNREADABLE = "Your recovery codes cannot be read any more. Ask whoever runs this arena, or make new ones; nothing was changed."
ACCOUNT, PROVIDER = "/_allauth/browser/v1/account/", "/_allauth/browser/v1/auth/provider/"
EMAIL, PASSWORD, REDIRECT, TOKEN = f"{ACCOUNT}email", f"{ACCOUNT}password/change", f"{PROVIDER}redirect", f"{PROVIDER}token"


class Edge:
    """On allauth's addresses a guest counts as nobody, so that they may sign up and sign in.

    allauth refuses both to whoever is signed in (409), and a guest's session is a signed-in one: it has battles and points. Hiding
    the guest from allauth for the length of one request is better than ending their session first, because a wrong password must not
    cost a guest what they have; and better than views of our own, because every flow (password, passkey, second factor, provider)
    passes here. `guest_of` still knows them, and the adapters bring what is theirs to the account that they end up in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PATHS):
            return self.get_response(request)
        if problem := _unreadable(request):
            return problem
        hide_guest(request)
        response = self.get_response(request)
        # A form may not leave this site (CSP form-action), so the page is told where to go and goes there itself.
        if request.path == REDIRECT and isinstance(response, HttpResponseRedirect):
            return JsonResponse({"status": 200, "data": {"location": response.url}})
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> HttpResponse | None:
        """Nobody's way in is changed on a session alone: 401 in allauth's own shape, with the ways to prove who it is.

        allauth itself would ask for less. It gives a first password to whoever holds the session, and asks nothing of somebody who has
        neither password nor authenticator; and whoever holds a stolen session would prove with what they gave it that they are the person.
        """
        if not request.path.startswith((ACCOUNT, PROVIDER)) or view is problems.unknown or not isinstance(user := request.user, User):
            return None
        if not _changes_the_way_in(request, user) or proof.proved_lately(request, user):
            return None
        return JsonResponse({"status": 401, "data": {"flows": _ways_to_prove(user)}, "meta": {"is_authenticated": True}}, status=401)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What allauth lets through: a provider that cannot be asked, which may pass; and recovery codes that cannot be read, to be shown."""
        if request.path.startswith(PATHS) and isinstance(exception, requests_door.Failure):
            return problems.reply(errors.Unavailable(_AWAY, retry_after=5))
        if request.path.startswith(f"{ACCOUNT}authenticators") and isinstance(exception, ValidationError):
            return problems.reply(errors.Conflict(_UNREADABLE))
        return None


def hide_guest(request: HttpRequest) -> None:
    """Let a guest count as nobody for the rest of this request; `guest_of` still knows them."""
    if isinstance(request.user, User) and request.user.is_guest:
        request.arena_guest = request.user  # type: ignore[attr-defined]
        request.user = AnonymousUser()


def guest_of(request: HttpRequest) -> User | None:
    """The guest whose session this is, where they are hidden."""
    return getattr(request, "arena_guest", None)


def end_guest_session(request: HttpRequest) -> None:
    """Take the guest out of the session and leave the rest: what allauth keeps in it belongs to the sign-in that goes on.

    Django would empty the whole session when another person signs in to it.
    """
    for key in (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY):
        request.session.pop(key, None)


def _changes_the_way_in(request: HttpRequest, user: User) -> bool:
    """Whether this gives the person another way in, or takes or alters one. To sign in at a provider once more is a proof, and connects none."""
    if request.method in ("GET", "HEAD"):
        return False
    if request.path == EMAIL and request.method == "PUT":
        return False  # the mail that proves an address goes out once more, to that address
    if request.path == REDIRECT:
        return request.POST.get("process") != "login"
    if request.path == PASSWORD and user.has_usable_password():
        return False  # allauth asks for the present one, and counts wrong ones
    return request.path == TOKEN or request.path.startswith(ACCOUNT)


def _ways_to_prove(user: User) -> list[dict[str, Any]]:
    """allauth's own, by password and authenticator; a signature of the linked wallet; another visit to the provider."""
    found = list(get_reauthentication_flows(user))
    if wallet_of(user) is not None:
        found.append({"id": "wallet_reauthenticate"})
    if SocialAccount.objects.filter(user=user).exists():
        found.append({"id": "provider_reauthenticate"})
    return found


def _holds_null(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    children = (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_null, children))


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """allauth takes any JSON; halves of characters, and null characters, which no column holds, would make it fail."""
    if not request.body or request.content_type != "application/json":
        return None
    try:
        if _holds_null(parsing.parse(request.body)):
            raise errors.InvalidInput("The body holds a null character; nothing was changed.")
    except errors.ArenaError as error:
        return problems.reply(error)
    return None
