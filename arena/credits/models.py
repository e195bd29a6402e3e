"""Points on their way to the chain. Conversions, epochs and signed transactions are facts; what became of them is read from the chain."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from arena import clock
from arena.append_only import AppendOnly
from arena.ledger.models import Transfer

ADDRESS, HASH = 42, 66


class Conversion(AppendOnly):
    """Points that a person turned into credits for the wallet that was theirs then."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conversions")
    wallet = models.CharField(max_length=ADDRESS, help_text="EIP-55 checksummed.")
    points = models.BigIntegerField()
    units_per_point = models.BigIntegerField(help_text="The rate that the person agreed to.")
    units = models.BigIntegerField(help_text="Credit base units: points x units_per_point.")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="conversion")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0, units_per_point__gt=0), name="conversion_converts_something"),
            models.CheckConstraint(condition=Q(units=F("points") * F("units_per_point")), name="conversion_at_its_rate"),
        ]
        permissions = [("void_conversion", "Can take a conversion back")]
        indexes = [
            models.Index(fields=["owner", "-at"], name="conversion_of_person"),
            models.Index(fields=["wallet"], name="conversion_to"),
        ]


class Void(AppendOnly):
    """A conversion that was taken back before any epoch that holds paid it: its points are available again."""

    conversion = models.OneToOneField(Conversion, on_delete=models.PROTECT, primary_key=True, related_name="void")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    after = models.PositiveIntegerField(default=0, db_default=0, help_text="The newest epoch then; the one behind it leaves this out.")
    at = models.DateTimeField(default=clock.now)


class Epoch(AppendOnly):
    """One sealed period: what it owes whom, and the heads of log, ratings and data at that moment. `number` is the contract's id."""

    number = models.PositiveIntegerField(primary_key=True)
    chain_id = models.BigIntegerField()
    contract = models.CharField(max_length=ADDRESS)
    root = models.BinaryField(max_length=32, help_text="Of the StandardMerkleTree over its leaves.")
    cum_total = models.BigIntegerField(help_text="Units that all leaves come to.")
    new_units = models.BigIntegerField(help_text="Units of the conversions sealed by it.")
    accounts = models.IntegerField(help_text="Leaves.")
    log_size = models.BigIntegerField(help_text="Entries of the log that it covers.")
    log_root = models.BinaryField(max_length=32, help_text="RFC 6962 tree head over those entries.")
    log_frontier = models.BinaryField(help_text="The complete subtrees of that tree, to go on from.")
    ratings_root = models.BinaryField(max_length=32)
    data_hash = models.BinaryField(max_length=32, help_text="SHA-256 of the manifest.")
    sealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    sealed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="epoch_from_one"),
            models.CheckConstraint(condition=Q(cum_total__gt=0, new_units__gte=0, accounts__gt=0), name="epoch_owes_something"),
        ]
        permissions = [
            ("seal_epoch", "Can seal an epoch"),
            ("veto_epoch", "Can veto an epoch"),
            ("pause", "Can pause claims"),
            ("fund", "Can fund the treasury"),
        ]


class Sealed(AppendOnly):
    """The epoch that first covers a conversion."""

    conversion = models.OneToOneField(Conversion, on_delete=models.PROTECT, primary_key=True, related_name="sealed")
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="sealed")


class Leaf(AppendOnly):
    """What one account may have claimed in all, as of one epoch. `position`: which node of the tree it is."""

    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="leaves")
    account = models.CharField(max_length=ADDRESS)
    cumulative = models.BigIntegerField()
    position = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["epoch", "account"], name="leaf_once"),
            models.CheckConstraint(condition=Q(cumulative__gt=0), name="leaf_owes_something"),
        ]


class Tree(AppendOnly):
    """Every node of an epoch's tree, 32 bytes each, the root first, so that a proof is a few slices and no computing."""

    epoch = models.OneToOneField(Epoch, on_delete=models.PROTECT, primary_key=True, related_name="tree")
    nodes = models.BinaryField()


class File(AppendOnly):
    """One file of an epoch's public data, byte for byte as its manifest names it."""

    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=60)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["epoch", "name"], name="file_once")]


class Approval(AppendOnly):
    """Somebody's word that an epoch may go on chain. Above a threshold two different people are needed."""

    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["epoch", "by"], name="approval_once")]


class Signer(models.Model):
    """An account that signs for the arena; its row is locked while a nonce is taken."""

    chain_id = models.BigIntegerField()
    address = models.CharField(max_length=ADDRESS)
    next_nonce = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "address"], name="signer_once")]


class Attempt(AppendOnly):
    """One signed transaction, stored before it is sent. A purpose (`post:3`) has one nonce; a further attempt pays more for it."""

    id = models.UUIDField(primary_key=True, default=clock.new_id, editable=False)
    chain_id = models.BigIntegerField()
    purpose = models.CharField(max_length=80)
    number = models.PositiveIntegerField(help_text="0 for the first; one more for each replacement.")
    signer = models.CharField(max_length=ADDRESS)
    nonce = models.BigIntegerField()
    target = models.CharField(max_length=ADDRESS)
    max_fee = models.BigIntegerField(help_text="Wei a unit of gas.")
    priority_fee = models.BigIntegerField(help_text="Wei a unit of gas.")
    gas = models.BigIntegerField()
    data = models.BinaryField(help_text="The call, to be signed again at a higher fee.")
    raw = models.BinaryField()
    hash = models.CharField(max_length=HASH)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "purpose", "number"], name="attempt_once"),
            models.UniqueConstraint(fields=["chain_id", "signer", "nonce", "number"], name="attempt_nonce_once"),
            models.UniqueConstraint(fields=["chain_id", "hash"], name="attempt_hash_once"),
        ]


class Receipt(models.Model):
    """Where an attempt was seen in a block; gone again when that block is."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, primary_key=True, related_name="receipt")
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=HASH)
    succeeded = models.BooleanField()
    gas_used = models.BigIntegerField()
    gas_price = models.BigIntegerField()
    final = models.BooleanField(default=False)


class Inspection(AppendOnly):
    """What the guardian found when it derived an epoch that was posted again from public data: nothing, or why it was vetoed."""

    chain_id = models.BigIntegerField()
    contract = models.CharField(max_length=ADDRESS)
    number = models.PositiveIntegerField()
    block_hash = models.CharField(max_length=HASH, help_text="Of the block that posted it: what is posted anew is looked at anew.")
    findings = models.JSONField(help_text="A sentence for each thing that fails.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "contract", "number", "block_hash"], name="inspection_once")]


class Treasury(models.Model):
    """What the contracts said when they were last asked, so that no reader of a page waits for the chain."""

    chain_id = models.BigIntegerField()
    contract = models.CharField(max_length=ADDRESS)
    block = models.BigIntegerField()
    time = models.DateTimeField(help_text="Of that block.")
    figures = models.JSONField(help_text="By name; whole numbers as decimal strings.")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "contract"], name="treasury_once")]


class Alarm(models.Model):
    """Something about money that does not add up or does not go on. Open until what it says is no longer so."""

    code = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    detail = models.TextField(help_text="A sentence for the operator.")
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "subject"], condition=Q(closed_at=None), name="alarm_open_once")]
