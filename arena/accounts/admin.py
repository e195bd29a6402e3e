"""The way into the admin: the same sign-in as everybody's, so that its limits and second factors hold here too."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from arena.errors import Forbidden
from arena.http import problems
from arena.users.models import User
from arena.users.staff import has_second_factor

ACCOUNT, CONSOLE = "/account", "/operator"


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """In place of Django's own form, which counts no tries and asks for no second factor: to the page, or on into the admin."""
    user = request.user
    if not isinstance(user, User) or user.is_guest:
        return HttpResponseRedirect(ACCOUNT)
    if not user.is_staff:
        return problems.reply(Forbidden("Your account may not run this arena. Sign in with another one."))
    if not has_second_factor(user):
        return HttpResponseRedirect(CONSOLE)  # which says what is missing
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if safe else reverse("admin:index"))


def password(request: HttpRequest) -> HttpResponse:
    """Passwords are changed on the page, where wrong tries are counted."""
    return HttpResponseRedirect(ACCOUNT)
