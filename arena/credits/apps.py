from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


class Credits(AppConfig):
    name = "arena.credits"

    def ready(self) -> None:
        """Raises ImproperlyConfigured unless the operator's own check is where they say, before anybody converts."""
        if settings.CONVERSION_CHECK:
            try:
                import_string(settings.CONVERSION_CHECK)
            except ImportError as error:
                raise ImproperlyConfigured(f"CONVERSION_CHECK cannot be read: {error}.") from error
