"""What the chain says of one epoch, asked of the chain alone: for the guardian, and for strangers who have nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arena.chain import abi, contracts
from arena.chain.client import Chain, Log, Refused
from arena.credits.verification import Facts, Header, Posted


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where our contracts stand; events are looked for from block `first` on."""

    credits: str
    log: str
    stablecoin: str
    first: int = 0

    @classmethod
    def named(cls, addresses: Mapping[str, str], first: int = 0) -> "Contracts":
        """Of addresses by name; raises KeyError when one is missing."""
        return cls(addresses["credits"], addresses["log"], addresses["stablecoin"], first)


def facts(number: int, of: Contracts, *, at: Chain) -> Facts:
    """Everything about an epoch, as of the newest block. Raises ChainUnavailable."""
    block = at.head()

    def ask(function: str, *args: Any, name: str = "credits", address: str = of.credits) -> Any:
        return contracts.read(name, function, *args, at=at, address=address, block=block)

    return Facts(
        chain_id=at.id,
        contract=of.credits,
        posted=_posted(number, ask("epochs", number), of, at, block),
        header=_header(number, of, at, block),
        committed=ask("committed"),
        redeemed=ask("redeemed"),
        holdings=ask("balanceOf", of.credits, name="stablecoin", address=of.stablecoin),
        num=ask("rateNumerator"),
        den=ask("rateDenominator"),
    )


def last_good(number: int, of: Contracts, *, at: Chain) -> int:
    """The newest epoch below this number that was not vetoed before its activation; 0 when there is none."""
    told = _events("credits", of.credits, "EpochVetoed", (), of.first, at.head(), at)
    gone = {int(args["id"]) for args in told if args["wasPending"]}
    return max((other for other in range(1, number) if other not in gone), default=0)


def _posted(number: int, stored: Any, of: Contracts, at: Chain, block: int) -> Posted | None:
    """What is stored, and the data hash, which the event alone tells."""
    root, cum_total, active_at, vetoed = stored
    if not any(root):
        return None
    told = _events("credits", of.credits, "EpochPosted", (number,), of.first, block, at)
    data_hash = bytes.fromhex(told[-1]["dataHash"][2:]) if told else b""
    return Posted(root=root, cum_total=cum_total, data_hash=data_hash, active_at=active_at, vetoed=vetoed)


def _header(number: int, of: Contracts, at: Chain, block: int) -> Header | None:
    told = _events("log", of.log, "Appended", (number,), of.first, block, at)
    if not told:
        return None
    size, *hashes = (told[-1][name] for name in ("size", "treeRoot", "ratingsRoot", "dataHash"))
    return Header(int(size), *(bytes.fromhex(value[2:]) for value in hashes))


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
