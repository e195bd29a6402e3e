"""The shapes of the credits' API. Amounts that may pass 2^53 are decimal strings of base units (or wei); points are numbers."""

from typing import Any

from rest_framework import serializers

from arena.credits import queries
from arena.http.strict import StrictSerializer
from arena.users.models import Wallet

CONVERSION_STATES = ("waiting", *queries.STATES, "void")
STEPS = ("earn", "convert", "seal", "claim", "redeem")
UNITS = "Base units, a decimal string."


def units(text: str = "", **options: Any) -> serializers.CharField:
    """A field for an amount in base units."""
    return serializers.CharField(help_text=f"{text} {UNITS}".strip(), **options)


class ChainSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    explorer = serializers.CharField(help_text="Address of a block explorer; empty for none.")
    rpc = serializers.CharField(help_text="Address of a node for wallets that do not know the chain; empty for none.")
    development = serializers.BooleanField()


class ContractsSerializer(serializers.Serializer[Any]):
    credits = serializers.CharField(allow_null=True)
    stablecoin = serializers.CharField(allow_null=True)
    log = serializers.CharField(allow_null=True)
    timelock = serializers.CharField(allow_null=True)


class SymbolSerializer(serializers.Serializer[Any]):
    credit = serializers.CharField()
    stablecoin = serializers.CharField()


class RateSerializer(serializers.Serializer[Any]):
    num = serializers.CharField()
    den = serializers.CharField()


class CreditsSerializer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(help_text="Whether points can be converted here.")
    chain = ChainSerializer()
    contracts = ContractsSerializer()
    symbol = SymbolSerializer()
    decimals = serializers.IntegerField(help_text="Of credits and stablecoin.")
    units_per_point = serializers.IntegerField(help_text="Base units of a credit for one point.")
    rate = RateSerializer(allow_null=True, help_text="Stablecoin units for one unit of credit; null until the chain was asked.")
    minimum = serializers.IntegerField(help_text="Points, at a time.")
    daily_cap = serializers.IntegerField(help_text="Points, a person.")
    monthly_cap = serializers.IntegerField(help_text="Points, a person.")
    epoch_seconds = serializers.FloatField()
    next_seal_at = serializers.DateTimeField(allow_null=True, help_text="Null while nothing waits for an epoch.")
    delay_seconds = serializers.IntegerField(allow_null=True, help_text="From an epoch's post to its first claim.")
    faucet = serializers.BooleanField(help_text="Whether POST /me/faucet gives out gas.")


class EpochTransactionSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=("post", "veto", "anchor"))
    hash = serializers.CharField()
    block = serializers.IntegerField(allow_null=True)
    succeeded = serializers.BooleanField(allow_null=True)


class EpochSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=queries.STATES)
    sealed_at = serializers.DateTimeField()
    root = serializers.CharField()  # type: ignore[assignment]
    cum_total = units("What all leaves come to.")
    new_units = units("Of the conversions that it pays first.")
    accounts = serializers.IntegerField()
    data_hash = serializers.CharField(help_text="SHA-256 of manifest.json.")
    log_size = serializers.IntegerField()
    log_root = serializers.CharField()
    ratings_root = serializers.CharField()
    active_at = serializers.DateTimeField(allow_null=True, help_text="From when on it can be claimed; null until it is on chain.")
    transactions = EpochTransactionSerializer(many=True)


class FileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class EpochDetailSerializer(EpochSerializer):
    files = FileSerializer(many=True)


class EpochPageSerializer(serializers.Serializer[Any]):
    results = EpochSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ProofSerializer(serializers.Serializer[Any]):
    epoch = serializers.IntegerField()
    account = serializers.CharField()
    cumulative = units("All that the account was ever given, as of this epoch.")
    proof = serializers.ListField(child=serializers.CharField())


class AsOfSerializer(serializers.Serializer[Any]):
    block = serializers.IntegerField()
    time = serializers.DateTimeField()
    reachable = serializers.BooleanField(help_text="Whether the chain answered a moment ago.")


class DeployedSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    address = serializers.CharField()
    code_hash = serializers.CharField(help_text="keccak256 of its code.")
    deployed_in = serializers.CharField(allow_null=True, help_text="The transaction that made it.")


class TreasurySerializer(serializers.Serializer[Any]):
    as_of = AsOfSerializer(allow_null=True, help_text="What the chain's figures are as of; null until it was asked.")
    holdings = units("Stablecoin that the contract holds.", allow_null=True)
    liabilities = units("Stablecoin that it owes for what was posted.", allow_null=True)
    promised = units("Stablecoin for everything converted and not redeemed, posted or not.", allow_null=True)
    committed = units("Credits posted.", allow_null=True)
    supply = units("Credits that exist.", allow_null=True)
    redeemed = units("Credits burned.", allow_null=True)
    paid_out = units("Stablecoin paid for them.", allow_null=True)
    covered = serializers.BooleanField(allow_null=True, help_text="Whether holdings are as much as is promised, or more.")
    paused = serializers.BooleanField(allow_null=True)
    unsealed_points = serializers.IntegerField(help_text="Converted, and in no epoch yet.")
    unsealed_units = units("The same in credits.")
    sealed_units_not_posted = units("Credits in epochs that are not on chain yet.")
    epochs = EpochSerializer(many=True, help_text="The newest twenty.")
    contracts = DeployedSerializer(many=True)
    alarms = serializers.IntegerField(help_text="Open alarms about money.")


class ConversionRequest(StrictSerializer):
    points = serializers.IntegerField(min_value=1, max_value=10**12)
    units_per_point = serializers.IntegerField(
        min_value=1, max_value=10**12, help_text="The rate agreed to; refused unless it is in force."
    )


class ConversionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    points = serializers.IntegerField()
    units = units()
    wallet = serializers.CharField()
    at = serializers.DateTimeField()
    epoch = serializers.IntegerField(allow_null=True, help_text="The epoch that pays it first.")
    state = serializers.ChoiceField(choices=CONVERSION_STATES, help_text="`waiting` for an epoch, or the state of its own.")


class ConversionPageSerializer(serializers.Serializer[Any]):
    results = ConversionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class HeldWalletSerializer(serializers.Serializer[Any]):
    address = serializers.CharField()
    kind = serializers.ChoiceField(choices=Wallet.Kind.choices)
    linked_at = serializers.DateTimeField()


class EarlierWalletSerializer(serializers.Serializer[Any]):
    address = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class SpendableSerializer(serializers.Serializer[Any]):
    available = serializers.IntegerField()
    pending = serializers.IntegerField()


class LeftSerializer(serializers.Serializer[Any]):
    left = serializers.IntegerField(help_text="Points that may still be converted.")


class ClaimableSerializer(serializers.Serializer[Any]):
    epoch = serializers.IntegerField()
    cumulative = units("What the leaf says: the argument of `claim`.")
    amount = units("What a claim would give.")
    proof = serializers.ListField(child=serializers.CharField())
    active_at = serializers.DateTimeField()


class MyWalletSerializer(serializers.Serializer[Any]):
    wallet = HeldWalletSerializer(allow_null=True, help_text="Where credits go.")
    elsewhere = serializers.CharField(
        allow_null=True, help_text="Instead, the wallet that was linked for another chain; it is to be linked anew before credits go to it."
    )
    earlier = EarlierWalletSerializer(many=True, help_text="What was converted to these stays with them.")
    points = SpendableSerializer()
    today = LeftSerializer()
    month = LeftSerializer()
    converted_units = units("All conversions, but those taken back.")
    unsealed_units = units("Of those, in no epoch yet.")
    sealed_units = units("Of those, in an epoch.")
    claimable = ClaimableSerializer(allow_null=True, help_text="What the wallet may claim now, with the newest active epoch.")
    claimed_units = units("Credits that the wallet has claimed.")
    redeemed_units = units("Credits that it has redeemed.")
    balance_units = units("Credits that it holds; null while the chain is away.", allow_null=True)
    stablecoin_units = units("Stablecoin that it holds; null while the chain is away.", allow_null=True)
    gas_wei = serializers.CharField(allow_null=True, help_text="Wei, a decimal string; null while the chain is away.")
    step = serializers.ChoiceField(choices=STEPS, help_text="What there is to do next, or to wait for.")
    reachable = serializers.BooleanField(help_text="Whether the chain answered.")


class FaucetSerializer(serializers.Serializer[Any]):
    gas_wei = serializers.CharField(help_text="What the wallet holds now, a decimal string of wei.")
