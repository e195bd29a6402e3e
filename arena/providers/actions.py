"""Verbs about providers and routes."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from arena import clock
from arena.contenders import actions as contenders
from arena.contenders.models import Contender, Event
from arena.errors import Conflict, InvalidInput
from arena.outbound import Secret
from arena.providers import vault
from arena.providers.models import Protocol, Provider, Route

PROVIDER_FIELDS = ("name", "protocol", "base_url", "key_env", "flags", "max_streams", "price_input", "price_output")


@transaction.atomic
def set_provider(*, slug: str, **fields: Any) -> Provider:
    """Add a provider, or bring a known one up to date, and switch it on."""
    provider, _ = Provider.objects.update_or_create(slug=slug, defaults={**fields, "enabled": True})
    return provider


@transaction.atomic
def set_route(*, contender: Contender, provider: Provider, model: str, params: Mapping[str, Any]) -> Route:
    """Say how a contender is reached."""
    route, _ = Route.objects.update_or_create(
        contender=contender, defaults={"provider": provider, "model": model, "params": dict(params), "enabled": True}
    )
    return route


@transaction.atomic
def switch_off(*, slugs: Sequence[str]) -> None:
    """Draw no contender of these providers until they are set again; running answers are not touched."""
    for provider in Provider.objects.filter(slug__in=slugs, enabled=True):
        provider.enabled = False
        provider.save(update_fields=["enabled"])


def add_provider(*, slug: str, **fields: Any) -> Provider:
    """A new provider, without a key. Raises Conflict when the slug is taken, InvalidInput for an address that is none."""
    fields["base_url"] = _address(fields["protocol"], fields.get("base_url", ""))
    try:
        with transaction.atomic():
            return Provider.objects.create(slug=slug, by_hand=True, **fields)
    except IntegrityError as error:
        raise Conflict(f"There is a provider called {slug} already; take another short name.") from error


@transaction.atomic
def change_provider(*, provider: Provider, **fields: Any) -> Provider:
    """Change what is given, by hand: no file or setting changes it back.

    Raises Conflict when the address or protocol changes while there is a key: whoever may change addresses could otherwise have the key
    sent to one of their own.
    """
    held = Provider.objects.select_for_update().get(pk=provider.pk)
    protocol, address = fields.get("protocol", held.protocol), fields.get("base_url", held.base_url)
    if (protocol, address) != (held.protocol, held.base_url):
        fields["base_url"] = _address(protocol, address)
        if held.key_sealed or held.key_env:
            raise Conflict("A key is not sent to another address unseen. Remove the key, change the address, then enter the key again.")
        held.stranger = False
    for name, value in {**fields, "by_hand": True}.items():
        setattr(held, name, value)
    held.save()
    return held


@transaction.atomic
def set_key(*, provider: Provider, key: Secret) -> Provider:
    """Keep a provider's key, encrypted; an empty one removes what there is, the name of an environment variable too."""
    held = Provider.objects.select_for_update().get(pk=provider.pk)
    held.key_sealed, held.by_hand = vault.seal(key), True
    if not key:
        held.key_env = ""
    held.save(update_fields=["key_sealed", "key_env", "by_hand"])
    return held


@transaction.atomic
def reach(*, contender: Contender, provider: Provider, model: str, params: Mapping[str, Any], reason: str = "") -> Route:
    """Say by hand how a contender is reached. One that is or was public moves, which its register tells with the reason.

    Raises Conflict when a public one would be sampled in another way: that is another contender.
    """
    known = Route.objects.select_for_update().filter(contender=contender).first()
    if known and not contender.hidden:
        if known.params != dict(params):
            raise Conflict("Votes are about what people saw. With other parameters it is another contender: add one, and retire this one.")
        if (known.provider_id, known.model) != (provider.pk, model):
            contenders.note(contender=contender, kind=Event.Kind.MOVED, reason=reason)
    return set_route(contender=contender, provider=provider, model=model, params=params)


@transaction.atomic
def pause(*, contender: Contender, reason: str, facts: Mapping[str, Any] | None = None) -> Event | None:
    """Draw a contender for no battle until it is brought back by hand; battles that are open go on. None when it is paused already."""
    route = Route.objects.select_for_update().filter(contender=contender, paused_at=None).first()
    if route is None:
        return None
    route.paused_at, route.paused_because = clock.now(), reason[:300]
    route.save(update_fields=["paused_at", "paused_because"])
    return contenders.note(contender=contender, kind=Event.Kind.PAUSED, reason=reason, facts=facts)


@transaction.atomic
def resume(*, contender: Contender, reason: str) -> Event | None:
    """Draw a paused contender again; what failed before now is not held against it. None when it is not paused."""
    route = Route.objects.select_for_update().filter(contender=contender, paused_at__isnull=False).first()
    if route is None:
        return None
    route.paused_at, route.paused_because, route.watched_from = None, "", clock.now()
    route.save(update_fields=["paused_at", "paused_because", "watched_from"])
    return contenders.note(contender=contender, kind=Event.Kind.RESUMED, reason=reason)


def _address(protocol: str, text: str) -> str:
    """The address without a slash at its end. Raises InvalidInput for one that is none, or that could hold a secret."""
    if protocol == Protocol.SCRIPTED:
        return "scripted:"
    try:
        parts = urlsplit(text.strip())
        fine = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and not (parts.username or parts.query or parts.fragment)
        )
    except ValueError:
        fine = False
    if not fine:
        message = "Give an address like https://api.example.org/v1, without a user name, a key or a query in it."
        raise InvalidInput("The address is not right; nothing was changed.", errors=[{"field": "base_url", "message": message}])
    return text.strip().rstrip("/")
