"""OpenZeppelin's StandardMerkleTree over ['uint256', 'address', 'address', 'uint256'], byte for byte. Pure.

A leaf is keccak256(keccak256(abi.encode(chain id, contract, account, cumulative))): hashed twice, so that no inner node passes for one.
Nodes lie in one array, the root first, the children of `i` at `2i + 1` and `2i + 2`; leaves fill its end, sorted by hash, the smallest
last. A parent hashes its children in ascending order, so a proof needs no directions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_hash.auto import keccak

SIZE = 32
_ADDRESS_BYTES = 20


@dataclass(frozen=True, slots=True)
class Tree:
    """All nodes, 32 bytes each, the root first; `places` says for each leaf, in the order given, which node it is."""

    nodes: bytes
    places: tuple[int, ...]

    @property
    def root(self) -> bytes:
        return self.nodes[:SIZE]


def leaf(*, chain_id: int, contract: str, account: str, cumulative: int) -> bytes:
    """The hash of one leaf; raises ValueError for what is no address, OverflowError for a number that is no uint256."""
    return _twice(_head(chain_id, contract), account, cumulative)


def build(*, chain_id: int, contract: str, owed: Iterable[tuple[str, int]]) -> Tree:
    """The tree over (account, cumulative units). Raises ValueError when there is nothing to build it over."""
    head = _head(chain_id, contract)
    return over([_twice(head, account, cumulative) for account, cumulative in owed])


def over(leaves: Sequence[bytes]) -> Tree:
    """The tree over leaves that are hashed already; equal ones keep the order in which they were given."""
    if not leaves:
        raise ValueError("a tree has at least one leaf")
    size = 2 * len(leaves) - 1
    nodes: list[bytes] = [b""] * size
    places = [0] * len(leaves)
    for rank, index in enumerate(sorted(range(len(leaves)), key=leaves.__getitem__)):
        places[index] = size - 1 - rank
        nodes[size - 1 - rank] = leaves[index]
    for index in range(size - len(leaves) - 1, -1, -1):
        nodes[index] = _parent(nodes[2 * index + 1], nodes[2 * index + 2])
    return Tree(b"".join(nodes), tuple(places))


def siblings(place: int) -> list[int]:
    """Which nodes make up the proof of the node `place`, from the bottom up."""
    found = []
    while place > 0:
        found.append(place + 1 if place % 2 else place - 1)
        place = (place - 1) // 2
    return found


def _head(chain_id: int, contract: str) -> bytes:
    return chain_id.to_bytes(SIZE, "big") + _word(contract)


def _twice(head: bytes, account: str, cumulative: int) -> bytes:
    return keccak(keccak(head + _word(account) + cumulative.to_bytes(SIZE, "big")))


def _word(address: str) -> bytes:
    """An address as abi.encode has it: 20 bytes at the end of 32."""
    raw = bytes.fromhex(address.removeprefix("0x"))
    if len(raw) != _ADDRESS_BYTES:
        raise ValueError(f"{address} is not an address")
    return bytes(SIZE - _ADDRESS_BYTES) + raw


def _parent(a: bytes, b: bytes) -> bytes:
    return keccak(a + b if a < b else b + a)
