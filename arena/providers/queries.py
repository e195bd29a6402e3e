"""Which contenders can answer now, and how they are reached."""

import os
from collections.abc import Sequence
from typing import Protocol

from django.conf import settings

from arena.contenders.models import Contender, State
from arena.outbound import Secret
from arena.providers.base import Endpoint, Timeouts


class Reachable(Protocol):
    """Whatever says how a contender is reached."""

    @property
    def protocol(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def key_env(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def flags(self) -> Sequence[str]: ...


def has_key(route: Reachable) -> bool:
    """Whether the key that this provider needs is in the environment."""
    return not route.key_env or bool(os.environ.get(route.key_env))


def endpoint(route: Reachable) -> Endpoint:
    """What the wire protocol needs to ask this contender."""
    return Endpoint(
        flags=frozenset(route.flags),
        protocol=route.protocol,
        base_url=route.base_url,
        model=route.model,
        api_key=Secret(os.environ.get(route.key_env, "")) if route.key_env else Secret(),
        timeouts=Timeouts(
            connect=settings.OUTBOUND_CONNECT_TIMEOUT,
            first_token=settings.FIRST_TOKEN_SECONDS,
            idle=settings.IDLE_SECONDS,
            whole=settings.ANSWER_SECONDS,
        ),
    )


def ready_contenders() -> list[Contender]:
    """Contenders that may be drawn: listed or preliminary, with a route that is switched on and whose key is there."""
    found = Contender.objects.filter(
        state__in=[State.PRELIMINARY, State.LISTED], route__enabled=True, route__provider__enabled=True
    ).select_related("route__provider")
    return [
        contender
        for contender in found.order_by("id")
        if not contender.route.provider.key_env or os.environ.get(contender.route.provider.key_env)
    ]
