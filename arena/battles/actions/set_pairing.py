"""Saying who meets whom from now on."""

from django.db import transaction

from arena import clock
from arena.battles import policies
from arena.battles.models import PairingPolicy
from arena.users.models import User
from arena.votelog import actions as votelog
from arena.votelog import commitment


@transaction.atomic
def set_pairing_policy(*, policy: PairingPolicy, by: User | None = None) -> PairingPolicy:
    """Put a new policy in force, and on the log. Raises ValueError for what makes no sense."""
    policy.version = policies.policy_of({name: getattr(policy, name) for name in policies.COLUMNS}).label
    policy.by, policy.salt, policy.at = by, clock.new_salt(), clock.now()
    policy.save()
    opening = policies.opening(policy.version, policy.reason)
    votelog.submit(kind="policy", subject=policy.pk, commit=commitment.commit(bytes(policy.salt), opening))
    return policy
