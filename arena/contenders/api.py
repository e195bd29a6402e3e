"""How a contender looks in the API."""

from rest_framework import serializers

from arena.contenders.models import Openness, State


class ContenderSerializer(serializers.Serializer[object]):
    slug = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    licence = serializers.CharField()
    openness = serializers.ChoiceField(choices=Openness.choices)
    parameters = serializers.CharField()
    url = serializers.CharField()
    price_input = serializers.CharField(allow_null=True, help_text="USD per million tokens.")
    price_output = serializers.CharField(allow_null=True, help_text="USD per million tokens.")
    state = serializers.ChoiceField(choices=State.choices)
    toy = serializers.BooleanField()
