"""The map: one line a package; the lean routes, which asgi.py mounts before Django; and the websockets."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from arena.accounts import admin as staff
from arena.battles.api.sharing import shared_page
from arena.battles.streaming import route as streaming
from arena.http import health, problems
from arena.http.challenge import Challenge
from arena.http.page import page
from arena.http.schema import Schema
from arena.live import boards, routing
from arena.prompts import pool_api
from arena.prompts.api import Suggestions

api: list[URLPattern | URLResolver] = [
    path("", include("arena.battles.urls")),
    path("", include("arena.catalogue.urls")),
    path("", include("arena.credits.urls")),
    path("", include("arena.vendors.urls")),
    path("", include("arena.console.urls")),
    *pool_api.urlpatterns,
    path("", include("arena.accounts.urls")),
    path("prompts/suggestions", Suggestions.as_view()),
    path("challenge", Challenge.as_view()),
    path("", include("arena.ratings.urls")),
]
lean = {streaming.PATTERN: streaming.stream, boards.PATTERN: boards.board, **health.ROUTES}
websockets = routing.websockets
urlpatterns = [
    path("api/v1/", include(api)),
    path("api/schema/", Schema.as_view(), name="schema"),
    re_path(r"^api/", problems.unknown),
    # allauth offers telephone numbers without asking whether there are any, and fails where there are none.
    re_path(r"^_allauth/[^/]+/v1/\w+/phone", problems.unknown),
    path("_allauth/", include("allauth.headless.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/login/", staff.sign_in),
    path("admin/password_change/", staff.password),
    path("admin/", admin.site.urls),
    path("s/<slug:token>", shared_page),
    re_path(r"^(?!api/|_allauth/|accounts/|ws/|static/|admin/|_app/).*$", page),
]
handler400 = "arena.http.problems.bad_request"
handler404 = "arena.http.problems.not_found"
handler500 = "arena.http.problems.server_error"
