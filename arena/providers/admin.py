from django.contrib import admin

from arena.providers.models import Provider, Route
from arena.providers.queries import has_key
from arena.trail.admin import ReadOnly


@admin.register(Provider)
class ProviderAdmin(ReadOnly):
    """Providers and routes are changed on /operator/providers and /operator/contenders: an address decides where a key is sent."""

    list_display = ("name", "protocol", "base_url", "key", "max_streams", "enabled")
    list_filter = ("protocol", "enabled")
    fields = ("slug", "name", "protocol", "base_url", "key", "key_env", "flags", "max_streams", "price_input", "price_output", "enabled")

    @admin.display(description="Key", boolean=True)
    def key(self, provider: Provider) -> bool:
        return has_key(provider)


@admin.register(Route)
class RouteAdmin(ReadOnly):
    list_display = ("contender", "provider", "model", "enabled", "paused_at")
    list_select_related = ("contender", "provider")
    list_filter = ("provider", "enabled")
