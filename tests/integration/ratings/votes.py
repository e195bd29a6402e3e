"""Many votes in a moment: facts as `cast_vote` leaves them, written in bulk."""

import random
from typing import Any

from arena import clock
from arena.battles.ballots import Ballot, ranks_of
from arena.battles.models import Battle, Vote
from arena.ratings.models import Board, Rating
from arena.users import actions as users
from arena.votelog.models import Pending
from tests.cast import Arena

OUTCOMES = ("a", "a", "a", "b", "b", "tie", "both_bad", "skip")
COUNTS = ("votes", "wins", "losses", "ties", "both_bad")


def cast_many(
    arena: Arena, count: int, seed: int, outcomes: tuple[str, ...] = OUTCOMES, names: tuple[str, ...] = (), **about: Any
) -> list[Vote]:
    """`count` votes between the cast (or those of these names), of one guest, on battles with these facts; they wait for their numbers."""
    rng, voter, now = random.Random(seed), users.create_guest(), clock.now()
    ids = [contender.pk for name, contender in arena.contenders.items() if not names or name in names]
    facts = {"seed": 0, "candidates": ids, "standings_seq": -1, "policy": "test", "probability": 1 / 6, "publish": False, **about}
    battles = Battle.objects.bulk_create(Battle(voter=voter, **facts) for _ in range(count))
    votes = Vote.objects.bulk_create(_vote(battle, rng.sample(ids, 2), rng.choice(outcomes)) for battle in battles)
    Pending.objects.bulk_create(Pending(kind="vote", subject=vote.pk, commit=vote.commit, commit_person=b"", at=now) for vote in votes)
    return votes


def _vote(battle: Battle, sides: list[int], outcome: str) -> Vote:
    skipped = outcome == "skip"
    return Vote(
        battle=battle,
        turn=0,
        attempt=0,
        outcome=outcome,
        contenders=sides,
        ranks=ranks_of(Ballot(outcome, turn=0, attempt=0), "ab"),
        rated=not skipped,
        unrated_reason="skip" if skipped else "",
        standings={},
        award=0,
        award_reason="flat",
        reward_policy="test",
        commit=bytes(32),
        commit_person=bytes(32),
    )


def bits(board: Board) -> dict[str, tuple[object, ...]]:
    """Every number of a board, floats to the bit."""
    rows = Rating.objects.filter(board=board).select_related("contender")
    return {row.contender.slug: (row.mu.hex(), row.sigma.hex(), *(getattr(row, name) for name in COUNTS)) for row in rows}
