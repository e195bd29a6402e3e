"""Print a link by which a person sets a new password, once. For an arena without a mail server: hand it over by a safe way."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arena.accounts import actions
from arena.errors import InvalidInput


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            link = actions.reset_link(email=options["email"])
        except InvalidInput as error:
            raise CommandError(error.detail) from error
        local = f"http://127.0.0.1:{settings.PORT}"
        self.stdout.write(link if settings.PUBLIC_URL else f"{local}{link}")
