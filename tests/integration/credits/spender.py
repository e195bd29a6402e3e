"""One of several processes that spend the same people's points to the last: `python -m tests.integration.credits.spender <seed>`."""

import os
import random
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")
django.setup()

from arena.credits import actions  # noqa: E402
from arena.errors import Conflict, InsufficientFunds  # noqa: E402
from arena.users.models import User  # noqa: E402
from tests.integration.credits.stage import convert  # noqa: E402


def spend(seed: int) -> None:
    """Convert for everybody, in an order of one's own, in ever smaller pieces, until not a single point can be; seal now and then."""
    rng = random.Random(seed)
    people = list(User.objects.filter(username__startswith="person ").order_by("username"))
    rng.shuffle(people)
    for size in (7, 1):
        for person in people:
            _until_refused(person, size)
        actions.seal_epoch()


def _until_refused(person: User, size: int) -> None:
    try:
        while True:
            convert(person, size)
    except InsufficientFunds:
        pass
    except Conflict as error:
        if "points more" not in error.detail:
            raise


if __name__ == "__main__":
    print("ready", flush=True)
    spend(int(sys.argv[1]))
