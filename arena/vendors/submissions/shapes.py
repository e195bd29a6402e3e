"""The shapes of the submissions' API."""

from typing import Any

from rest_framework import serializers

from arena.contenders.models import Openness
from arena.http.strict import StrictSerializer
from arena.vendors.submissions.models import PROTOCOLS, State

CHECKS = ("reachable", "answers", "streams", "blind", "quick")
_PRICE = {"max_digits": 12, "decimal_places": 6, "min_value": 0, "allow_null": True, "required": False}


class SubmissionFields(StrictSerializer):
    name = serializers.CharField(max_length=120, help_text="As voters are to see it after they have voted.")
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=120), max_length=20, required=False, help_text="Other names that would give it away."
    )
    licence = serializers.CharField(max_length=80, allow_blank=True, required=False)
    openness = serializers.ChoiceField(choices=Openness.choices, required=False)
    parameters = serializers.CharField(max_length=32, allow_blank=True, required=False)
    url = serializers.URLField(max_length=200, allow_blank=True, required=False)
    price_input = serializers.DecimalField(**_PRICE, help_text="USD per million tokens.")  # type: ignore[arg-type]
    price_output = serializers.DecimalField(**_PRICE, help_text="USD per million tokens.")  # type: ignore[arg-type]
    system_prompt = serializers.CharField(
        max_length=8000, allow_blank=True, required=False, help_text="Sent before every conversation; public."
    )
    note = serializers.CharField(max_length=4000, allow_blank=True, required=False, help_text="To whoever decides.")
    protocol = serializers.ChoiceField(choices=PROTOCOLS)
    base_url = serializers.CharField(max_length=500, help_text="https; what stands before /chat/completions, for example.")
    model = serializers.CharField(max_length=200, help_text="The name that it has there.")
    key = serializers.CharField(max_length=500, allow_blank=True, required=False, help_text="Stored encrypted; in no reply.")


class SubmissionRequest(SubmissionFields):
    terms_version = serializers.CharField(max_length=32)
    terms_hash = serializers.CharField(max_length=64)


class SubmissionChangeRequest(SubmissionFields):
    """A key that is left out stays as it is."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class SubmissionAcceptanceRequest(StrictSerializer):
    slug = serializers.SlugField(max_length=80, help_text="Of the new contender, in addresses.")
    reason = serializers.CharField(max_length=1000, allow_blank=True, required=False)
    asked_at = serializers.DateTimeField(required=False, help_text="Of the submission that was looked at; 409 when it was changed since.")


class SubmissionRefusalRequest(StrictSerializer):
    reason = serializers.CharField(max_length=1000, help_text="Why; the vendor reads it.")


class PageQuery(serializers.Serializer[Any]):
    cursor = serializers.CharField(max_length=500, required=False)


class QueueQuery(PageQuery):
    state = serializers.ChoiceField(choices=State.choices, required=False)


class SubmissionTermsSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    hash = serializers.CharField(help_text="SHA-256 of the text, hex.")
    text = serializers.CharField(help_text="Markdown.")


class SubmissionFindingSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=CHECKS)
    passed = serializers.BooleanField()
    detail = serializers.CharField()
    figures = serializers.DictField(help_text="What it rests on; each check has its own.")


class SubmissionCheckSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    passed = serializers.BooleanField()
    findings = SubmissionFindingSerializer(many=True)


class SubmitterSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class SubmissionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    organisation = SubmitterSerializer()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    terms_version = serializers.CharField()
    terms_hash = serializers.CharField()
    name = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    licence = serializers.CharField()
    openness = serializers.ChoiceField(choices=Openness.choices)
    parameters = serializers.CharField()
    url = serializers.CharField()
    price_input = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    price_output = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    system_prompt = serializers.CharField()
    note = serializers.CharField()
    protocol = serializers.ChoiceField(choices=PROTOCOLS)
    base_url = serializers.CharField()
    model = serializers.CharField()
    has_key = serializers.BooleanField()
    asked_at = serializers.DateTimeField(help_text="When it was last sent to be checked, as it is now.")
    state = serializers.ChoiceField(choices=State.choices)
    open = serializers.BooleanField(help_text="Whether it can still be changed, withdrawn or decided.")
    checks = SubmissionCheckSerializer(many=True, help_text="The newest five runs, the newest first.")
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    contender = serializers.CharField(allow_null=True, help_text="What became of it.")


class SubmissionPageSerializer(serializers.Serializer[Any]):
    results = SubmissionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SubmissionQueueSerializer(SubmissionPageSerializer):
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By state: review, checking, failed.")
    may_review = serializers.BooleanField(help_text="Whether the caller may decide.")
