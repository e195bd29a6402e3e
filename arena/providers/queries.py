"""Which contenders can answer now, and how they are reached."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.conf import settings

from arena.contenders.models import Contender, State
from arena.outbound import Secret
from arena.providers import vault
from arena.providers.asking import Question
from arena.providers.base import Endpoint, Message, Params, Timeouts
from arena.providers.models import Route


class Keyed(Protocol):
    """Whatever says where a provider's key is: entered and sealed, or in the environment."""

    @property
    def key_env(self) -> str: ...
    @property
    def key_sealed(self) -> str: ...


class Reachable(Keyed, Protocol):
    """Whatever says how a contender is reached."""

    @property
    def protocol(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def flags(self) -> Sequence[str]: ...
    @property
    def stranger(self) -> bool: ...


def has_key(route: Keyed) -> bool:
    """Whether the key that this provider needs is there."""
    return bool(route.key_sealed) or not route.key_env or bool(os.environ.get(route.key_env))


def key_of(route: Keyed) -> Secret:
    """The provider's key: the entered one, else the environment's, else an empty one. Raises SecretsLocked."""
    return vault.opened(route.key_sealed) or (Secret(os.environ.get(route.key_env, "")) if route.key_env else Secret())


def endpoint(route: Reachable) -> Endpoint:
    """What the wire protocol needs to ask this contender. Raises SecretsLocked."""
    return Endpoint(
        flags=frozenset(route.flags),
        protocol=route.protocol,
        base_url=route.base_url,
        model=route.model,
        stranger=route.stranger,
        api_key=key_of(route),
        timeouts=Timeouts(
            connect=settings.OUTBOUND_CONNECT_TIMEOUT,
            first_token=settings.FIRST_TOKEN_SECONDS,
            idle=settings.IDLE_SECONDS,
            whole=settings.ANSWER_SECONDS,
        ),
    )


def sampling(params: Mapping[str, Any]) -> Params:
    """How a contender samples, from its route's parameters; never more tokens than the arena allows."""
    known = {key: params[key] for key in ("temperature", "top_p", "seed") if key in params}
    limit = min(int(params.get("max_tokens", settings.ANSWER_TOKENS)), settings.ANSWER_TOKENS)
    return Params(max_tokens=limit, extra=params.get("extra", {}), **known)


def question(contender: Contender, prompt: str, *, params: Params | None = None) -> Question:
    """A prompt for a contender that has a route, as a battle would put it, its system prompt before it. Raises SecretsLocked."""
    route = contender.route
    before = [Message.of("system", contender.system_prompt)] if contender.system_prompt else []
    return Question(endpoint(_Reached(route)), [*before, Message.of("user", prompt)], params or sampling(route.params))


class _Reached:
    """A route and its provider, as one thing that is reached."""

    def __init__(self, route: Route) -> None:
        of = route.provider
        self.protocol, self.base_url, self.flags, self.model = of.protocol, of.base_url, of.flags, route.model
        self.key_env, self.key_sealed, self.stranger = of.key_env, of.key_sealed, of.stranger


def ready_contenders() -> list[Contender]:
    """Public contenders that may be drawn: with a way to them that is switched on, not paused, and whose key is there."""
    return _ready(State.PRELIMINARY, State.LISTED)


def drawable() -> tuple[list[Contender], list[Contender]]:
    """The same, and those in private test that can answer now: of these nobody may learn, not even how many there are."""
    found = _ready(State.PRELIMINARY, State.LISTED, State.PRIVATE_TEST)
    return [one for one in found if not one.hidden], [one for one in found if one.hidden]


def _ready(*states: State) -> list[Contender]:
    found = Contender.objects.filter(
        state__in=states, route__enabled=True, route__paused_at=None, route__provider__enabled=True
    ).select_related("route__provider")
    return [contender for contender in found.order_by("id") if has_key(contender.route.provider)]
