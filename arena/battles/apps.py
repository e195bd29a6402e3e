from django.apps import AppConfig

from arena.ratings import rules


class Battles(AppConfig):
    name = "arena.battles"

    def ready(self) -> None:
        """Tell which rules the votes on a board came about by."""
        from arena.battles import queries  # models are there now

        rules.tell("pairing", lambda: queries.pairing_policy().label)
        rules.tell("reward", lambda: queries.reward_policy().version)
