"""The door to the chain: what a node is asked, what it may answer, and what is not believed.

Importing this costs nothing: encoding and signing, which load much, are imported where they are used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.conf import settings

from arena import clock, metrics
from arena.chain.rpc import Node, Refused
from arena.errors import ChainUnavailable
from arena.signers import DEVELOPMENT_CHAIN as DEVELOPMENT

# A block's time may run ahead of ours by a little (clocks differ), never by this much.
FUTURE_SECONDS = 600.0
_SENT_BEFORE = ("already known", "already imported", "known transaction", "nonce too low", "alreadyknown", "already exists")

__all__ = ["DEVELOPMENT", "BlockHead", "Chain", "ChainUnavailable", "Fees", "Log", "Mined", "Refused", "Reverted", "chain"]


class Reverted(Exception):
    """A contract refused a call. `name` is its custom error ("" when it gave none that we know), `arguments` that error's values."""

    def __init__(self, name: str, arguments: tuple[Any, ...] = ()):
        super().__init__(f"{name or 'reverted'}({', '.join(map(str, arguments))})")
        self.name, self.arguments = name, arguments


@dataclass(frozen=True, slots=True)
class BlockHead:
    """A block's number, hash, parent's hash and time."""

    number: int
    hash: str
    parent: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei a unit of gas (EIP-1559): the most that is paid, and what of it goes to the block's maker."""

    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in a block. `gas_price` is what was paid a unit of gas, in wei."""

    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    gas_price: int


@dataclass(frozen=True, slots=True)
class Log:
    """One entry that a contract wrote, not decoded yet. `address` is checksummed."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: str
    transaction: str
    index: int


class Chain:
    """A node that answers for chain `id`. Every method asks it anew; every fault of it is ChainUnavailable."""

    def __init__(self, url: str, id: int, *, seconds: float, confirmations: int = 0):
        self.id, self.confirmations = id, confirmations
        self.node = Node(url, seconds, check=self._check_id)

    def _check_id(self, node: Node) -> None:
        found = _whole(node.ask("eth_chainId"))
        if found != self.id:
            raise ChainUnavailable(f"The node answers for chain {found}, and CHAIN_ID is {self.id}: one of the two settings is wrong.")

    @property
    def development(self) -> bool:
        """Whether this is the chain of a developer's machine, which may be lost and begun anew."""
        return self.id == DEVELOPMENT

    def head(self) -> int:
        """The number of the newest block."""
        return self.newest().number

    def newest(self) -> BlockHead:
        """The newest block. A block from the future is not believed: whoever tells of one may tell anything of its age."""
        found = _block(self.node.ask("eth_getBlockByNumber", "latest", False))
        age = (clock.now() - found.time).total_seconds()
        if age < -FUTURE_SECONDS and not self.development:
            raise ChainUnavailable("The chain's node tells of a block from the future. Its answers are not used.")
        metrics.CHAIN_HEAD.set(found.number)
        metrics.CHAIN_LAG.set(max(0.0, age))
        return found

    def final(self) -> int:
        """The number of the newest block that will not be replaced.

        CHAIN_CONFIRMATIONS blocks under the head; 0: what the node calls `finalized`, and on the development chain the head itself.
        """
        head = self.head()
        if self.confirmations or self.development:
            found = max(0, head - self.confirmations)
        else:
            try:
                found = _block(self.node.ask("eth_getBlockByNumber", "finalized", False)).number
            except Refused:
                raise ChainUnavailable("The chain's node knows no final block: set CHAIN_CONFIRMATIONS.") from None
        if found > head:
            raise ChainUnavailable("The chain's node calls a block final that is not there yet. Its answers are not used.")
        metrics.CHAIN_FINAL.set(found)
        return found

    def block(self, number: int) -> BlockHead:
        """The block with this number; raises ChainUnavailable when there is none yet."""
        found = _block(self.node.ask("eth_getBlockByNumber", hex(number), False))
        if found.number != number:
            raise ChainUnavailable("The chain's node answers with another block than was asked for.")
        return found

    def logs(self, addresses: list[str], *, first: int, last: int, topics: Sequence[bytes] = ()) -> list[Log]:
        """What these contracts wrote in blocks `first` to `last`, if it begins with `topics`. Raises Refused when the node finds that too much."""
        wanted = {"address": addresses, "fromBlock": hex(first), "toBlock": hex(last), "topics": [_hex(topic) for topic in topics]}
        return self._logs(wanted)

    def logs_of_block(self, addresses: list[str], *, hash: str) -> list[Log]:
        """What these contracts wrote in exactly this block. Raises Refused when the node has it no more."""
        return self._logs({"address": addresses, "blockHash": hash})

    def _logs(self, wanted: dict[str, Any]) -> list[Log]:
        found = self.node.ask("eth_getLogs", wanted)
        if not isinstance(found, list):
            _nonsense()
        return [_log(entry) for entry in found if not (isinstance(entry, dict) and entry.get("removed"))]

    def nonce(self, address: str) -> int:
        """How many transactions from `address` are in blocks: the nonce of its next one."""
        return _whole(self.node.ask("eth_getTransactionCount", address, "latest"))

    def fees(self) -> Fees:
        """What a transaction should offer now: room for the base fee to double, and the tip that the node suggests."""
        newest = self.node.ask("eth_getBlockByNumber", "latest", False)
        if not isinstance(newest, dict) or newest.get("baseFeePerGas") is None:
            raise ChainUnavailable("The chain has no base fee (EIP-1559); transactions of that kind are all that is signed here.")
        tip = _whole(self.node.ask("eth_maxPriorityFeePerGas"))
        return Fees(2 * _whole(newest["baseFeePerGas"]) + tip, tip)

    def estimate(self, *, sender: str, to: str, data: bytes) -> int:
        """The gas that this transaction would use now; `to` empty: it makes a contract. Raises Reverted."""
        wanted = {"from": sender, "data": _hex(data)} | ({"to": to} if to else {})
        try:
            return _whole(self.node.ask("eth_estimateGas", wanted))
        except Refused as error:
            _raise_revert(error)

    def send(self, raw: bytes) -> None:
        """Broadcast a signed transaction. That the node has it or its nonce already is no error: who asks decides by what is in blocks.

        Raises Refused when the node does not take it for another reason (`reason` says which: too low a fee, too little gas to pay with).
        """
        try:
            self.node.ask("eth_sendRawTransaction", _hex(raw))
        except Refused as error:
            if not any(told in error.reason.lower() for told in _SENT_BEFORE):
                raise

    def receipt(self, hash: str) -> Mined | None:
        """Where the transaction is in a block, or None while it is in none."""
        found = self.node.ask("eth_getTransactionReceipt", hash)
        if found is None:
            return None
        if not isinstance(found, dict) or _text(found.get("transactionHash")).lower() != hash.lower():
            _nonsense()
        return Mined(
            block_number=_whole(found.get("blockNumber")),
            block_hash=_text(found.get("blockHash")),
            succeeded=_whole(found.get("status")) == 1,
            gas_used=_whole(found.get("gasUsed")),
            gas_price=_whole(found.get("effectiveGasPrice")),
        )

    def call(self, *, to: str, data: bytes, block: int | None = None, gas: int | None = None) -> bytes:
        """What a read of a contract returns, at the head or at block `block`. Raises Reverted with the contract's own error.

        `gas`: what it may use up, where the contract is not ours; a node says in its own words that it was not enough (Refused).
        """
        at = "latest" if block is None else hex(block)
        wanted = {"to": to, "data": _hex(data)} | ({} if gas is None else {"gas": hex(gas)})
        try:
            return _bytes(self.node.ask("eth_call", wanted, at))
        except Refused as error:
            _raise_revert(error)

    def balance(self, address: str) -> int:
        """Wei."""
        return _whole(self.node.ask("eth_getBalance", address, "latest"))

    def code(self, address: str) -> bytes:
        """The code at an address; empty when no contract is there."""
        return _bytes(self.node.ask("eth_getCode", address, "latest"))


def chain() -> Chain:
    """The chain that the settings name, answering. Raises ChainUnavailable when there is none, it is down or slow, or it is another chain."""
    if not settings.CHAIN_RPC_URL:
        raise ChainUnavailable("This arena has no chain: CHAIN_RPC_URL is not set.")
    found = Chain(settings.CHAIN_RPC_URL, settings.CHAIN_ID, seconds=settings.CHAIN_SECONDS, confirmations=settings.CHAIN_CONFIRMATIONS)
    found.node.connect()
    return found


def _raise_revert(error: Refused) -> NoReturn:
    """What a node says when a contract refuses: error 3 with the contract's bytes, or words alone."""
    data = error.data.get("data") if isinstance(error.data, dict) else error.data
    if error.number != 3 and "revert" not in error.reason.lower():
        raise error
    from arena.chain import abi

    name, arguments = abi.decode_error(_bytes(data) if isinstance(data, str) and data.startswith("0x") else b"")
    raise Reverted(name, arguments) from None


def _nonsense() -> NoReturn:
    raise ChainUnavailable("The chain's node answers with what makes no sense.")


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        _nonsense()
    return value


def _whole(value: Any) -> int:
    try:
        return int(_text(value), 16)
    except ValueError:
        _nonsense()


def _bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(_text(value).removeprefix("0x"))
    except ValueError:
        _nonsense()


def _block(value: Any) -> BlockHead:
    if value is None:
        raise ChainUnavailable("The chain's node does not have a block that it should have.")
    if not isinstance(value, dict):
        _nonsense()
    try:
        time = datetime.fromtimestamp(_whole(value.get("timestamp")), UTC)
    except (OverflowError, ValueError, OSError):
        _nonsense()
    return BlockHead(_whole(value.get("number")), _text(value.get("hash")), _text(value.get("parentHash")), time)


def _log(value: Any) -> Log:
    if not isinstance(value, dict) or not isinstance(value.get("topics"), list):
        _nonsense()
    from arena.chain import abi

    return Log(
        address=abi.checksummed(_text(value.get("address"))),
        topics=tuple(_bytes(topic) for topic in value["topics"]),
        data=_bytes(value.get("data")),
        block_number=_whole(value.get("blockNumber")),
        block_hash=_text(value.get("blockHash")),
        transaction=_text(value.get("transactionHash")),
        index=_whole(value.get("logIndex")),
    )
