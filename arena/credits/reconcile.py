"""Whether the ledger, the epochs and the contracts say the same, to the unit. `differences` is pure; `read` asks everybody for the same moment."""

from dataclasses import dataclass, field

from django.db import connection
from django.db.models import BigIntegerField, DecimalField, Max, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from arena.chain import contracts
from arena.chain.client import Chain
from arena.chain.models import Block, Deployment, Event
from arena.credits import alarms
from arena.credits.models import Attempt, Epoch, Signer

# One statement is one moment: who converts meanwhile is on both sides or on none.
_OURS = """
SELECT
    (SELECT coalesce(sum(amount), 0) FROM ledger_transfer JOIN ledger_account ON ledger_account.id = target_id WHERE ledger_account.kind = 'conversions')
    - (SELECT coalesce(sum(amount), 0) FROM ledger_transfer JOIN ledger_account ON ledger_account.id = source_id WHERE ledger_account.kind = 'conversions'),
    (SELECT coalesce(sum(points), 0) FROM credits_conversion WHERE NOT EXISTS (SELECT FROM credits_void WHERE conversion_id = credits_conversion.id)),
    (SELECT coalesce(sum(cumulative), 0) FROM credits_leaf WHERE epoch_id = newest.number),
    coalesce(newest.cum_total, 0)
FROM (SELECT 1) one LEFT JOIN (
    SELECT number, cum_total FROM credits_epoch WHERE chain_id = %s AND contract = %s ORDER BY number DESC LIMIT 1
) newest ON true
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A signer: nonces that we have given out, nonces that the chain has seen used, the lowest of ours that no final block has."""

    next_nonce: int
    used: int
    waiting: int | None


@dataclass(frozen=True, slots=True)
class Books:
    """What everybody says: whole units; chain's figures as of one final block. `good`: the newest epoch that was not vetoed in time."""

    ledger_points: int
    converted_points: int
    leaves: int
    sealed_total: int
    good: int
    good_total: int
    committed: int
    supply: int
    redeemed: int
    claimed: int
    paid_out: int
    redemptions: int
    numerator: int
    denominator: int
    holdings: int
    liabilities: int
    signers: dict[str, Account] = field(default_factory=dict)


COMPARED = ("ledger", "leaves", "committed", "supply", "paid_out", "liabilities", "nonce")


def differences(books: Books) -> dict[str, dict[str, str]]:
    """A sentence for everything that does not add up, by alarm code and subject. Pure."""
    found: dict[str, dict[str, str]] = {code: {} for code in COMPARED}

    def must(code: str, equal: bool, sentence: str, subject: str = "") -> None:
        if not equal:
            found[code][subject] = sentence

    b = books
    must(
        "ledger",
        b.ledger_points == b.converted_points,
        f"The ledger holds {b.ledger_points} converted points, conversions come to {b.converted_points}.",
    )
    must("leaves", b.leaves == b.sealed_total, f"The newest epoch's leaves come to {b.leaves} units, its total is {b.sealed_total}.")
    must(
        "committed",
        b.good_total == b.committed,
        f"The contract has committed {b.committed} units, our epoch {b.good} comes to {b.good_total}.",
    )
    must(
        "supply",
        b.supply + b.redeemed == b.claimed,
        f"{b.supply} units exist and {b.redeemed} were redeemed, but {b.claimed} were claimed.",
    )
    most = b.redeemed * b.numerator // b.denominator
    sound = b.paid_out == b.redemptions and b.paid_out <= most
    must(
        "paid_out",
        sound,
        f"{b.paid_out} stablecoin units were paid out, {b.redemptions} are on record, {most} is the most for what was redeemed.",
    )
    must("liabilities", b.holdings >= b.liabilities, f"The treasury holds {b.holdings} stablecoin units and owes {b.liabilities}.")
    for address, account in b.signers.items():
        must("nonce", account.used <= account.next_nonce, _strange(address, account), address)
        must("nonce", account.waiting is None or account.used >= account.waiting, _gap(address, account), address)
    return found


def _strange(address: str, account: Account) -> str:
    return f"{address} has sent {account.used} transactions, we signed {account.next_nonce}: who else has its key?"


def _gap(address: str, account: Account) -> str:
    return f"{address} has sent {account.used} transactions, and the next of ours has number {account.waiting}: one is missing between."


def reconcile(*, at: Chain) -> None:
    """Open an alarm for every difference, and close those that are gone. Raises ChainUnavailable."""
    credits = contracts.deployed("credits")
    books = None if credits is None else read(credits, at=at)
    if books is not None:
        for code, subjects in differences(books).items():
            alarms.keep(code, subjects)


def read(credits: Deployment, *, at: Chain) -> Books | None:
    """Everybody's figures, the chain's as of the newest final block whose events were read; None while there is none."""
    block = Block.objects.filter(chain_id=at.id, final=True).aggregate(newest=Max("number"))["newest"]
    if block is None:
        return None

    def ask(function: str, name: str = "credits", *args: str) -> int:
        return int(contracts.read(name, function, *args, at=at, block=block))

    good = _good(credits, block)
    ours = Epoch.objects.filter(pk=good).first()
    with connection.cursor() as cursor:
        cursor.execute(_OURS, [at.id, credits.address])
        ledger, converted, leaves, total = map(int, cursor.fetchone() or ())
    return Books(
        ledger_points=ledger,
        converted_points=converted,
        leaves=leaves,
        sealed_total=total,
        good=good,
        good_total=ours.cum_total if ours else 0,
        committed=ask("committed"),
        supply=ask("totalSupply"),
        redeemed=ask("redeemed"),
        claimed=_told(credits, block, "Claimed", "amount"),
        paid_out=ask("paidOut"),
        redemptions=_told(credits, block, "Redeemed", "paid"),
        numerator=ask("rateNumerator"),
        denominator=ask("rateDenominator"),
        holdings=ask("balanceOf", "stablecoin", credits.address),
        liabilities=ask("liabilities"),
        signers={row.address: _signer(row, at) for row in Signer.objects.filter(chain_id=at.id)},
    )


def _final(credits: Deployment, block: int, name: str) -> QuerySet[Event]:
    ours = Event.objects.filter(chain_id=credits.chain_id, contract=credits.address, name=name)
    return ours.filter(canonical=True, final=True, block_number__lte=block)


def _good(credits: Deployment, block: int) -> int:
    """The newest epoch on chain that was not vetoed before its activation; 0 if none."""
    vetoed = _final(credits, block, "EpochVetoed").filter(args__wasPending=True).values("args__id")
    posted = _final(credits, block, "EpochPosted").exclude(args__id__in=vetoed)
    return posted.aggregate(newest=Max(Cast(KT("args__id"), BigIntegerField())))["newest"] or 0


def _told(credits: Deployment, block: int, name: str, value: str) -> int:
    number = Cast(KT(f"args__{value}"), DecimalField(max_digits=78, decimal_places=0))
    return int(_final(credits, block, name).aggregate(total=Sum(number))["total"] or 0)


def _signer(row: Signer, at: Chain) -> Account:
    """`next_nonce` is read after the chain is asked: what we sign meanwhile is no difference."""
    used = at.nonce(row.address)
    ours = Attempt.objects.filter(chain_id=row.chain_id, signer=row.address)
    over = ours.filter(receipt__final=True).values("purpose")
    waiting = ours.filter(number=0).exclude(purpose__in=over).order_by("nonce").values_list("nonce", flat=True).first()
    row.refresh_from_db()
    return Account(next_nonce=row.next_nonce, used=used, waiting=waiting)
