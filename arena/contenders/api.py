"""How a contender looks in the API."""

from rest_framework import serializers

from arena.contenders.models import Endpoint, Openness, State


class LinkSerializer(serializers.Serializer[object]):
    title = serializers.CharField()
    url = serializers.CharField()


class ContenderSerializer(serializers.Serializer[object]):
    slug = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    licence = serializers.CharField()
    openness = serializers.ChoiceField(choices=Openness.choices)
    parameters = serializers.CharField()
    context = serializers.IntegerField(allow_null=True, help_text="Tokens that it can take in.")  # type: ignore[assignment]
    url = serializers.CharField()
    links = LinkSerializer(many=True)
    endpoint = serializers.ChoiceField(choices=Endpoint.choices, help_text="Who runs the machines that answer.")
    price_input = serializers.CharField(allow_null=True, help_text="USD per million tokens.")
    price_output = serializers.CharField(allow_null=True, help_text="USD per million tokens.")
    state = serializers.ChoiceField(choices=State.choices)
    toy = serializers.BooleanField()
