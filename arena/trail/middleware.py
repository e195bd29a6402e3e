"""Ties what a request of the staff changes to who asked, from where, and how; in both handlers, Django's and the API's."""

from collections.abc import Callable
from typing import Any

from auditlog.context import set_extra_data
from django.http import HttpRequest, HttpResponseBase

from arena import clock
from arena.trail.models import Change
from arena.trail.tracked import acting
from arena.users.models import User
from arena.users.queries import address_of

PATHS = ("/api/v1/operator/", "/admin/")
SAFE = ("GET", "HEAD", "OPTIONS")


class Trail:
    """Only writes of the staff pay for it: for each, the library listens anew to its own table."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE or not request.path.startswith(PATHS) or not isinstance(request.user, User):
            return self.get_response(request)
        person, id = request.user, clock.new_id().hex
        told: dict[str, Any] = {
            "actor": person,
            "remote_addr": address_of(request.META) or None,
            "cid": id,
            "request": lambda: _what(request),
        }
        mark = acting.set(True)
        try:
            with set_extra_data(told):
                response = self.get_response(request)
                # Others are led away from the admin, which is no deed: a line of each would fill what nobody can delete.
                if person.is_staff and response.status_code < 400 and not Change.objects.filter(cid=id).exists():
                    _note_request(person, request)
        finally:
            acting.reset(mark)
        return response


def _note_request(person: User, request: HttpRequest) -> None:
    """A request that went well and changed nothing that is tracked was a deed of the staff all the same: on what, its address says."""
    places = request.resolver_match.kwargs if request.resolver_match else {}
    said = ", ".join(f"{name} {value}" for name, value in places.items())[:200]
    Change.objects.log_create(person, action=Change.Action.ACCESS, force_log=True, additional_data={"said": said})


def _what(request: HttpRequest) -> str:
    """`POST /api/v1/operator/...`: the template, never the path, which may hold what must not be kept."""
    route = request.resolver_match.route if request.resolver_match else ""
    return f"{request.method} /{route}"[:200]
