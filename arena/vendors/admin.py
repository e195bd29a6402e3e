from typing import Any

from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest

from arena.vendors.models import ApiKey, Entry, Membership, Organisation


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    raw_id_fields = ("user",)
    readonly_fields = ("at",)


class EntryInline(admin.TabularInline):
    model = Entry
    extra = 0
    raw_id_fields = ("contender",)
    readonly_fields = ("at",)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """Who speaks for it, and which contenders are found to be its own."""

    list_display = ("name", "slug", "website", "created_at")
    search_fields = ("name", "slug", "website")
    readonly_fields = ("created_at",)
    inlines = [MembershipInline, EntryInline]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """How often a key may ask; all else about it is its organisation's."""

    list_display = ("name", "organisation", "quota", "at", "used_at", "expires_at", "revoked_at")
    search_fields = ("name", "id", "organisation__slug")
    fields = ("organisation", "name", "id", "scopes", "quota", "at", "used_at", "expires_at", "revoked_at")
    readonly_fields = ("organisation", "name", "id", "scopes", "at", "used_at", "expires_at", "revoked_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
