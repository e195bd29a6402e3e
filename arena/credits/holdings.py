"""What one person has converted, and where it is: waiting, sealed, claimable, claimed, redeemed."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.db.models.fields.json import KT

from arena import transactions
from arena.chain import contracts
from arena.chain.client import Chain
from arena.chain.models import Event
from arena.credits import queries, treasury
from arena.credits.actions.convert import left, today
from arena.credits.models import Conversion
from arena.errors import ChainUnavailable
from arena.http.cache import Kept
from arena.ledger import queries as ledger
from arena.users.models import User, Wallet
from arena.users.queries import selves, wallet_of

# A page is not kept waiting by a node that has just become slow, and less so by others who wait for it.
PATIENCE_SECONDS, QUEUE_SECONDS = 2.0, 0.5
# What a wallet holds is asked of the node so often at most; but at once when the arena has seen it claim or redeem, which is a new name.
HELD_SECONDS, LATE_SECONDS, WALLETS = 5.0, 60.0, 1_000
_NOTHING: dict[str, Any] = {"balance_units": None, "stablecoin_units": None, "gas_wei": None, "reachable": False}
_wallets: Kept[tuple[str, int, int], dict[str, Any]] = Kept(HELD_SECONDS, late=LATE_SECONDS, most=WALLETS)


def conversions(person: User) -> QuerySet[Conversion]:
    """All conversions of a person and of the guests that they were."""
    return Conversion.objects.filter(owner__in=selves(person)).select_related("sealed__epoch", "void")


def told(rows: Sequence[Conversion]) -> list[dict[str, Any]]:
    """Conversions as their owner sees them."""
    epochs = {row.sealed.epoch for row in rows if hasattr(row, "sealed")}
    states = {epoch["number"]: epoch["state"] for epoch in queries.described(list(epochs))}
    return [_told(row, states) for row in rows]


def _told(row: Conversion, states: dict[int, str]) -> dict[str, Any]:
    sealed = getattr(row, "sealed", None)
    state = "void" if hasattr(row, "void") else states[sealed.epoch_id] if sealed else "waiting"
    return {
        "id": row.pk,
        "points": row.points,
        "units": str(row.units),
        "wallet": row.wallet,
        "at": row.at,
        "epoch": sealed and sealed.epoch_id,
        "state": state,
    }


def document(person: User) -> dict[str, Any]:
    """Everything on the way from a person's points to their wallet."""
    mine, midnight = selves(person), today()
    linked = wallet_of(person)
    wallet = linked if linked and linked.chain_id == settings.CHAIN_ID else None
    earlier = Wallet.objects.filter(user__in=mine, chain_id=settings.CHAIN_ID).exclude(unlinked_at=None).order_by("-linked_at")
    points, units = ledger.balances(*mine), _units(person)
    on_chain = _on_chain(wallet.address if wallet else None)
    return {
        "wallet": wallet and {"address": wallet.address, "kind": wallet.kind, "linked_at": wallet.linked_at},
        "elsewhere": linked.address if linked and wallet is None else None,
        "earlier": [{"address": row.address, "since": row.linked_at, "until": row.unlinked_at} for row in earlier],
        "points": {"available": points.available, "pending": points.pending},
        "today": {"left": left(mine, midnight, settings.CONVERSION_DAILY_CAP)},
        "month": {"left": left(mine, midnight.replace(day=1), settings.CONVERSION_MONTHLY_CAP)},
        **{name: str(value) for name, value in units.items()},
        **on_chain,
        "step": _step(points.available, units, on_chain),
    }


def _units(person: User) -> dict[str, int]:
    kept = conversions(person).filter(void=None)
    found = kept.aggregate(converted_units=Sum("units"), unsealed_units=Sum("units", filter=Q(sealed=None)))
    converted, unsealed = found["converted_units"] or 0, found["unsealed_units"] or 0
    return {"converted_units": converted, "unsealed_units": unsealed, "sealed_units": converted - unsealed}


def _step(available: int, units: dict[str, int], on_chain: dict[str, Any]) -> str:
    """The first of the way's steps, from its end, at which something is to be done or waited for."""
    if on_chain["claimable"]:
        return "claim"
    if int(on_chain["balance_units"] or 0):
        return "redeem"
    if units["unsealed_units"] or units["sealed_units"] > int(on_chain["claimed_units"]):
        return "seal"
    return "convert" if available >= settings.CONVERSION_MINIMUM else "earn"


def _on_chain(address: str | None) -> dict[str, Any]:
    if address is None:
        return {"claimable": None, "claimed_units": "0", "redeemed_units": "0", **_NOTHING, "reachable": _is_there()}
    claimed, redeemed = _sum(address, "Claimed", "amount"), _sum(address, "Redeemed", "credits")
    return {
        "claimable": _claimable(address, claimed),
        "claimed_units": str(claimed),
        "redeemed_units": str(redeemed),
        **_held(address, claimed, redeemed),
    }


def _events(name: str) -> QuerySet[Event]:
    address = queries.contracts().get("credits", "")
    return Event.objects.filter(chain_id=settings.CHAIN_ID, contract=address, name=name, canonical=True)


def _sum(address: str, name: str, amount: str) -> int:
    theirs = _events(name).annotate(account=KT("args__account")).filter(args__has_key="account", account=address)
    return sum(int(args[amount]) for args in theirs.values_list("args", flat=True))


def _claimable(address: str, claimed: int) -> dict[str, Any] | None:
    """What the newest active epoch gives the wallet above what it has claimed."""
    newest = queries.newest_active()
    found = queries.proof(newest[0], address) if newest else None
    if newest is None or found is None or int(found["cumulative"]) <= claimed:
        return None
    number, since = newest
    return {
        "epoch": number,
        "cumulative": found["cumulative"],
        "amount": str(int(found["cumulative"]) - claimed),
        "proof": found["proof"],
        "active_at": since,
    }


def _is_there() -> bool:
    return treasury.is_reachable(queries.last_seen())


def _held(address: str, claimed: int, redeemed: int) -> dict[str, Any]:
    """What the wallet holds, asked of the chain a moment ago, one question at a time; nothing, and without waiting, while that is away."""
    if not _is_there():
        return _NOTHING
    ours = queries.contracts()
    transactions.let_go()
    return _wallets.find((address, claimed, redeemed), lambda: _asked(address, ours), patience=QUEUE_SECONDS) or _NOTHING


def _asked(address: str, ours: Mapping[str, str]) -> dict[str, Any]:
    at = _node(settings.CHAIN_RPC_URL, settings.CHAIN_ID)
    try:
        credits, coins = (str(contracts.read(name, "balanceOf", address, at=at, address=ours[name])) for name in ("credits", "stablecoin"))
        return {"balance_units": credits, "stablecoin_units": coins, "gas_wei": str(at.balance(address)), "reachable": True}
    except (ChainUnavailable, KeyError):
        return _NOTHING


@functools.lru_cache(maxsize=1)
def _node(url: str, id: int) -> Chain:
    """The same for every page: it keeps its connection, and was asked which chain it is of."""
    return Chain(url, id, seconds=PATIENCE_SECONDS)
