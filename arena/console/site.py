"""The admin's site: the same door as every page of the staff."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest

from arena.users.staff import is_staff


class Site(AdminSite):
    site_url = "/operator"
    enable_nav_sidebar = True

    @property
    def site_header(self) -> str:  # type: ignore[override]
        return str(settings.ARENA_NAME)

    @property
    def site_title(self) -> str:  # type: ignore[override]
        return str(settings.ARENA_NAME)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff with a second factor, and nobody else; what they may do there their permissions say."""
        return is_staff(request.user)
