"""The shape of a board's statistics in the API."""

from typing import Any

from rest_framework import serializers


class SettledRowSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    mu = serializers.FloatField()
    sigma = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    rank = serializers.IntegerField()
    difference = serializers.FloatField(help_text="Settled less live mu, each less the mean of its group.")


class SettledSerializer(serializers.Serializer[Any]):
    rounds = serializers.IntegerField()
    rows = SettledRowSerializer(many=True)


class CheckedRowSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    elo = serializers.FloatField(help_text="Elo points; the mean of a group is 0.")
    low = serializers.FloatField()
    high = serializers.FloatField()
    rank = serializers.IntegerField()
    rank_low = serializers.IntegerField()
    rank_high = serializers.IntegerField()
    tier = serializers.IntegerField(allow_null=True)


class CrossCheckSerializer(serializers.Serializer[Any]):
    model = serializers.ChoiceField(choices=("rao-kupper",))
    margin = serializers.FloatField(allow_null=True, help_text="Elo points ahead that win rather than tie.")
    clusters = serializers.ListField(child=serializers.CharField())
    freedom = serializers.FloatField(help_text="Degrees of freedom of Student's t behind the intervals.")
    rows = CheckedRowSerializer(many=True)


class CovariateSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=("length", "headers", "lists", "bold", "code"))
    coefficient = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class StyledRowSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    elo = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    rank = serializers.IntegerField()
    difference = serializers.FloatField()


class StyleSerializer(serializers.Serializer[Any]):
    covariates = CovariateSerializer(many=True)
    rows = StyledRowSerializer(many=True)


class HeadToHeadSerializer(serializers.Serializer[Any]):
    wins = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()), help_text="Row beat column.")
    ties = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    both_bad = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class PositionSerializer(serializers.Serializer[Any]):
    first = serializers.IntegerField()
    second = serializers.IntegerField()
    ties = serializers.IntegerField()
    both_bad = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="Of the decisive votes that the first side won; with its 95% interval.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class LargestVoterSerializer(serializers.Serializer[Any]):
    share = serializers.FloatField()
    votes = serializers.IntegerField()
    shift_elo = serializers.FloatField(allow_null=True, help_text="How far a rating would move at most without that voter.")
    changes_first = serializers.BooleanField()


class RobustnessSerializer(serializers.Serializer[Any]):
    leader = serializers.CharField()
    runner_up = serializers.CharField()
    votes_to_change_first = serializers.IntegerField(allow_null=True, help_text="About so many one-sided votes.")
    largest_voter = LargestVoterSerializer(allow_null=True)


class SpeedSerializer(serializers.Serializer[Any]):
    answers = serializers.IntegerField()
    tokens_per_second = serializers.FloatField(allow_null=True, help_text="Medians of the last thirty days.")
    first_token_ms = serializers.FloatField(allow_null=True)


class ReasonCountsSerializer(serializers.Serializer[Any]):
    praised = serializers.DictField(child=serializers.IntegerField())
    blamed = serializers.DictField(child=serializers.IntegerField())


class NoteSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    contenders = serializers.ListField(child=serializers.CharField(), required=False)


class AnalysisSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    seq = serializers.IntegerField()
    votes = serializers.IntegerField()
    at = serializers.DateTimeField()
    method = serializers.CharField()
    voters = serializers.IntegerField()
    prompts = serializers.IntegerField()
    contenders = serializers.ListField(child=serializers.CharField(), help_text="The order of the matrices.")
    settled = SettledSerializer(allow_null=True)
    cross_check = CrossCheckSerializer(allow_null=True)
    style = StyleSerializer(allow_null=True)  # type: ignore[assignment]
    head_to_head = HeadToHeadSerializer(allow_null=True)
    position = PositionSerializer()
    robustness = RobustnessSerializer(allow_null=True)
    groups = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    leagues = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    notes = NoteSerializer(many=True)
    speed = serializers.DictField(child=SpeedSerializer())
    reasons = serializers.DictField(child=ReasonCountsSerializer())
