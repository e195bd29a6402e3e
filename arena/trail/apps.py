from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "arena.trail"

    def ready(self) -> None:
        from arena.trail import tracked

        tracked.follow()
