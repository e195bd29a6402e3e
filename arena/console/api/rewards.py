"""What votes earn, and what another policy would have paid."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import actions, queries
from arena.battles.rewards import RewardPolicy
from arena.console import rewards
from arena.http.idempotency import idempotent
from arena.http.strict import KEY, StrictSerializer, read
from arena.users.staff import require_staff, require_staff_now

VIEW, ADD = "battles.view_rewardpolicy", "battles.add_rewardpolicy"
MOST = 1_000_000


class RewardPolicySerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="As the votes that it pays carry it.")
    points = serializers.IntegerField(help_text="For a rated vote.")
    daily_cap = serializers.IntegerField(help_text="A person's most in a day.")
    guest_network_daily_cap = serializers.IntegerField(help_text="The most that all guests of one network earn together in a day.")


class PastRewardPolicySerializer(RewardPolicySerializer):
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()


class RewardsSerializer(serializers.Serializer[Any]):
    policy = RewardPolicySerializer(help_text="In force.")
    history = PastRewardPolicySerializer(many=True, help_text="Those that somebody chose; the newest 20.")
    can_change = serializers.BooleanField()


class DaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    paid = serializers.IntegerField()
    paid_now = serializers.IntegerField()


class DryRunSerializer(serializers.Serializer[Any]):
    policy = RewardPolicySerializer()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    votes = serializers.IntegerField()
    rated = serializers.IntegerField()
    people = serializers.IntegerField()
    paid = serializers.IntegerField(help_text="Points, by the policy that is tried.")
    paid_now = serializers.IntegerField(help_text="Points that were awarded.")
    capped = serializers.IntegerField(help_text="Rated votes that a cap would have cut.")
    capped_now = serializers.IntegerField(help_text="Rated votes that earned less than the policy in force gives.")
    gaining = serializers.IntegerField(help_text="People who would have earned more.")
    losing = serializers.IntegerField()
    days = DaySerializer(many=True)


class RewardsRequest(StrictSerializer):
    points = serializers.IntegerField(min_value=0, max_value=MOST)
    daily_cap = serializers.IntegerField(min_value=0, max_value=MOST)
    guest_network_daily_cap = serializers.IntegerField(min_value=0, max_value=MOST)


class NewRewardsRequest(RewardsRequest):
    reason = serializers.CharField(max_length=500)


def _document(user: Any) -> dict[str, Any]:
    told = {"policy": rewards.told(queries.reward_policy()), "history": rewards.history(), "can_change": user.has_perm(ADD)}
    return dict(RewardsSerializer(told).data)


class Rewards(APIView):
    @extend_schema(operation_id="operator_rewards", tags=["operator"], summary="What votes earn", responses=RewardsSerializer)
    def get(self, request: Request) -> Response:
        return Response(_document(require_staff(request, VIEW)))

    @extend_schema(
        operation_id="set_rewards",
        tags=["operator"],
        summary="Put a reward policy in force",
        description="For the votes cast from then on; awards of the past stay.",
        parameters=[KEY],
        request=NewRewardsRequest,
        responses={201: RewardsSerializer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        user = require_staff_now(request, ADD)
        fields = read(NewRewardsRequest, request)
        actions.set_reward_policy(reason=fields.pop("reason"), policy=RewardPolicy.flat(**fields), by=user)
        return Response(_document(user), status=201)


class RewardsDryRun(APIView):
    @extend_schema(
        operation_id="try_rewards",
        tags=["operator"],
        summary="What a policy would have paid for last week's votes",
        description="Changes nothing.",
        request=RewardsRequest,
        responses=DryRunSerializer,
    )
    def post(self, request: Request) -> Response:
        require_staff(request, VIEW)
        return Response(DryRunSerializer(rewards.try_out(RewardPolicy.flat(**read(RewardsRequest, request)))).data)
