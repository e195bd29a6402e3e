from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from arena.outbound.guard import Rule


class Providers(AppConfig):
    name = "arena.providers"

    def ready(self) -> None:
        """Raises ImproperlyConfigured for an allow-list that the door could not read, before anything is sent."""
        for name in ("OUTBOUND_ALLOW", "OUTBOUND_ALLOW_STRANGERS"):
            try:
                list(map(Rule.parse, getattr(settings, name)))
            except ValueError as error:
                raise ImproperlyConfigured(f"{name}: {error}. It lists hosts (a.example:8000) and networks (10.0.0.0/8).") from None
