"""Encrypt every stored secret anew: by the first of SECRETS_KEYS, all or nothing, and second factors by SECRET_KEY. The arena may run.

Its processes must know the old keys too, in SECRETS_KEYS and SECRET_KEY_FALLBACKS.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.accounts import factors
from arena.errors import SecretsLocked
from arena.providers import vault


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--forget", action="store_true", help="Delete the secrets that none of SECRETS_KEYS opens, then encrypt the rest."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["forget"]:
            for line in vault.forget_locked():
                self.stdout.write(f"forgotten: the secret of {line}")
        try:
            self.stdout.write(f"{vault.rotate()} secrets are encrypted by the newest key")
        except SecretsLocked as error:
            raise CommandError(error.detail) from error
        done, locked = factors.rotate()
        self.stdout.write(
            f"{done} second factors are encrypted by SECRET_KEY" + f"; {locked} cannot be opened, and are as they were" * bool(locked)
        )
