"""The heart: battles, their answers, and the votes on them.

Battle, Side and Vote hold ids and numbers only; what people and contenders wrote lies in Turn and Answer, what would identify
lies in VoteSalt and VoteContext, so that erasing a person never touches a fact.
"""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from arena import clock
from arena.append_only import AppendOnly
from arena.battles import pairing
from arena.battles.vocabulary import BLAME as BLAME
from arena.battles.vocabulary import BROKEN as BROKEN
from arena.battles.vocabulary import ERROR_SENTENCES as ERROR_SENTENCES
from arena.battles.vocabulary import PRAISE as PRAISE
from arena.battles.vocabulary import RUNNING as RUNNING
from arena.battles.vocabulary import Outcome as Outcome
from arena.battles.vocabulary import ReportReason as ReportReason
from arena.battles.vocabulary import Status as Status
from arena.battles.vocabulary import outcomes as outcomes
from arena.contenders.models import Contender
from arena.prompts.models import MAX_SIDES, Prompt

# The letters that sides may have; most battles have the first two.
SIDES = tuple("abcdef"[:MAX_SIDES])


class Battle(AppendOnly):
    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="battles")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, null=True, related_name="battles")
    category = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=12, blank=True)
    classifier = models.CharField(
        max_length=40, blank=True, db_default="", help_text="What decided on category and language, with its version."
    )
    reuses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, help_text="The battle whose answers it shows again.")
    seed = models.BigIntegerField()
    candidates = ArrayField(models.BigIntegerField())
    standings_seq = models.BigIntegerField()
    policy = models.CharField(max_length=80)
    probability = models.FloatField(help_text="Probability with which this unordered set of contenders was drawn.")
    publish = models.BooleanField(help_text="Whether its texts may be published, as consented before it began.")
    created_at = models.DateTimeField(default=clock.now)

    said: list["Turn"]  # its turns in order, of a battle that was read whole

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(probability__gt=0, probability__lte=1), name="battle_probability")]
        indexes = [models.Index(fields=["voter", "-created_at", "-id"], name="battle_by_voter")]


class Panel(models.Model):
    """The answers of a battle that several voters judge: its own voter, and those whose battles reuse it."""

    battle = models.OneToOneField(Battle, on_delete=models.PROTECT, primary_key=True, related_name="panel")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="panels")
    closed = models.BooleanField(default=False, help_text="It takes nobody more: all have voted, or its answers are not good for it.")

    class Meta:
        indexes = [models.Index(fields=["prompt", "battle"], condition=Q(closed=False), name="panel_open")]


class Seated(models.Model):
    """A network from which somebody sits, or has sat, at a panel: says nothing of who, and is forgotten when the panel is closed."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="+")
    network = models.CharField(max_length=64, help_text="Salted hash of the panel and the network: another one on every panel.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["panel", "network"], name="seated_once")]


class Side(AppendOnly):
    """A contender's place in a battle. `draw` 1 replaces draw 0 when that one failed before its first token."""

    battle = models.ForeignKey(Battle, on_delete=models.PROTECT, related_name="sides")
    position = models.PositiveSmallIntegerField()
    draw = models.PositiveSmallIntegerField(default=0)
    contender = models.ForeignKey(Contender, on_delete=models.PROTECT, related_name="sides")
    probability = models.FloatField(null=True, help_text="Of a replacement: its own conditional probability.")
    private_test = models.BooleanField(default=False, db_default=False, help_text="Whether it was in private test when it was drawn.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["battle", "position", "draw"], name="side_once"),
            models.CheckConstraint(condition=Q(position__lt=6, draw__lt=2), name="side_bounds"),
        ]

    @property
    def letter(self) -> str:
        return "abcdef"[self.position]


class Turn(models.Model):
    battle = models.ForeignKey(Battle, on_delete=models.PROTECT, related_name="turns")
    number = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField(default=0)
    content = models.JSONField(help_text="The prompt as typed parts.")
    remarks = ArrayField(models.CharField(max_length=20), default=list, db_default=[], help_text="Categories of which the voter is warned.")
    created_at = models.DateTimeField(default=clock.now)

    given: list["Answer"]  # its answers, of every attempt, with their sides and contenders, in a battle that was read whole

    class Meta:
        constraints = [models.UniqueConstraint(fields=["battle", "number"], name="turn_once")]


class Answer(models.Model):
    turn = models.ForeignKey(Turn, on_delete=models.PROTECT, related_name="answers")
    side = models.ForeignKey(Side, on_delete=models.PROTECT, related_name="answers")
    attempt = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    text = models.TextField(default="")
    reasoning = models.TextField(default="")
    truncated = models.BooleanField(default=False)
    error = models.CharField(
        max_length=20, default="", help_text="failed, timed_out, empty, interrupted or withheld: all that anyone is told."
    )
    fault = models.TextField(default="", help_text="What the provider said, for operators only.")
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    first_token_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stop_requested = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True, help_text="Until when the process that writes it is believed to be alive.")
    remarks = ArrayField(models.CharField(max_length=20), default=list, db_default=[], help_text="Categories of which the voter is warned.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["turn", "side", "attempt"], name="answer_once")]
        # Without `lease_until`, which changes several times a second.
        indexes = [
            models.Index(fields=["turn"], condition=models.Q(status="streaming"), name="answer_streaming"),
            BrinIndex(fields=["finished_at"], autosummarize=True, name="answer_finished"),
        ]


class Withheld(models.Model):
    """What an answer said that is not shown to anybody but operators: its own row has these words no more."""

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, primary_key=True, related_name="withheld")
    text = models.TextField(default="")
    reasoning = models.TextField(default="")
    at = models.DateTimeField(default=clock.now)


class Asked(models.Model):
    """The checker outside was asked about an answer."""

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, primary_key=True, related_name="asked")
    at = models.DateTimeField(default=clock.now)


class Spent(models.Model):
    """What one person's answers, or (the zero UUID) everybody's, used up on a day (UTC); written by a trigger on answers only.

    The arena's share lies in several slots, so that answers that end at the same moment do not wait for one row.
    """

    day = models.DateField()
    person = models.UUIDField()
    slot = models.PositiveSmallIntegerField()
    tokens = models.BigIntegerField()
    cost = models.DecimalField(max_digits=20, decimal_places=9, help_text="USD.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "person", "slot"], name="spent_once")]


class Vote(AppendOnly):
    """The voter's judgement of a battle (P1: one a battle), with all that a replay needs."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    battle = models.OneToOneField(Battle, on_delete=models.PROTECT, related_name="vote")
    turn = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    contenders = ArrayField(models.BigIntegerField(), help_text="By side.")
    ranks = ArrayField(models.PositiveSmallIntegerField(), help_text="By side; 0 is best, equal is a draw; empty when skipped.")
    rated = models.BooleanField()
    unrated_reason = models.CharField(max_length=16, blank=True)
    naming = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="Sides whose own words gave their name away.")
    standings = models.JSONField(help_text="What each side's rating was at the vote.")
    award = models.PositiveIntegerField()
    award_reason = models.CharField(max_length=16)
    reward_policy = models.CharField(max_length=40)
    commit = models.BinaryField(max_length=32)
    commit_person = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=clock.now)

    # Of a battle that was read whole: its number in the log, and when its points may be spent.
    seq: int | None
    available_at: datetime | None

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rated=False) | ~Q(outcome=Outcome.SKIP), name="vote_skip_is_never_rated"),
            models.CheckConstraint(
                condition=Q(rated=True, unrated_reason="") | (Q(rated=False) & ~Q(unrated_reason="")), name="vote_reason"
            ),
        ]
        indexes = [BrinIndex(fields=["at"], autosummarize=True, name="vote_at")]


class VoteSalt(models.Model):
    """The salts that open a vote's two commitments; without the second, nobody can tie the vote to a person."""

    vote = models.OneToOneField(Vote, on_delete=models.PROTECT, primary_key=True, related_name="salt")
    rating = models.BinaryField(max_length=32)
    person = models.BinaryField(max_length=32, null=True)
    person_opening = models.JSONField(null=True)


class VoteContext(models.Model):
    """How the vote came about, for later work on quality; erasable, and never part of the log."""

    vote = models.OneToOneField(Vote, on_delete=models.PROTECT, primary_key=True, related_name="context")
    reasons = models.JSONField(default=dict)
    comment = models.TextField(default="")
    measures = models.JSONField(default=dict)
    network = models.CharField(max_length=32, default="", db_index=True, help_text="Salted hash of the day and the network.")


class VoteStyle(AppendOnly):
    """What the judged answers looked like, in numbers that outlive their texts: for telling style from substance."""

    vote = models.OneToOneField(Vote, on_delete=models.PROTECT, primary_key=True, related_name="style")
    counts = ArrayField(ArrayField(models.PositiveIntegerField(), size=5), help_text="By side: length, headers, lists, bold, code.")


class Scan(models.Model):
    """Whether the texts of a judged battle hold personal data: nothing is published without this verdict, and only if it is clean."""

    vote = models.OneToOneField(Vote, on_delete=models.PROTECT, primary_key=True, related_name="scan")
    scanner = models.CharField(max_length=40, help_text="What looked, with its version.")
    found = models.JSONField(help_text="Kinds of personal data by text: {turn: {prompt|side: [kind]}}.")
    is_clean = models.BooleanField()
    at = models.DateTimeField(default=clock.now)


class Retraction(AppendOnly):
    """A vote counts no more: boards are folded anew without it. The vote itself stays, for everybody to see."""

    class Reason(models.TextChoices):
        FRAUD = "fraud"
        AUTOMATED = "automated"
        MISTAKE = "mistake"

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    vote = models.OneToOneField(Vote, on_delete=models.PROTECT, related_name="retraction")
    reason = models.CharField(max_length=16, choices=Reason)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    salt = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=clock.now)


class Correction(AppendOnly):
    """What a battle was about, in an operator's judgement; of several the newest holds."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    battle = models.ForeignKey(Battle, on_delete=models.PROTECT, related_name="corrections")
    category = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=12, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    salt = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=clock.now)


class PairingPolicy(AppendOnly):
    """Who meets whom from now on, as an operator decided; of several the newest holds."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    name = models.CharField(max_length=16, choices=pairing.NAMES)
    uniform_share = models.DecimalField(
        max_digits=5, decimal_places=4, default=Decimal("0.25"), help_text="Of the draws; above 0, so that every pair stays possible."
    )
    contender_floor = models.DecimalField(
        max_digits=5, decimal_places=4, default=0, help_text="A contender's share of all sides, at least."
    )
    contender_cap = models.DecimalField(max_digits=5, decimal_places=4, default=1, help_text="A contender's share of all sides, at most.")
    vendor_floor = models.DecimalField(max_digits=5, decimal_places=4, default=0, help_text="A vendor's share of all sides, at least.")
    vendor_cap = models.DecimalField(max_digits=5, decimal_places=4, default=1, help_text="A vendor's share of all sides, at most.")
    version = models.CharField(max_length=80, editable=False, help_text="As battles that it draws carry it.")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    salt = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "pairing policies"
        constraints = [
            models.CheckConstraint(condition=Q(uniform_share__gt=0, uniform_share__lte=1), name="pairing_uniform_share"),
            models.CheckConstraint(
                condition=Q(contender_floor__gte=0, contender_floor__lte=F("contender_cap"), contender_cap__gt=0, contender_cap__lte=1),
                name="pairing_contender_bounds",
            ),
            models.CheckConstraint(
                condition=Q(vendor_floor__gte=0, vendor_floor__lte=F("vendor_cap"), vendor_cap__gt=0, vendor_cap__lte=1),
                name="pairing_vendor_bounds",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class RewardPolicy(AppendOnly):
    """What votes earn from now on, as a treasurer decided; of several the newest holds."""

    points = models.PositiveIntegerField(help_text="For a rated vote.")
    daily_cap = models.PositiveIntegerField(help_text="A person's most in a day.")
    guest_network_daily_cap = models.PositiveIntegerField(help_text="The most that all guests of one network earn together in a day.")
    version = models.CharField(max_length=40, editable=False, help_text="As the votes that it pays carry it.")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "reward policies"
        default_permissions = ("add", "view")

    def __str__(self) -> str:
        return self.version


class Erasure(AppendOnly):
    """The words of a battle were deleted at its voter's wish; its facts, which say nothing of them, stay."""

    battle = models.OneToOneField(Battle, on_delete=models.PROTECT, primary_key=True, related_name="erasure")
    at = models.DateTimeField(default=clock.now)


class Share(models.Model):
    """A link by which anybody may read a voted battle; without the row the link is dead."""

    battle = models.OneToOneField(Battle, on_delete=models.PROTECT, related_name="share")
    token = models.CharField(max_length=32, unique=True)
    index = models.BooleanField(default=False, help_text="Whether search engines may list it.")
    at = models.DateTimeField(default=clock.now)


class Report(models.Model):
    """A voter's complaint about an answer, for operators to look at."""

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    class Decision(models.TextChoices):
        DISMISSED = "dismissed"
        UPHELD = "upheld"
        WITHHELD = "withheld"

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="reports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports")
    reason = models.CharField(max_length=16, choices=ReportReason)
    comment = models.TextField(default="", blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="closed_reports")
    decision = models.CharField(max_length=10, choices=Decision, blank=True, db_default="", help_text="What an operator decided.")
    note = models.CharField(max_length=500, blank=True, db_default="", help_text="Why.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "answer"], name="report_once"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | Q(state="closed", closed_at__isnull=False), name="report_state"
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="report_queue")]
