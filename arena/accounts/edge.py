"""What stands between allauth and the world: guests, and bodies that are not what they claim."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse

from arena import errors
from arena.http import parsing, problems
from arena.outbound import requests_door
from arena.users import proof
from arena.users.models import User
from arena.users.queries import wallet_of

PATHS = ("/_allauth/", "/accounts/")
_AWAY = "The site that knows you cannot be asked just now; nothing was changed. Try again in a moment, or sign in another way."
ACCOUNT = "/_allauth/browser/v1/account/"
REDIRECT = "/_allauth/browser/v1/auth/provider/redirect"


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
        if _changes_the_way_in(request) and _only_a_wallet_could_tell(request):
            told = {"status": 401, "data": {"flows": [{"id": "wallet_reauthenticate"}]}, "meta": {"is_authenticated": True}}
            return JsonResponse(told, status=401)
        response = self.get_response(request)
        # A form may not leave this site (CSP form-action), so the page is told where to go and goes there itself.
        if request.path == REDIRECT and isinstance(response, HttpResponseRedirect):
            return JsonResponse({"status": 200, "data": {"location": response.url}})
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """allauth lets it through when a provider cannot be asked at the beginning; that is no fault of ours, and may pass."""
        if request.path.startswith(PATHS) and isinstance(exception, requests_door.Failure):
            return problems.reply(errors.Unavailable(_AWAY, retry_after=5))
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


def _changes_the_way_in(request: HttpRequest) -> bool:
    return request.method not in ("GET", "HEAD") and (request.path.startswith(ACCOUNT) or request.path == REDIRECT)


def _only_a_wallet_could_tell(request: HttpRequest) -> bool:
    """Whether this person has neither password nor authenticator, but a wallet, and has not signed with it lately.

    allauth knows nothing of wallets, and asks nothing of somebody without a password: a stolen session could give itself one, prove
    with it from then on that it is the person, and lead their credits elsewhere.
    """
    user = request.user
    if not isinstance(user, User) or get_reauthentication_flows(user) or proof.proved_lately(request, user):
        return False
    return wallet_of(user) is not None


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
