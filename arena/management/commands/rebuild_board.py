"""Fold a board again from the log and compare with what is live, bit for bit (P4). With --write, replace what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.battles import projector
from arena.ratings.models import Board


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("slug", nargs="?", default="overall")
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        board = Board.objects.filter(slug=options["slug"]).first()
        if board is None:
            raise CommandError(f"There is no board {options['slug']!r}; known: {', '.join(Board.objects.values_list('slug', flat=True))}")
        result = projector.rebuild(board.pk, write=options["write"])
        for line in result.differences:
            self.stdout.write(line)
        self.stdout.write(f"{board.slug}: {result.votes} votes up to seq {result.seq}; {len(result.differences) or 'no'} differences")
        if result.differences and not options["write"]:
            raise CommandError("The live board differs from its rebuild. Run with --write to replace it.")
