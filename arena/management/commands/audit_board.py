"""Rate a sample of a board's votes again with the `trueskill` package and print the largest difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena import clock
from arena.battles import entries
from arena.ratings import audit
from arena.ratings.folding import Folding
from arena.ratings.models import Board

TOLERANCE = 1e-6  # of more than two answers the package stops after ten rounds, whether they stand still or not


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("slug", nargs="?", default="overall")
        parser.add_argument("--sample", type=float, default=0.1, help="The share of votes to rate twice, 0 to 1.")

    def handle(self, *args: Any, **options: Any) -> None:
        board = Board.objects.filter(slug=options["slug"]).first()
        if board is None:
            raise CommandError(f"There is no board {options['slug']!r}.")
        if not 0 < options["sample"] <= 1:
            raise CommandError("--sample is a share above 0 and at most 1.")
        items = Folding(filter=board.filter, board=board.pk).picked(entries.items_between(board, -1, board.last_seq))
        found = audit.audit(items, options["sample"], clock.rng(clock.new_seed()))
        self.stdout.write(f"{board.slug}: {found.compared} of {found.seen} votes rated twice; largest difference {found.worst:.2e}")
        if found.worst > TOLERANCE:
            raise CommandError(f"The two implementations differ by more than {TOLERANCE}.")
