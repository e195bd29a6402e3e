"""Verbs about providers and routes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from arena.contenders.models import Contender
from arena.providers.models import Provider, Route

PROVIDER_FIELDS = ("name", "protocol", "base_url", "key_env", "flags", "max_streams")


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
