"""Every transaction that the arena sends: signed once, stored before it is sent, and sent until the chain has it.

A *purpose* (`post:3`) is what a transaction is for; it has one nonce, taken in the database transaction that stores the signed bytes. So
a process may die anywhere: what is stored is found and sent again, what is not was never signed. A further *attempt* replaces one that is
stuck: same nonce, higher fees. What became of a purpose is decided by what the chain shows, receipts and the signer's nonce, and never by
the words of an error. Nothing here asks the chain inside a database transaction.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import QuerySet

from arena import clock
from arena.chain import signing
from arena.chain.client import Chain, Fees, Mined, Refused
from arena.chain.signing import Role
from arena.credits.models import Attempt, Receipt, Signer

GWEI = 10**9
# The estimate is of this moment's state; what is not used is not paid.
HEADROOM = 1.25
# Nodes take a replacement that pays 10% more, some 12.5%.
RAISE_NUMERATOR, RAISE_DENOMINATOR = 9, 8
# What is spent for others is bounded: see `sponsor`.
SPONSORED, SPONSORED_RAISE = "sponsor:", 2

log = logging.getLogger("arena.credits")


class Status(StrEnum):
    UNKNOWN = "unknown"  # never signed
    PENDING = "pending"  # sent, and in no block
    MINED = "mined"
    REVERTED = "reverted"  # in a block, and the contract refused it
    OVERTAKEN = "overtaken"  # its nonce was used by something else


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a purpose. `final`: its block can no longer be replaced."""

    purpose: str
    status: Status
    final: bool = False

    @property
    def failed(self) -> bool:
        """Whether it will never do what it is for: another transaction may be signed for that."""
        return self.status == Status.OVERTAKEN or (self.status == Status.REVERTED and self.final)


class CannotPay(Exception):
    """The signer's account holds less than the transaction may cost."""

    def __init__(self, address: str, needed: int, held: int):
        self.address = address
        super().__init__(f"The account {address} holds {held} wei; the next transaction may cost {needed} wei. Send it some more.")


def submit(
    *, purpose: str, role: Role, target: str, data: bytes, at: Chain, allow: Callable[[int], bool] = lambda wei: True
) -> Attempt | None:
    """Sign, store and send `data` to `target` as `role`, once per `purpose`: asked again, only what is stored is sent again.

    None, and nothing signed, if `allow` refuses what it may cost at most, in wei. Raises chain's Reverted if the contract would refuse it
    (nothing signed), CannotPay (nothing signed), and ChainUnavailable at any point: what is stored then is sent by a later `pursue_all`.
    """
    first = _attempts(at.id, purpose).first()
    if first is None:
        key = signing.key_of(role)
        address = signing.address_of(key)
        gas = int(at.estimate(sender=address, to=target, data=data) * HEADROOM)
        count, held, fees = at.nonce(address), at.balance(address), at.fees()
        fees = _within(fees, GWEI * settings.FEE_CEILING_GWEI)
        if gas * fees.max_fee > held:
            raise CannotPay(address, gas * fees.max_fee, held)
        first = _sign_first(
            Attempt(chain_id=at.id, purpose=purpose, signer=address, target=target, data=data, gas=gas), key, count, fees, allow
        )
    if first is not None:
        _broadcast([first], at)
    return first


@transaction.atomic
def _sign_first(draft: Attempt, key: str, count: int, fees: Fees, allow: Callable[[int], bool]) -> Attempt | None:
    """Take the next nonce and store what is signed with it; the first one if the purpose has one by now."""
    signer = _locked(draft.chain_id, draft.signer, count)
    if (there := _attempts(draft.chain_id, draft.purpose).first()) is not None:
        return there
    if not allow(draft.gas * fees.max_fee):
        return None
    draft.nonce = max(signer.next_nonce, count)  # something else may have used nonces of this account
    signer.next_nonce = draft.nonce + 1
    signer.save(update_fields=["next_nonce"])
    return _sign(draft, key, 0, fees)


def _locked(chain_id: int, address: str, count: int) -> Signer:
    Signer.objects.get_or_create(chain_id=chain_id, address=address, defaults={"next_nonce": count})
    return Signer.objects.select_for_update().get(chain_id=chain_id, address=address)


def _sign(of: Attempt, key: str, number: int, fees: Fees) -> Attempt:
    signed = signing.sign(key=key, chain_id=of.chain_id, nonce=of.nonce, to=of.target, data=bytes(of.data), gas=of.gas, fees=fees)
    return Attempt.objects.create(
        chain_id=of.chain_id,
        purpose=of.purpose,
        number=number,
        signer=of.signer,
        nonce=of.nonce,
        target=of.target,
        data=of.data,
        gas=of.gas,
        max_fee=fees.max_fee,
        priority_fee=fees.priority_fee,
        raw=signed.raw,
        hash=signed.hash,
    )


def pursue_all(*, at: Chain) -> dict[str, Outcome]:
    """Look after every purpose whose end is not final, each signer's in the order of their nonces; gives what became of them.

    Raises ChainUnavailable; whatever was done until then holds.
    """
    outcomes: dict[str, Outcome] = {}
    if at.development:
        _forget_what_is_lost(at)
    for address, theirs in groupby(_open(at.id), key=lambda attempt: attempt.signer):
        used = at.nonce(address)  # before the receipts: a transaction mined in between is found then, and not taken for overtaken
        for purpose, attempts in groupby(theirs, key=lambda attempt: attempt.purpose):
            outcomes[purpose] = _pursue(list(attempts), used, at)
    return outcomes


def _forget_what_is_lost(at: Chain) -> None:
    """A development chain may be begun anew: what was mined for good there is sent again, the same bytes, and lands as it did."""
    for signer in Signer.objects.filter(chain_id=at.id):
        used = at.nonce(signer.address)
        theirs = Receipt.objects.filter(attempt__chain_id=at.id, attempt__signer=signer.address, final=True)
        theirs.filter(attempt__nonce__gte=used).delete()


def pursue(purpose: str, *, at: Chain) -> Outcome:
    """Look after one purpose, and before it after all that have to be mined first. Raises ChainUnavailable."""
    return pursue_all(at=at).get(purpose) or remembered(purpose, chain_id=at.id)


def remembered(purpose: str, *, chain_id: int) -> Outcome:
    """What is known of a purpose without asking the chain."""
    last = Receipt.objects.filter(attempt__chain_id=chain_id, attempt__purpose=purpose).select_related("attempt").first()
    if last is not None:
        return _told(last)
    return Outcome(purpose, Status.PENDING if _attempts(chain_id, purpose).exists() else Status.UNKNOWN)


def latest(aim: str, *, chain_id: int) -> str:
    """The newest purpose for this aim: `post:3`, or `post:3/2` where a first one failed; the aim itself if none was signed yet."""
    tries = Attempt.objects.filter(chain_id=chain_id, number=0, purpose__regex=rf"^{aim}(/[0-9]+)?$")
    return max(tries.values_list("purpose", flat=True), key=_try_of, default=aim)


def for_aim(aim: str, *, at: Chain) -> str:
    """The purpose to submit for this aim: the newest, or a further one where that has failed for good. Raises ChainUnavailable."""
    purpose = latest(aim, chain_id=at.id)
    return after(purpose) if pursue(purpose, at=at).failed else purpose


def after(purpose: str) -> str:
    """The next purpose for the same aim: to be used only once this one has failed."""
    return f"{purpose.partition('/')[0]}/{_try_of(purpose) + 1}"


def _try_of(purpose: str) -> int:
    return int(purpose.partition("/")[2] or 1)


def _open(chain_id: int) -> list[Attempt]:
    """All attempts of purposes without a final receipt."""
    over = Receipt.objects.filter(final=True, attempt__chain_id=chain_id).values("attempt__purpose")
    return list(Attempt.objects.filter(chain_id=chain_id).exclude(purpose__in=over).order_by("signer", "nonce", "purpose", "number"))


def _attempts(chain_id: int, purpose: str) -> QuerySet[Attempt]:
    return Attempt.objects.filter(chain_id=chain_id, purpose=purpose).order_by("number")


def _pursue(attempts: list[Attempt], used: int, at: Chain) -> Outcome:
    """`attempts`: all of one purpose; `used`: how many nonces of the signer were used a moment ago."""
    last = at.final()  # before the receipt, whose block may not be final yet at that time
    for attempt in reversed(attempts):
        if (mined := at.receipt(attempt.hash)) is not None:
            return _told(_record(attempt, attempts, mined, final=_is_final(mined, last, at)))
    Receipt.objects.filter(attempt__in=attempts, final=False).delete()  # its block is gone
    first = attempts[0]
    if used > first.nonce:
        return Outcome(first.purpose, Status.OVERTAKEN)
    if used == first.nonce and clock.now() - attempts[-1].at >= timedelta(seconds=settings.FEE_PATIENCE_SECONDS):
        attempts = [*attempts, *_replace(attempts, at.fees())]
    _broadcast(attempts, at)
    return Outcome(first.purpose, Status.PENDING)


def _broadcast(attempts: list[Attempt], at: Chain) -> None:
    """Send what is stored. A node that refuses it is only told of: of a replaced attempt it is right, of another the alarms will tell."""
    for attempt in attempts:
        try:
            at.send(bytes(attempt.raw))
        except Refused as error:
            log.info(
                "the node did not take a transaction", extra={"purpose": attempt.purpose, "attempt": attempt.number, "reason": error.reason}
            )


def _is_final(mined: Mined, last: int, at: Chain) -> bool:
    return mined.block_number <= last and at.block(mined.block_number).hash == mined.block_hash


@transaction.atomic
def _record(attempt: Attempt, attempts: list[Attempt], mined: Mined, *, final: bool) -> Receipt:
    """Keep where it was mined, in place of what was seen of the purpose before; a final receipt is not touched again."""
    seen = Receipt.objects.select_for_update().filter(attempt__in=attempts, final=True).first()
    if seen is not None:
        return seen
    Receipt.objects.filter(attempt__in=attempts).exclude(attempt=attempt).delete()
    row, _ = Receipt.objects.update_or_create(
        attempt=attempt,
        defaults={
            "block_number": mined.block_number,
            "block_hash": mined.block_hash,
            "succeeded": mined.succeeded,
            "gas_used": mined.gas_used,
            "gas_price": mined.gas_price,
            "final": final,
        },
    )
    return row


def _told(receipt: Receipt) -> Outcome:
    return Outcome(receipt.attempt.purpose, Status.MINED if receipt.succeeded else Status.REVERTED, receipt.final)


@transaction.atomic
def _replace(attempts: list[Attempt], market: Fees) -> list[Attempt]:
    """One attempt more, for higher fees; none where that is above the ceiling, or another process has made one meanwhile."""
    newest = attempts[-1]
    _locked(newest.chain_id, newest.signer, newest.nonce)
    if _attempts(newest.chain_id, newest.purpose).count() > len(attempts):
        return []
    most = GWEI * settings.FEE_CEILING_GWEI
    if newest.purpose.startswith(SPONSORED):
        most = min(most, SPONSORED_RAISE * attempts[0].max_fee)
    fees = Fees(max_fee=max(_raised(newest.max_fee), market.max_fee), priority_fee=max(_raised(newest.priority_fee), market.priority_fee))
    fees = _within(fees, most)
    if fees.max_fee < _raised(newest.max_fee) or fees.priority_fee < _raised(newest.priority_fee):
        return []
    try:
        key = _key_of(newest.signer)
    except LookupError as error:  # what is stored is sent on all the same, and others have keys
        log.warning("a transaction is stuck: %s", error, extra={"purpose": newest.purpose})
        return []
    log.warning("a transaction is stuck, paying more", extra={"purpose": newest.purpose, "attempt": newest.number + 1})
    return [_sign(newest, key, newest.number + 1, fees)]


def _raised(fee: int) -> int:
    """The least that replaces `fee`: an eighth more, rounded up, and 1 wei at least."""
    return max(fee + 1, -(-fee * RAISE_NUMERATOR // RAISE_DENOMINATOR))


def _within(fees: Fees, most: int) -> Fees:
    return Fees(max_fee=min(fees.max_fee, most), priority_fee=min(fees.priority_fee, fees.max_fee, most))


def _key_of(address: str) -> str:
    """The key of a role of ours that has this address; raises LookupError when it is no longer in the settings."""
    for role in signing.ROLES:
        with contextlib.suppress(ImproperlyConfigured):  # a role without a key, which is not the one that is looked for
            if signing.address_of(key := signing.key_of(role)) == address:
                return key
    raise LookupError(f"No key in the settings is that of {address}: a transaction of it is stuck and cannot be replaced.")
