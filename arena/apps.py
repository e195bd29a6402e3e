import gc

from django.apps import AppConfig


class ArenaConfig(AppConfig):
    """The arena as a whole."""

    name = "arena"

    def ready(self) -> None:
        """Collect garbage again. The entry points hold that back: imports throw nothing away, and looking for it is a fifth of their time."""
        gc.freeze()
        gc.enable()
