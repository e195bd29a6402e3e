"""How much is stored: a refusal must leave all of it as it was."""

from arena.battles.models import Answer, Battle, Side, Turn, Vote, VoteContext
from arena.http.models import IdempotencyKey
from arena.ledger.models import Transfer
from arena.users.models import Consent, User
from arena.votelog.models import Pending

TABLES = (Battle, Side, Turn, Answer, Vote, VoteContext, IdempotencyKey, Transfer, Consent, User, Pending)


def rows() -> dict[str, int]:
    """The number of rows of every table that a person's request can write."""
    return {table.__name__: table.objects.count() for table in TABLES}
