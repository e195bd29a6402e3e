"""The shapes of the pools' API."""

from typing import Any

from rest_framework import serializers

from arena.http.strict import StrictSerializer
from arena.prompts import formats, plans
from arena.prompts.formats.row import TAGS
from arena.prompts.models import MAX_SIDES, MIN_SIDES
from arena.prompts.serving import State

TEXT = 20_000
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TWINS = ("exact", "near")


class PoolEdit(StrictSerializer):
    """What a pool says of itself; in a change, what is left out stays."""

    title = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=TEXT, allow_blank=True, required=False, help_text="What it is for; for operators.")
    guidelines = serializers.CharField(max_length=TEXT, allow_blank=True, required=False, help_text="For voters.")
    licence = serializers.CharField(max_length=TEXT, allow_blank=True, required=False, help_text="Of its texts.")
    sides = serializers.IntegerField(min_value=MIN_SIDES, max_value=MAX_SIDES, required=False, help_text="Answers a battle has.")


class PoolEditRequest(PoolEdit):
    title = serializers.CharField(max_length=120, required=False)


class NewPoolRequest(PoolEdit):
    slug = serializers.RegexField(SLUG, max_length=80, help_text="Its name in addresses; it stays.")


class PromptRequest(StrictSerializer):
    """One prompt, as a line of a file has it."""

    id = serializers.CharField(max_length=120, help_text="Its name within the pool; one that is there is changed.")
    text = serializers.CharField(trim_whitespace=False)
    category = serializers.CharField(max_length=40)
    language = serializers.CharField(max_length=12)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), max_length=TAGS, required=False)
    system = serializers.CharField(allow_blank=True, trim_whitespace=False, required=False)
    parameters = serializers.DictField(required=False)
    held_out = serializers.BooleanField(required=False)
    chip = serializers.BooleanField(required=False)


class ImportQuery(StrictSerializer):
    ticket = serializers.CharField(required=False)
    kind = serializers.ChoiceField(choices=formats.KINDS)
    preview = serializers.BooleanField(default=False)
    mode = serializers.ChoiceField(choices=plans.MODES, default="add")
    leave_out = serializers.ChoiceField(choices=plans.LEAVE_OUT, default="none")
    after = serializers.IntegerField(min_value=0, required=False)
    name = serializers.CharField(max_length=120, required=False)


class ExportQuery(StrictSerializer):
    version = serializers.IntegerField(min_value=1, required=False)


class PromptsQuery(StrictSerializer):
    q = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    cursor = serializers.CharField(required=False)


class PoolVersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the canonical JSONL of the prompts in use.")
    count = serializers.IntegerField(help_text="Prompts in use.")
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    put_away = serializers.IntegerField()
    summary = serializers.CharField(help_text="The file or the prompt that the change came from.")
    by = serializers.CharField(source="by.display_name", allow_null=True, default=None, help_text="Null: a command of the machine's own.")
    at = serializers.DateTimeField()
    stored = serializers.SerializerMethodField(help_text="Whether its text can still be had.")

    def get_stored(self, version: Any) -> bool:
        return hasattr(version, "text")


class PoolSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    guidelines = serializers.CharField()
    licence = serializers.CharField()
    sides = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    prompts = serializers.IntegerField(source="in_use")
    held_out = serializers.IntegerField(help_text="Of the prompts in use.")
    put_away = serializers.IntegerField()
    version = PoolVersionSerializer(allow_null=True, help_text="The newest; null before the first import.")


class UploadSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="Where to send a file; add the parameters of an import.")
    expires_at = serializers.DateTimeField()
    bytes = serializers.IntegerField(help_text="The most that a file may have, unpacked too.")
    rows = serializers.IntegerField(help_text="The most prompts that a file may have.")


class PoolDetailSerializer(PoolSerializer):
    upload = UploadSerializer(allow_null=True, help_text="Null for who may not import.")
    can = serializers.DictField(child=serializers.BooleanField(), help_text="What this person may do: edit, prompts.")


class PoolListSerializer(serializers.Serializer[Any]):
    results = PoolSerializer(many=True)
    can = serializers.DictField(child=serializers.BooleanField(), help_text="What this person may do: create.")


class PoolVersionListSerializer(serializers.Serializer[Any]):
    results = PoolVersionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class PoolPromptSerializer(serializers.Serializer[Any]):
    uuid = serializers.UUIDField(source="pk", help_text="Its own address; it never changes.")
    id = serializers.CharField(source="key")
    text = serializers.CharField()
    category = serializers.CharField()
    language = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    system = serializers.CharField()
    parameters = serializers.DictField()
    held_out = serializers.BooleanField()
    chip = serializers.BooleanField()


class PoolPromptListSerializer(serializers.Serializer[Any]):
    results = PoolPromptSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class CountsSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="Duplicates that the request leaves out.")
    put_away = serializers.IntegerField()


class BadLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="From 1; in a Parquet file the row.")
    field = serializers.CharField(help_text="Empty for the line as a whole.")
    detail = serializers.CharField()


class DuplicateSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=TWINS)
    alike = serializers.FloatField(help_text="0 to 1: the share of common pieces.")
    of_id = serializers.CharField()
    of_line = serializers.IntegerField(allow_null=True, help_text="Null: it is in the pool already.")


class SampleSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    id = serializers.CharField()
    text = serializers.CharField(help_text="Its beginning.")
    category = serializers.CharField()
    language = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    """What an import did, or would do."""

    kind = serializers.ChoiceField(choices=formats.KINDS)
    rows = serializers.IntegerField(help_text="Prompts in the file, good and bad.")
    counts = CountsSerializer()
    bad = serializers.IntegerField(help_text="Lines that are not right; nothing is imported while there are any.")
    exact = serializers.IntegerField(help_text="Lines that say the same as others; counted in a preview only.")
    near = serializers.IntegerField(help_text="Lines that say nearly the same as others; counted in a preview only.")
    problems = BadLineSerializer(many=True, help_text="The first 1,000.")
    duplicates = DuplicateSerializer(many=True, help_text="The first 1,000.")
    sample = SampleSerializer(many=True, help_text="The first prompts that would be added or changed.")
    version = PoolVersionSerializer(allow_null=True, help_text="The pool's newest version.")
    imported = serializers.BooleanField(help_text="Whether this made a version.")


class PromptChangedSerializer(serializers.Serializer[Any]):
    version = PoolVersionSerializer()
    new = serializers.BooleanField(help_text="False where the pool held just that already.")
