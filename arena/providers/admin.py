from django.contrib import admin

from arena.providers.models import Provider, Route


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):
    list_display = ("name", "protocol", "base_url", "key_env", "max_streams", "enabled")
    list_filter = ("protocol", "enabled")


@admin.register(Route)
class RouteAdmin(admin.ModelAdmin):
    list_display = ("contender", "provider", "model", "enabled")
    list_select_related = ("contender", "provider")
    list_filter = ("provider", "enabled")
