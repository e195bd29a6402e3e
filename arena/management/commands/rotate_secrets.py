"""Encrypt every stored secret anew, by the first of SECRETS_KEYS. All or nothing; may run while the arena does, which must know both keys."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

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
