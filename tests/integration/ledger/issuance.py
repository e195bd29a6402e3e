"""The account that all points come from."""

from arena.ledger import actions, queries
from arena.ledger.models import Kind


def issued() -> int:
    """Points that exist: what issuance is below zero."""
    return -queries.balance(actions.account(Kind.ISSUANCE))
