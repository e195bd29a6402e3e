"""The shapes of the battle API: what is read strictly, and what is promised back."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers

from arena.battles.models import BLAME, ERROR_SENTENCES, PRAISE, SIDES, Outcome, ReportReason, Status
from arena.contenders.api import ContenderSerializer
from arena.http.strict import StrictSerializer
from arena.moderation.categories import CATEGORIES
from arena.ratings.api import StandingSerializer

REASONS = (*PRAISE, *BLAME)
UNRATED = ("skip", "names_itself", "private_test", "quarantine")
STATES = ("open", "voted", "deleted")
RANK = "0 is the best, equal is a tie; null where the vote gave none."
NAMES_WAIT = "Others are still to judge these answers: until then no contender is named, and none of their figures told."
WEEK_MS = 7 * 24 * 3600 * 1000


class TurnRequest(StrictSerializer):
    prompt = serializers.CharField(trim_whitespace=False, allow_blank=True, max_length=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class BattleRequest(StrictSerializer):
    prompt = serializers.CharField(trim_whitespace=False, allow_blank=True, required=False, max_length=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    prompt_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("prompt" in attrs) == ("prompt_id" in attrs):
            raise serializers.ValidationError({"prompt": ["Give either prompt or prompt_id."]})
        return attrs


class StopRequest(StrictSerializer):
    side = serializers.ChoiceField(choices=SIDES, required=False)


class BySide(StrictSerializer):
    """A value for each side, all of a kind; a battle has some or all of SIDES, of which the action knows."""

    each: ClassVar[Callable[[], serializers.Field[Any, Any, Any, Any]]]

    def get_fields(self) -> dict[str, Any]:
        return {side: type(self).each() for side in SIDES}


class RanksRequest(BySide):
    each = partial(serializers.IntegerField, min_value=0, max_value=len(SIDES) - 1, required=False)


class ReasonsRequest(BySide):
    @staticmethod
    def each() -> serializers.ListField:  # a child belongs to one list
        return serializers.ListField(child=serializers.ChoiceField(choices=REASONS), max_length=len(REASONS), required=False)


class ScrollRequest(BySide):
    each = partial(serializers.FloatField, min_value=0, max_value=1, required=False)


class SeenRequest(BySide):
    each = partial(serializers.IntegerField, min_value=0, max_value=10**7, required=False)


class MeasuresRequest(StrictSerializer):
    vote_ms = serializers.IntegerField(min_value=0, max_value=WEEK_MS, required=False, help_text="From the first token to the vote.")
    page_ms = serializers.IntegerField(min_value=0, max_value=WEEK_MS, required=False, help_text="On the page.")
    scroll = ScrollRequest(required=False, help_text="How far down each answer was read, 0 to 1.")
    seen = SeenRequest(required=False, help_text="Characters of each answer that were shown.")
    input = serializers.ChoiceField(choices=("key", "pointer", "touch"), required=False)


class VoteRequest(StrictSerializer):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    turn = serializers.IntegerField(min_value=0, max_value=1000)
    attempt = serializers.IntegerField(min_value=0, max_value=1000)
    ranks = RanksRequest(
        required=False, help_text="With `ranking`: the rank of every side, 0 the best, none left out; equal ranks are a tie."
    )
    reasons = ReasonsRequest(required=False)
    comment = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    measures = MeasuresRequest(required=False)


class ReportRequest(StrictSerializer):
    side = serializers.ChoiceField(choices=SIDES)
    turn = serializers.IntegerField(min_value=0, max_value=1000)
    reason = serializers.ChoiceField(choices=ReportReason.choices)
    comment = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="")


class ShareRequest(StrictSerializer):
    index = serializers.BooleanField(required=False, default=False, help_text="Whether search engines may list it.")


class PartSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=("text", "reasoning"))
    text = serializers.CharField()


class AnswerErrorSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=tuple(ERROR_SENTENCES))
    message = serializers.CharField()


class RemarkSerializer(serializers.Serializer[Any]):
    """Something that the voter should know of a text; nobody is refused anything for it."""

    category = serializers.ChoiceField(choices=tuple(CATEGORIES))
    message = serializers.CharField()


class AnswerSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=SIDES)
    status = serializers.ChoiceField(choices=Status.choices)
    parts = PartSerializer(many=True)
    truncated = serializers.BooleanField()
    error = AnswerErrorSerializer(allow_null=True)
    remarks = RemarkSerializer(many=True)


class TurnSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    attempt = serializers.IntegerField()
    prompt = PartSerializer(many=True)
    remarks = RemarkSerializer(many=True)
    answers = AnswerSerializer(many=True)


class StreamSerializer(serializers.Serializer[Any]):
    url = serializers.CharField()
    expires_at = serializers.DateTimeField()


class CanSerializer(serializers.Serializer[Any]):
    vote = serializers.ListField(child=serializers.ChoiceField(choices=Outcome.choices))
    follow_up = serializers.BooleanField()
    ask_again = serializers.BooleanField()
    stop = serializers.BooleanField()


class TokensSerializer(serializers.Serializer[Any]):
    input = serializers.IntegerField(allow_null=True)
    output = serializers.IntegerField(allow_null=True)


class RevealedSideSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=SIDES)
    contender = ContenderSerializer()
    rank = serializers.IntegerField(allow_null=True, help_text=RANK)
    before = StandingSerializer(allow_null=True)
    after = StandingSerializer(allow_null=True, help_text="Present once the board contains the vote.")
    first_token_ms = serializers.IntegerField(allow_null=True)
    tokens_per_second = serializers.FloatField(allow_null=True)
    tokens = TokensSerializer()
    cost_usd = serializers.CharField(allow_null=True)
    names_itself = serializers.BooleanField()


class EarnedSerializer(serializers.Serializer[Any]):
    awarded = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=("flat", "daily_cap", "network_cap", "skip", "unrated"))
    policy = serializers.CharField()
    available_at = serializers.DateTimeField(allow_null=True)


class ReceiptSerializer(serializers.Serializer[Any]):
    commit = serializers.CharField(help_text="SHA-256 of the salt and the canonical opening, hex.")
    salt = serializers.CharField(allow_null=True, help_text="Null while a contender of the battle is in private test, or its names wait.")
    time = serializers.DateTimeField()


class RevealSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    cast_at = serializers.DateTimeField()
    turn = serializers.IntegerField()
    attempt = serializers.IntegerField()
    rated = serializers.BooleanField()
    unrated_reason = serializers.ChoiceField(choices=UNRATED, allow_null=True)
    board = serializers.CharField()
    seq = serializers.IntegerField(allow_null=True, help_text="Its number in the log; null for the first moments.")
    names_wait = serializers.BooleanField(help_text=NAMES_WAIT)
    sides = RevealedSideSerializer(many=True)
    points = EarnedSerializer()
    receipt = ReceiptSerializer()


class ReportSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=SIDES)
    turn = serializers.IntegerField()
    reason = serializers.ChoiceField(choices=ReportReason.choices)
    at = serializers.DateTimeField()


class ShareSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    url = serializers.CharField(help_text="The page's address on this site.")
    index = serializers.BooleanField()


class SharedSideSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=SIDES)
    contender = ContenderSerializer()
    rank = serializers.IntegerField(allow_null=True, help_text=RANK)


class SharedSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    index = serializers.BooleanField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    turn = serializers.IntegerField(help_text="The turn that was judged.")
    names_wait = serializers.BooleanField(help_text=NAMES_WAIT)
    turns = TurnSerializer(many=True)
    sides = SharedSideSerializer(many=True)


class AskedOfVotersSerializer(serializers.Serializer[Any]):
    guidelines = serializers.CharField(allow_blank=True)
    voters = serializers.IntegerField(help_text="How many people judge the same answers.")


class BattleSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=STATES)
    prompt_id = serializers.UUIDField(allow_null=True, help_text="Of a pool's prompt; null for one of your own.")
    pool = AskedOfVotersSerializer(allow_null=True, help_text="What the prompt's pool asks of its voters.")
    stream = StreamSerializer(allow_null=True, help_text="While the latest turn has something to stream.")
    sides = serializers.ListField(child=serializers.ChoiceField(choices=SIDES), help_text="Two, unless the prompt's pool asks for more.")
    turns = TurnSerializer(many=True)
    can = CanSerializer()
    vote = RevealSerializer(allow_null=True)
    share = ShareSerializer(allow_null=True, help_text="While there is a link by which anybody may read it.")


class NameSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()


class SummarySideSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=SIDES)
    contender = NameSerializer(allow_null=True)
    rank = serializers.IntegerField(allow_null=True, help_text=RANK)


class BattleSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    prompt = serializers.CharField()
    turns = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    outcome = serializers.ChoiceField(choices=Outcome.choices, allow_null=True)
    sides = SummarySideSerializer(many=True)
    points = serializers.IntegerField()


class BattlePageSerializer(serializers.Serializer[Any]):
    results = BattleSummarySerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
