"""Rate a sample of a board's votes again with the `trueskill` package and print the largest difference."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena import clock
from arena.battles import projector, queries
from arena.ratings import audit, skill
from arena.ratings.models import Board

TOLERANCE = 1e-8


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
        found = audit.audit(_all(board), options["sample"], clock.rng(clock.new_seed()))
        self.stdout.write(f"{board.slug}: {found.compared} of {found.seen} votes rated twice; largest difference {found.worst:.2e}")
        if found.worst > TOLERANCE:
            raise CommandError(f"The two implementations differ by more than {TOLERANCE}.")


def _all(board: Board) -> Iterator[skill.Ballot | skill.ParameterChange]:
    seq = -1
    while items := queries.items_after(board.pk, seq, projector.REBUILD_BATCH):
        yield from (item.what for item in items if item.what is not None)
        seq = items[-1].seq
