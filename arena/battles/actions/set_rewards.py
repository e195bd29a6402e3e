"""Saying what votes earn from now on."""

from django.db import transaction

from arena import clock
from arena.battles import rewards
from arena.battles.models import RewardPolicy
from arena.users.models import User


@transaction.atomic
def set_reward_policy(*, policy: rewards.RewardPolicy, reason: str, by: User) -> RewardPolicy:
    """Put a policy in force for the votes cast from then on; what was awarded stays as it was."""
    return RewardPolicy.objects.create(
        points=policy.points,
        daily_cap=policy.daily_cap,
        guest_network_daily_cap=policy.guest_network_daily_cap,
        version=policy.version,
        reason=reason,
        by=by,
        at=clock.now(),
    )
