"""What the contracts hold and owe: asked by a worker, kept as one row, read by everybody without waiting for the chain."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Sum

from arena import clock
from arena.chain import contracts
from arena.chain.client import Chain
from arena.chain.models import Deployment
from arena.credits import queries
from arena.credits.models import Alarm, Conversion, Epoch, Treasury

# An answer older than this says nothing of whether the chain can be reached.
FRESH_SECONDS = 60.0
SHOWN = 20
# What is asked of ArenaCredits, and by which name it is kept.
ASKED = {
    "committed": "committed",
    "supply": "totalSupply",
    "redeemed": "redeemed",
    "paid_out": "paidOut",
    "liabilities": "liabilities",
    "num": "rateNumerator",
    "den": "rateDenominator",
    "delay": "delay",
    "epoch_cap": "epochCap",
    "head": "head",
    "paused": "paused",
    "symbol": "symbol",
}


def observe(*, at: Chain) -> Treasury | None:
    """Ask the contracts, all as of one block, and keep what they say; None where they are not deployed. Raises ChainUnavailable."""
    address = queries.contracts().get("credits")
    if address is None:
        return None
    block = at.newest()

    def ask(name: str, function: str, *args: Any) -> str:
        return str(contracts.read(name, function, *args, at=at, block=block.number))

    figures = {name: ask("credits", function) for name, function in ASKED.items()}
    figures |= {"holdings": ask("stablecoin", "balanceOf", address), "stablecoin_symbol": ask("stablecoin", "symbol")}
    kept = {
        "block": block.number,
        "time": block.time,
        "figures": {**figures, "paused": figures["paused"] == "True"},
        "seen_at": clock.now(),
    }
    return Treasury.objects.update_or_create(chain_id=at.id, contract=address, defaults=kept)[0]


def is_reachable(seen: Treasury | None) -> bool:
    """Whether the chain answered the worker a moment ago."""
    wait = timedelta(seconds=FRESH_SECONDS + 2 * settings.SETTLE_SECONDS)
    return seen is not None and clock.now() - seen.seen_at <= wait


def promised(credits: int, num: int, den: int) -> int:
    """Stablecoin units that so many units of credit may be redeemed for, rounded up."""
    return -(-credits * num // den)


def document() -> dict[str, Any]:
    """The treasury as everybody may see it."""
    seen = queries.last_seen()
    waiting = Conversion.objects.filter(sealed=None, void=None).aggregate(points=Sum("points"), units=Sum("units"))
    newest = list(Epoch.objects.order_by("-number")[:SHOWN])
    unsealed, sealed = waiting["units"] or 0, queries.owed()
    deployments = Deployment.objects.filter(chain_id=settings.CHAIN_ID, address__in=queries.contracts().values()).order_by("pk")
    return {
        **_chain_figures(seen, sealed + unsealed),
        "unsealed_points": waiting["points"] or 0,
        "unsealed_units": str(unsealed),
        "sealed_units_not_posted": str(max(0, sealed - int(seen.figures["committed"]) if seen else sealed)),
        "epochs": queries.described(newest),
        "contracts": [
            {"name": row.name, "address": row.address, "code_hash": row.code_hash, "deployed_in": row.transaction or None}
            for row in deployments
        ],
        "alarms": Alarm.objects.filter(closed_at=None).count(),
    }


def _chain_figures(seen: Treasury | None, owed: int) -> dict[str, Any]:
    names = ("holdings", "liabilities", "committed", "supply", "redeemed", "paid_out", "paused")
    if seen is None:
        return dict.fromkeys(("as_of", *names, "promised", "covered"))
    found = seen.figures
    need = promised(owed - int(found["redeemed"]), int(found["num"]), int(found["den"]))
    return {
        "as_of": {"block": seen.block, "time": seen.time, "reachable": is_reachable(seen)},
        **{name: found[name] for name in names},
        "promised": str(need),
        "covered": int(found["holdings"]) >= need,
    }
