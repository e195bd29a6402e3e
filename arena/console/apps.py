from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin import apps as django_admin
from django.db.models.signals import post_migrate


class ConsoleConfig(AppConfig):
    name = "arena.console"
    default = True

    def ready(self) -> None:
        # Django makes the permissions of one app after the other; with the last one all are there.
        post_migrate.connect(_apply_roles, sender=list(apps.get_app_configs())[-1], dispatch_uid="arena.roles")


class AdminConfig(django_admin.AdminConfig):
    """Django's admin, behind a second factor."""

    default = False
    default_site = "arena.console.site.Site"


def _apply_roles(using: str, **_: Any) -> None:
    from arena.console import roles

    roles.apply(using)
