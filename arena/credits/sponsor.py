"""Claims that the arena pays the gas for: one batch after the other, within a budget a day.

What a batch may cost at most is reserved before it is signed, with room for higher fees should it be stuck (`outgoing.SPONSORED_RAISE`);
once it is mined for good, what it did cost counts.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Max

from arena import clock
from arena.chain import contracts
from arena.chain.client import Chain
from arena.chain.models import Block, Deployment
from arena.credits import merkle, outgoing
from arena.credits.models import Attempt, Epoch, Receipt, Tree

BATCH = 50
_UNCLAIMED = """
SELECT leaf.account, leaf.cumulative, leaf.position FROM credits_leaf leaf LEFT JOIN (
    SELECT args ->> 'account' AS account, max((args ->> 'cumulative')::numeric) AS cumulative FROM chain_event
    WHERE chain_id = %s AND contract = %s AND name = 'Claimed' AND canonical GROUP BY 1
) claimed ON claimed.account = leaf.account
WHERE leaf.epoch_id = %s AND leaf.cumulative > coalesce(claimed.cumulative, 0) ORDER BY leaf.position LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the contract takes for one account; the order of its fields is the contract's."""

    account: str
    cumulative: int
    proof: tuple[bytes, ...]


def sponsor(*, at: Chain) -> None:
    """Send the next batch of claims if the one before is through and today's budget allows. Raises ChainUnavailable."""
    credits = contracts.deployed("credits")
    if not settings.SPONSOR_WEI_A_DAY or credits is None or not _through(at):
        return
    epoch = claimable(at, credits)
    claims = [] if epoch is None else unclaimed(epoch, BATCH)
    if epoch is None or not claims:
        return
    batch = (epoch.number, [(claim.account, claim.cumulative, list(claim.proof)) for claim in claims])
    if not contracts.read("credits", "claimMany", *batch, at=at):  # what would pay nobody is not paid for
        return
    count = Attempt.objects.filter(chain_id=at.id, number=0, purpose__startswith=outgoing.SPONSORED).count()
    data = contracts.encode("credits", "claimMany", *batch)
    outgoing.submit(
        purpose=f"{outgoing.SPONSORED}{count + 1}",
        role="settler",
        target=credits.address,
        data=data,
        at=at,
        allow=lambda wei: _allowed(at.id, wei),
    )


def unclaimed(epoch: Epoch, most: int) -> list[Claim]:
    """Up to `most` accounts that may claim something of this epoch, with their proofs."""
    with connection.cursor() as cursor:
        cursor.execute(_UNCLAIMED, [epoch.chain_id, epoch.contract, epoch.number, most])
        rows = cursor.fetchall()
    if not rows:
        return []
    nodes = bytes(Tree.objects.get(epoch=epoch).nodes)

    def node(place: int) -> bytes:
        return nodes[merkle.SIZE * place : merkle.SIZE * (place + 1)]

    return [Claim(account, cumulative, tuple(map(node, merkle.siblings(position)))) for account, cumulative, position in rows]


def _through(at: Chain) -> bool:
    """Whether the newest batch can do no more, or is mined for good and what it did has been read."""
    newest = Attempt.objects.filter(chain_id=at.id, number=0, purpose__startswith=outgoing.SPONSORED).order_by("at").last()
    if newest is None:
        return True
    outcome = outgoing.pursue(newest.purpose, at=at)
    if outcome.failed or not outcome.final:
        return outcome.failed
    receipt = Receipt.objects.filter(attempt__chain_id=at.id, attempt__purpose=newest.purpose, final=True).first()
    read = Block.objects.filter(chain_id=at.id, canonical=True).aggregate(newest=Max("number"))["newest"]
    return receipt is not None and read is not None and receipt.block_number <= read


def claimable(at: Chain, credits: Deployment) -> Epoch | None:
    """The newest epoch that pays now, by the contract's word."""
    now = at.newest().time.timestamp()
    for number in range(contracts.read("credits", "head", at=at), 0, -1):
        _, _, active_at, vetoed = contracts.read("credits", "epochs", number, at=at)
        if not vetoed and active_at <= now:
            return Epoch.objects.filter(pk=number, contract=credits.address).first()
    return None


def _allowed(chain_id: int, wei: int) -> bool:
    return spent_today(chain_id) + outgoing.SPONSORED_RAISE * wei <= settings.SPONSOR_WEI_A_DAY


def spent_today(chain_id: int) -> int:
    """Wei that today's batches (UTC) cost, and those that are under way may cost."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    firsts = Attempt.objects.filter(chain_id=chain_id, number=0, purpose__startswith=outgoing.SPONSORED, at__gte=midnight)
    total = 0
    for first in firsts:
        receipt = Receipt.objects.filter(attempt__chain_id=chain_id, attempt__purpose=first.purpose, final=True).first()
        total += receipt.gas_used * receipt.gas_price if receipt else outgoing.SPONSORED_RAISE * first.gas * first.max_fee
    return total
