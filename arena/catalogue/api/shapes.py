"""The shapes of the catalogue's API. Keys go in and never come out."""

from typing import Any

from rest_framework import serializers

from arena.catalogue.models import CanaryRun
from arena.catalogue.queries import KEYS, READY
from arena.contenders.api import ContenderSerializer
from arena.contenders.models import Endpoint, Event, Openness, State
from arena.http.strict import StrictSerializer
from arena.providers.models import Protocol

FLAGS = ("max_completion_tokens", "no_stream_options")
REASON = "Why. It is in the register, which is public once the contender is."


def price() -> Any:
    return serializers.DecimalField(
        max_digits=12, decimal_places=6, min_value=0, allow_null=True, required=False, help_text="USD per million tokens."
    )


def slug() -> Any:
    return serializers.RegexField(r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$", help_text="Small letters, digits and hyphens; for ever.")


class ProviderFields(StrictSerializer):
    name = serializers.CharField(max_length=120)
    protocol = serializers.ChoiceField(choices=Protocol.choices)
    base_url = serializers.CharField(max_length=500, allow_blank=True, help_text="Up to and without /chat/completions or /messages.")
    flags = serializers.ListField(child=serializers.ChoiceField(choices=FLAGS), max_length=len(FLAGS), required=False)
    max_streams = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    price_input, price_output = price(), price()


class ProviderRequest(ProviderFields):
    slug = slug()


class ProviderChange(ProviderFields):
    enabled = serializers.BooleanField(required=False)


class KeyRequest(StrictSerializer):
    key = serializers.RegexField(
        r"^[\x21-\x7e]+$", max_length=4000, write_only=True, help_text="It is kept encrypted and never shown again."
    )


class ProviderSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    protocol = serializers.ChoiceField(choices=Protocol.choices)
    base_url = serializers.CharField()
    key = serializers.ChoiceField(
        choices=KEYS, help_text="Where its key is: `entered` here, in the `environment`, `missing` there, or `none` is needed."
    )
    key_env = serializers.CharField(help_text="The environment variable that holds the key; empty for none.")
    flags = serializers.ListField(child=serializers.CharField())
    max_streams = serializers.IntegerField(help_text="Answers that one web process takes from it at a time.")
    price_input = serializers.CharField(allow_null=True)
    price_output = serializers.CharField(allow_null=True)
    enabled = serializers.BooleanField()
    by_hand = serializers.BooleanField(help_text="Whether no file or setting changes it any more.")
    contenders = serializers.IntegerField()


class PresetSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    protocol = serializers.ChoiceField(choices=Protocol.choices)
    base_url = serializers.CharField()
    flags = serializers.ListField(child=serializers.CharField())
    needs_key = serializers.BooleanField()


class MayDoSerializer(serializers.Serializer[Any]):
    add = serializers.BooleanField()
    change = serializers.BooleanField()


class ProvidersSerializer(serializers.Serializer[Any]):
    results = ProviderSerializer(many=True)
    presets = PresetSerializer(many=True)
    can = MayDoSerializer()


class PageRequest(StrictSerializer):
    title = serializers.CharField(max_length=80)
    url = serializers.RegexField(r"^https?://[^\s<>\"]+$", max_length=500)


class ParamsRequest(StrictSerializer):
    temperature = serializers.FloatField(min_value=0, max_value=2, required=False)
    top_p = serializers.FloatField(min_value=0, max_value=1, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    max_tokens = serializers.IntegerField(min_value=16, max_value=1_000_000, required=False)
    extra = serializers.DictField(required=False, help_text="Merged into the request's body, below what the protocol sets.")


class ContenderFields(StrictSerializer):
    name = serializers.CharField(max_length=120)
    vendor = serializers.CharField(max_length=120)
    aliases = serializers.ListField(child=serializers.CharField(max_length=120), max_length=20, required=False)
    licence = serializers.CharField(max_length=80, allow_blank=True, required=False)
    openness = serializers.ChoiceField(choices=Openness.choices, required=False)
    parameters = serializers.CharField(max_length=32, allow_blank=True, required=False)
    context = serializers.IntegerField(min_value=1, max_value=2**31 - 1, allow_null=True, required=False)  # type: ignore[assignment]
    url = serializers.URLField(max_length=200, allow_blank=True, required=False)
    links = PageRequest(many=True, required=False)
    endpoint = serializers.ChoiceField(choices=Endpoint.choices, required=False)
    system_prompt = serializers.CharField(max_length=20_000, allow_blank=True, trim_whitespace=False, required=False)
    price_input, price_output = price(), price()
    toy = serializers.BooleanField(required=False)
    provider = serializers.CharField(max_length=80, help_text="A provider's slug.")
    model = serializers.CharField(max_length=200, help_text="The name that it has there.")
    params = ParamsRequest(required=False)

    def validate_links(self, links: list[Any]) -> list[Any]:
        if len(links) > 10:
            raise serializers.ValidationError("At most ten links.")
        return [dict(link) for link in links]


class ContenderRequest(ContenderFields):
    slug = slug()
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="", help_text=REASON)


class ContenderChange(ContenderFields):
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="", help_text=REASON)


class StateRequest(StrictSerializer):
    state = serializers.ChoiceField(choices=State.choices)
    reason = serializers.CharField(max_length=500, help_text=REASON)


class CatalogueReason(StrictSerializer):
    reason = serializers.CharField(max_length=300, help_text=REASON)


class ClearRequest(CatalogueReason):
    anew = serializers.BooleanField(default=True, help_text="Whether what it says now is the reference from now on.")


class TryRequest(StrictSerializer):
    prompt = serializers.CharField(max_length=12_000, trim_whitespace=False)


class CatalogueHealthSerializer(serializers.Serializer[Any]):
    answers = serializers.IntegerField(help_text="That ended well, or by a failure of the provider's.")
    failed = serializers.IntegerField()
    first_token_ms = serializers.IntegerField(allow_null=True, help_text="Median.")
    slow_token_ms = serializers.IntegerField(allow_null=True, help_text="95 of 100 are faster.")
    tokens_per_second = serializers.FloatField(allow_null=True, help_text="Median.")
    cost_usd = serializers.CharField()


class OperatorContenderSerializer(ContenderSerializer):
    aliases = serializers.ListField(child=serializers.CharField())
    system_prompt = serializers.CharField()
    provider = serializers.CharField(allow_null=True)
    model = serializers.CharField()
    params = serializers.DictField()
    ready = serializers.ChoiceField(choices=READY, help_text="Whether it can be drawn now; if not, what is in the way.")
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_because = serializers.CharField()
    quarantined_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    moves = serializers.ListField(child=serializers.ChoiceField(choices=State.choices), help_text="States that it can be moved to.")
    health = CatalogueHealthSerializer()


class OperatorContendersSerializer(serializers.Serializer[Any]):
    hours = serializers.IntegerField(help_text="What the health is of.")
    results = OperatorContenderSerializer(many=True)
    can = MayDoSerializer()


class EventLineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=Event.Kind.choices)
    reason = serializers.CharField()
    facts = serializers.DictField()


class FaultSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    fault = serializers.CharField(help_text="As the provider told it, keys blacked out.")


class CanaryRunSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=CanaryRun.Kind.choices)
    noise = serializers.FloatField(allow_null=True)
    shift = serializers.FloatField(allow_null=True)
    flagged = serializers.BooleanField()
    fault = serializers.CharField()


class CanarySerializer(serializers.Serializer[Any]):
    reference_at = serializers.DateTimeField(allow_null=True)
    runs = CanaryRunSerializer(many=True)


class ContenderDetailSerializer(OperatorContenderSerializer):
    events = EventLineSerializer(many=True)
    faults = FaultSerializer(many=True)
    canary = CanarySerializer()
