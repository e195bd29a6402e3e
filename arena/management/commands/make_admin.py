"""Give an account every right over the arena: the first admin, who then invites the others."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.console import actions
from arena.errors import InvalidInput
from arena.users.staff import has_second_factor


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("email", help="of an account that was made on the page")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = actions.make_admin(email=options["email"])
        except InvalidInput as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{user.email} is admin. The console is at /operator")
        if not has_second_factor(user):
            self.stdout.write("It opens once the account has a second factor: on the page, Account, an authenticator app or a passkey.")
