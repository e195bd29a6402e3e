"""What the chain says of one epoch, asked of the chain alone: for the guardian, and for strangers who have nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arena.chain import abi, contracts
from arena.chain.client import Chain, Log, Refused
from arena.credits.verification import Facts, Header, Posted
from arena.errors import ChainUnavailable


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where our contracts stand; events are looked for from block `first` on. Which stablecoin it is, the credits' contract says."""

    credits: str
    log: str
    first: int = 0

    @classmethod
    def named(cls, addresses: Mapping[str, str], first: int = 0) -> "Contracts":
        """Of addresses by name; raises KeyError when one is missing, and ValueError or TypeError when it is none."""
        return cls(abi.checksummed(addresses["credits"]), abi.checksummed(addresses["log"]), first)


def facts(number: int, of: Contracts, *, at: Chain) -> Facts:
    """Everything about an epoch, as of the newest block. Raises ChainUnavailable, also when events are missing that the contracts wrote."""
    block = at.head()

    def ask(function: str, *args: Any, name: str = "credits", address: str = of.credits) -> Any:
        return contracts.read(name, function, *args, at=at, address=address, block=block)

    coin, before = ask("stablecoin"), range(1, number)
    hashes, vetoed = _hashes(min(number, ask("head")), of, at, block), _vetoed(of, at, block)
    return Facts(
        chain_id=at.id,
        contract=of.credits,
        log=of.log,
        stablecoin=coin,
        posted=_posted(ask("epochs", number), hashes.get(number, b"")),
        header=_header(number, of, at, block) if ask("head", name="log", address=of.log)[0] >= number else None,
        good=max((other for other in before if not vetoed.get(other)), default=0),
        standing={other: hashed for other, hashed in hashes.items() if other in before and other not in vetoed},
        committed=ask("committed"),
        redeemed=ask("redeemed"),
        holdings=ask("balanceOf", of.credits, name="stablecoin", address=coin),
        num=ask("rateNumerator"),
        den=ask("rateDenominator"),
    )


def _hashes(upto: int, of: Contracts, at: Chain, block: int) -> dict[int, bytes]:
    """The data hash of each epoch, which its event alone tells; of all up to this one, at least."""
    told = _events("credits", of.credits, "EpochPosted", (), of.first, block, at)
    found = {int(args["id"]): bytes.fromhex(args["dataHash"][2:]) for args in told}
    if missing := set(range(1, upto + 1)) - found.keys():
        raise _untold(f"epoch {min(missing)}")
    return found


def _vetoed(of: Contracts, at: Chain, block: int) -> dict[int, bool]:
    """By vetoed epoch, whether that was before its activation."""
    told = _events("credits", of.credits, "EpochVetoed", (), of.first, block, at)
    return {int(args["id"]): args["wasPending"] for args in told}


def _posted(stored: Any, data_hash: bytes) -> Posted | None:
    root, cum_total, active_at, vetoed = stored
    return Posted(root=root, cum_total=cum_total, data_hash=data_hash, active_at=active_at, vetoed=vetoed) if any(root) else None


def _header(number: int, of: Contracts, at: Chain, block: int) -> Header:
    told = _events("log", of.log, "Appended", (number,), of.first, block, at)
    if not told:
        raise _untold(f"header {number}")
    size, *hashes = (told[-1][name] for name in ("size", "treeRoot", "ratingsRoot", "dataHash"))
    return Header(int(size), *(bytes.fromhex(value[2:]) for value in hashes))


def _untold(what: str) -> ChainUnavailable:
    return ChainUnavailable(
        f"The chain's node tells no event of {what}, which the contract has: it is behind, or events are looked for from too late a block on."
    )


def _events(name: str, address: str, event: str, indexed: tuple[int, ...], first: int, last: int, at: Chain) -> list[dict[str, Any]]:
    """The values of these events in order, by name; `indexed`: what their first topics must be."""
    topics = (abi.topic(name, event), *(value.to_bytes(32, "big") for value in indexed))
    found = (abi.decode_event(name, log.topics, log.data) for log in _logs(address, topics, first, last, at))
    return [decoded[1] for decoded in found if decoded is not None]


def _logs(address: str, topics: tuple[bytes, ...], first: int, last: int, at: Chain) -> list[Log]:
    """In one question where the node bears it, else by halves."""
    try:
        return at.logs([address], first=first, last=last, topics=topics)
    except Refused:
        if first >= last:
            raise
        middle = (first + last) // 2
        return _logs(address, topics, first, middle, at) + _logs(address, topics, middle + 1, last, at)
