"""What operators do about money: each thing is recorded with who did it, and doing it again changes nothing."""

import hashlib
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.db.models import QuerySet

from arena.chain import contracts
from arena.chain.client import Chain, Reverted, chain
from arena.chain.models import Deployment
from arena.chain.signing import Role
from arena.credits import actions, outgoing
from arena.credits.models import Alarm, Attempt, Conversion, Epoch
from arena.errors import Conflict, IdempotencyConflict, NotFound, Unavailable
from arena.trail import actions as trail
from arena.users.models import User

ATTEMPTS_SHOWN = 50
WAITING_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that was sent (`hash`), or that somebody else has to make from their own account."""

    hash: str | None
    to: str
    data: bytes
    detail: str


@transaction.atomic
def seal(*, by: User) -> Epoch:
    """Seal an epoch now. Raises Conflict when there is nothing to seal."""
    epoch = actions.seal_epoch(by=by)
    if epoch is None:
        raise Conflict("Nothing waits to be sealed.")
    _record(by, epoch, f"Sealed epoch {epoch.number}")
    return epoch


@transaction.atomic
def approve(*, number: int, by: User) -> Epoch:
    """Say that an epoch may be posted. Raises what `approve_epoch` raises."""
    epoch = actions.approve_epoch(number=number, by=by)
    _record(by, epoch, f"Approved epoch {number}")
    return epoch


@transaction.atomic
def void(*, id: uuid.UUID, reason: str, by: User) -> Conversion:
    """Take a conversion back. Raises what `void_conversion` raises."""
    found = actions.void_conversion(id=id, reason=reason, by=by).conversion
    _record(by, found, f"Took the conversion {id} back: {reason}")
    return found


def veto(*, number: int, reason: str, by: User) -> Sent:
    """Have the guardian veto an epoch that is on chain, whoever posted it: a thief's was never sealed here.

    Raises NotFound, Conflict when it is only here or the contract would refuse, ChainUnavailable.
    """
    at, credits = chain(), _credits()
    epoch = Epoch.objects.filter(pk=number, chain_id=at.id, contract=credits.address).first()
    if not 0 < number <= contracts.read("credits", "head", at=at):
        if epoch is None:
            raise NotFound("There is no such epoch.")
        raise Conflict(f"Epoch {number} is not on chain yet: there is nothing to veto. Take conversions back instead.")
    data = contracts.encode("credits", "veto", number)
    _record(by, epoch or credits, f"Vetoed epoch {number}: {reason}")
    try:
        return _send(outgoing.for_aim(f"veto:{number}", at=at), "guardian", credits, data, at, f"Epoch {number} is vetoed.")
    except ImproperlyConfigured:
        return Sent(None, credits.address, data, "This machine has no guardian's key. Make this transaction from the guardian's account.")


def pause(*, by: User) -> Sent:
    """Stop posts and claims; redemption goes on. Elsewhere than on the development chain: what the guardian's multisig has to send."""
    at, credits = chain(), _credits()
    data = contracts.encode("credits", "pause")
    if not _development(at):
        return Sent(None, credits.address, data, "Make this transaction from the guardian's account: it stops posts and claims.")
    if contracts.read("credits", "paused", at=at):
        return Sent(None, credits.address, data, "Posts and claims are stopped already.")
    _record(by, credits, "Paused posts and claims")
    times = Attempt.objects.filter(chain_id=at.id, number=0, purpose__startswith="pause:").count()
    return _send(f"pause:{times + 1}", "guardian", credits, data, at, "Posts and claims are stopped; redemption goes on.")


def fund(*, units: int, key: str, by: User) -> Sent:
    """Give the treasury `units` (> 0) of the test stablecoin, once per person and `key`. On a real chain: the transfer that the owner of the money makes.

    Raises IdempotencyConflict when another sum was given for the key.
    """
    at, credits, coin = chain(), _credits(), contracts.deployed("stablecoin")
    if coin is None:
        raise Unavailable("No stablecoin is recorded for this chain: run `manage.py deploy_contracts`.")
    if not _development(at):
        data = contracts.encode("stablecoin", "transfer", credits.address, units)
        return Sent(None, coin.address, data, "Make this transaction from the account that holds the stablecoin: it pays the treasury.")
    data, purpose = contracts.encode("stablecoin", "mint", credits.address, units), _funding(key, by, at)
    signed = Attempt.objects.filter(chain_id=at.id, purpose=purpose).first()
    if signed is not None and bytes(signed.data) != data:
        raise IdempotencyConflict("Another sum was given for this Idempotency-Key; nothing was sent.")
    _record(by, coin, f"Funded the treasury with {units} units")
    return _send(purpose, "deployer", coin, data, at, f"The treasury has {units} units of the test stablecoin more.")


def _funding(key: str, by: User, at: Chain) -> str:
    """What such a transaction is for: the key may be longer than a purpose. Earlier ones have the key itself, and are known by it still."""
    former = f"fund:{by.pk.hex[:8]}:{key}"
    if Attempt.objects.filter(chain_id=at.id, purpose=former).exists():
        return former
    return f"fund:{hashlib.sha256(f'{by.pk.hex}:{key}'.encode()).hexdigest()[:32]}"


def _send(purpose: str, role: Role, to: Deployment, data: bytes, at: Chain, detail: str) -> Sent:
    try:
        sent = outgoing.submit(purpose=purpose, role=role, target=to.address, data=data, at=at)
    except Reverted as error:
        raise Conflict(f"{contracts.sentence(error)} Nothing was sent.") from error
    except outgoing.CannotPay as error:
        raise Unavailable(str(error)) from error
    assert sent is not None
    return Sent(sent.hash, to.address, data, detail)


def _development(at: Chain) -> bool:
    return at.development and settings.DEBUG


def _credits() -> Deployment:
    found = contracts.deployed("credits")
    if found is None:
        raise Unavailable("The contracts are not deployed on this chain: run `manage.py deploy_contracts`.")
    return found


def _record(by: User, about: models.Model, what: str) -> None:
    trail.note(by=by, about=about, said=what)


def attempts() -> QuerySet[Attempt]:
    """The newest signed transactions, with where they were mined."""
    return Attempt.objects.select_related("receipt").order_by("-at")[:ATTEMPTS_SHOWN]


def waiting() -> QuerySet[Conversion]:
    """The oldest conversions that no epoch has sealed and nobody has taken back, with their owners."""
    return Conversion.objects.filter(sealed=None, void=None).select_related("owner").order_by("at", "pk")[:WAITING_SHOWN]


def alarms() -> QuerySet[Alarm]:
    """What is open, the oldest first."""
    return Alarm.objects.filter(closed_at=None).order_by("opened_at")
