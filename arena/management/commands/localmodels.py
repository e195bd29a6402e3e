"""`manage.py localmodels install|serve|status [--gemma]`."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from arena.embedded.localmodels import cli


class Command(BaseCommand):
    """Small models that run on this machine, for a first look."""

    help = "Install, serve or show the small language models that run on this machine."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describe the command line."""
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        cli.run(options["action"], gemma=options["gemma"])
