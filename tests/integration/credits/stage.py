"""Short ways to people with points and wallets, and to what the chain would have told."""

import hashlib
import itertools
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from arena import clock
from arena.chain.abi import checksummed
from arena.chain.models import Deployment, Event
from arena.credits import actions, queries
from arena.credits.models import Conversion, Epoch, Treasury
from arena.ledger import actions as ledger
from arena.ledger.models import Kind
from arena.users import actions as users
from arena.users import terms
from arena.users.models import User, Wallet

DELAY = 60
_count = itertools.count()


def address(name: str) -> str:
    """An address that nobody has the key of, the same for the same name."""
    return checksummed(hashlib.sha256(name.encode()).hexdigest()[:40])


def deployed() -> None:
    """The contracts stand on the chain, as far as the arena knows."""
    for name in ("stablecoin", "credits", "log", "timelock"):
        Deployment.objects.create(chain_id=settings.CHAIN_ID, name=name, address=address(name), block=1, code_hash="0x" + "0" * 64)


def agree(user: User) -> None:
    now = terms.current()
    users.accept_terms_as(user, version=now.version, hash=now.hash, of_age=True, publish=False)


def member(name: str, points: int = 0, *, wallet: bool = True) -> User:
    """Somebody with an account, consent, a wallet of theirs, and points that they may spend."""
    user = User.objects.create(username=name, email=f"{name}@example.org")
    agree(user)
    if wallet:
        link(user, name)
    if points:
        give(user, points)
    return user


def link(user: User, name: str) -> Wallet:
    """The wallet of this name is the person's from now on."""
    Wallet.objects.filter(user=user, unlinked_at=None).update(unlinked_at=clock.now())
    return Wallet.objects.create(user=user, address=address(name), kind=Wallet.Kind.EOA, chain_id=settings.CHAIN_ID)


def give(user: User, points: int, *, key: str = "") -> None:
    """Points that the person may spend at once."""
    ledger.post(
        key=key or f"gift:{uuid.uuid4()}",
        source=ledger.account(Kind.ISSUANCE),
        target=ledger.account(Kind.AVAILABLE, user.pk),
        amount=points,
        kind="award",
        reason="flat",
    )


def convert(user: User, points: int, **more: Any) -> Conversion:
    """As the page does it."""
    wallet = actions.check_eligible(person=user, points=points)
    return actions.convert(person=user, points=points, **{"units_per_point": settings.UNITS_PER_POINT, "wallet": wallet, **more})


def sealed(*, by: User | None = None) -> Epoch:
    """The next epoch, which there must be something for."""
    epoch = actions.seal_epoch(by=by)
    assert epoch is not None
    return epoch


def state_of(epoch: Epoch) -> str:
    """As everybody may see it."""
    return str(queries.described([epoch])[0]["state"])


def told(name: str, *, final: bool = True, time: datetime | None = None, **args: Any) -> Event:
    """The chain says so."""
    number = next(_count)
    mark = f"0x{number:064x}"
    return Event.objects.create(
        chain_id=settings.CHAIN_ID,
        contract=address("credits"),
        name=name,
        args=args,
        block_number=number,
        block_hash=mark,
        transaction=mark,
        log_index=0,
        time=time or clock.now(),
        final=final,
    )


def posted(epoch: Epoch, *, active: datetime | None = None, **more: Any) -> Event:
    """An epoch that is on chain, active unless told otherwise."""
    since = active or clock.now() - timedelta(seconds=1)
    hashes: dict[str, Any] = {"root": f"0x{bytes(epoch.root).hex()}", "dataHash": f"0x{bytes(epoch.data_hash).hex()}"}
    return told("EpochPosted", id=str(epoch.number), **hashes, time=since - timedelta(seconds=DELAY), **more)


def asked(**figures: Any) -> Treasury:
    """The contracts were asked a moment ago, and said this."""
    said = dict.fromkeys(("committed", "supply", "redeemed", "paid_out", "liabilities", "holdings"), "0")
    said |= {"num": "1", "den": "1", "delay": str(DELAY), "symbol": "EVEN", "stablecoin_symbol": "USD"}
    kept = {"block": 1, "time": clock.now(), "seen_at": clock.now(), "figures": {**said, "paused": False, **figures}}
    return Treasury.objects.update_or_create(chain_id=settings.CHAIN_ID, contract=address("credits"), defaults=kept)[0]


def vetoed(epoch: Epoch, *, pending: bool = True, **more: Any) -> Event:
    """An epoch that was vetoed, before its activation unless told otherwise."""
    return told("EpochVetoed", id=str(epoch.number), wasPending=pending, committed="0", **more)
