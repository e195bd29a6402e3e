"""How many votes the pairing policies need to find an order that is known."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from arena.battles.pairing import NAMES, Policy
from arena.battles.pairing.simulation import LAYOUTS, World, table


class Command(BaseCommand):
    help = "Simulates arenas under each pairing policy and prints how many votes each needs. Nothing is read or stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("policies", nargs="*", default=list(NAMES), metavar="policy", help=f"of {', '.join(NAMES)}; all by default")
        parser.add_argument("--uniform-share", type=float, default=0.25)
        parser.add_argument("--contenders", type=int, default=40)
        parser.add_argument("--layout", choices=LAYOUTS, default="even")
        parser.add_argument("--spread", type=float, default=4.0, help="half the range (even) or standard deviation (normal)")
        parser.add_argument("--runs", type=int, default=48)
        parser.add_argument("--votes", type=int, default=20_000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, **options: Any) -> None:
        world = World(options["contenders"], options["layout"], options["spread"])
        policies = [
            Policy(name=name, version=f"{name.replace('_', '-')}-1", uniform_share=options["uniform_share"]) for name in options["policies"]
        ]
        for line in table(world, policies, runs=options["runs"], votes=options["votes"], seed=options["seed"]):
            self.stdout.write(line)
            self.stdout.flush()
