"""Whether a request is let in: limits for each person, key, network and the whole arena, and proof of work on a busy network.

The network is looked at for guests, and for accounts that nothing stands behind (`vouching.py`), which cost as little to make.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from arena.http import altcha, limits
from arena.http.session import Caller
from arena.users.models import User
from arena.users.queries import consent_of, network_of
from arena.users.vouching import vouched

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
PROOF = OpenApiParameter(
    "X-Altcha",
    str,
    OpenApiParameter.HEADER,
    description="The solution of a challenge; only when the request was refused with `proof-of-work-required`.",
)


def admitted(what: str) -> Callable[[View], View]:
    """Let a DRF view method run as often as `settings.LIMITS[what]`, or its key, allows; every reply carries the RateLimit headers.

    Raises Throttled, and ProofOfWorkRequired where a newcomer has to prove good will. Stands outside `idempotent`: the counters are
    committed before the work begins, so that nobody waits for another's transaction.
    """

    def limiting(method: View) -> View:
        @functools.wraps(method)
        def limited(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            _admit(what, request)
            response = method(view, request, *args, **kwargs)
            for name, value in request._request.rate_limit.items():  # type: ignore[attr-defined]
                response[name] = value
            return response

        return cast(View, limited)

    return limiting


def _admit(what: str, request: Request) -> None:
    if isinstance(request.auth, Caller):
        _count([window for window in [limits.Window("key", request.auth.key, request.auth.quota)] if window.quota > 0], request)
        return
    person = request.user if isinstance(request.user, User) else None
    network = network_of(request.META)
    if not _is_newcomer(what, person):
        _take(what, request, person, network)
        return
    with transaction.atomic():  # who still has to prove good will has used up nothing
        _take(what, request, person, network)
        _prove(what, network, request.headers.get("X-Altcha"))


def _take(what: str, request: Request, person: User | None, network: str) -> None:
    _count(_windows(what, person, network), request)


def _count(windows: list[limits.Window], request: Request) -> None:
    """Count the request, note its headers; raises Throttled."""
    states = limits.take(windows)
    request._request.rate_limit = limits.headers(states)  # type: ignore[attr-defined]
    if error := limits.refusal(states):
        raise error


def _windows(what: str, person: User | None, network: str) -> list[limits.Window]:
    """By person; by network for whoever has no account that something stands behind; for all. A quota of 0 is none."""
    limit = settings.LIMITS[what]
    windows = [limits.Window(f"{what}-arena", "", limit.arena)]
    if person is None or not vouched(person):
        windows.append(limits.Window(f"{what}-network", network, limit.network))
    if person is not None:
        windows.append(limits.Window(f"{what}-person", str(person.pk), limit.person))
    return [window for window in windows if window.quota > 0]


def _is_newcomer(what: str, person: User | None) -> bool:
    """Guests, and accounts made of nothing, cost money and cost nothing to become: the first consent of one, and each battle of one."""
    if what == "consents":
        return person is None or (not vouched(person) and consent_of(person) is None)
    return what == "battles" and person is not None and not vouched(person)


def _prove(what: str, network: str, solution: str | None) -> None:
    if settings.POW_AFTER < 0:
        return
    (free,) = limits.take([limits.Window(f"{what}-unproven", network, settings.POW_AFTER)])
    if free.refused:
        altcha.spend(solution)
