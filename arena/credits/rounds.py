"""One round of everything that goes on between the arena and the chain. Each part stands alone: what befalls one leaves the others working."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from arena.chain import contracts, reader
from arena.chain.client import Chain, ChainUnavailable, chain
from arena.credits import alarms, guardian, reconcile, settlement, sponsor, treasury

# One worker is enough. Who is frozen loses the lock after so long, and does no harm when it wakes: the parts bear being done by two.
IDLE_SECONDS = 15

log = logging.getLogger("arena.credits")


def follow(*, at: Chain) -> None:
    """Read what our contracts wrote since the last time. The stablecoin is not ours: everybody in the world moves it."""
    if found := [row for row in map(contracts.deployed, ("credits", "log", "timelock")) if row is not None]:
        reader.follow(found, at=at)


PARTS: dict[str, Callable[..., Any]] = {
    "follow": follow,
    "settle": settlement.settle,
    "guard": guardian.guard,
    "treasury": treasury.observe,
    "sponsor": sponsor.sponsor,
}


def go_round() -> bool:
    """Do all parts once; False if another process is at it or there is no chain. Never raises for what a part met: that is an alarm."""
    return _do(PARTS, "rounds")


def compare() -> bool:
    """Compare the books once; False if another process is at it or there is no chain."""
    return _do({"reconcile": reconcile.reconcile}, "reconcile")


def _do(parts: dict[str, Callable[..., Any]], name: str) -> bool:
    if not settings.CHAIN_RPC_URL:
        return False
    with _alone(name) as (mine, still_mine):
        if not mine:
            return False
        try:
            at = chain()
        except ChainUnavailable as error:
            alarms.sound("chain_unavailable", "", error.detail)
        else:
            for part, run in parts.items():
                _run(part, run, at)
                still_mine()
        alarms.show()
        return True


def _run(part: str, run: Callable[..., Any], at: Chain) -> None:
    try:
        run(at=at)
    except ChainUnavailable as error:
        alarms.sound("chain_unavailable", part, error.detail)
    except Exception as error:
        log.exception("a part of the settlement failed: %s", part)
        alarms.sound("fault", part, f"{part} ended in {type(error).__name__}; the log has more. It is tried again.")
    else:
        for code in ("chain_unavailable", "fault"):
            alarms.rest(code, part)
        alarms.rest("chain_unavailable")


@contextlib.contextmanager
def _alone(name: str) -> Iterator[tuple[bool, Callable[[], None]]]:
    """Whether nobody else does `name`, and a sign of life to give from time to time. The lock is a session's, on its own connection."""
    parameters = connection.get_connection_params()
    parameters["options"] = f"{parameters.get('options', '')} -c idle_session_timeout={IDLE_SECONDS * 1000}"
    plain = {key: value for key, value in parameters.items() if key not in ("cursor_factory", "context", "prepare_threshold")}
    with contextlib.closing(psycopg.connect(**plain, autocommit=True)) as own:
        row = own.execute("SELECT pg_try_advisory_lock(hashtext('arena.credits'), hashtext(%s))", [name]).fetchone()
        assert row is not None

        def alive() -> None:
            with contextlib.suppress(psycopg.Error):
                own.execute("SELECT")

        yield bool(row[0]), alive
