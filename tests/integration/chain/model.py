"""A chain that is a list: blocks with events, replaced at will; and what a reader must have found of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from arena.chain import abi
from arena.chain.client import BlockHead, Chain, ChainUnavailable, Log, Refused
from arena.chain.models import Block, Deployment, Event

PAUSED = abi.topic("credits", "Paused")
WIDEST = 7


class Killed(BaseException):
    """As if the power went: nobody catches it."""


@dataclass(frozen=True)
class Made:
    head: BlockHead
    logs: tuple[Log, ...]


@dataclass
class Model(Chain):
    """Answers as a node would. `depth` blocks under the head may be replaced; a range of more than WIDEST blocks is refused.

    `patience`: after so many questions the asker dies.
    """

    rng: random.Random
    contracts: list[str]
    depth: int
    id: int = 1
    blocks: list[Made] = field(default_factory=list)
    finality: int = 0
    patience: int | None = None
    made: int = 0

    def __post_init__(self) -> None:
        self.extend(1)

    def extend(self, count: int) -> None:
        for _ in range(count):
            self.made += 1
            number, hash = len(self.blocks), f"0x{self.made:064x}"
            parent = self.blocks[-1].head.hash if self.blocks else "0x" + "0" * 64
            head = BlockHead(number, hash, parent, datetime.fromtimestamp(1_800_000_000 + self.made, UTC))
            self.blocks.append(Made(head, tuple(self._log(head, place) for place in range(self.rng.choice((0, 0, 1, 3))))))
        self.finality = max(self.finality, len(self.blocks) - 1 - self.depth)

    def _log(self, head: BlockHead, place: int) -> Log:
        address = self.rng.choice(self.contracts)
        data = bytes(12) + self.rng.randbytes(20)
        return Log(address, (PAUSED,), data, head.number, head.hash, "0x" + self.rng.randbytes(32).hex(), place)

    def reorg(self, depth: int) -> None:
        """Replace so many blocks, never a final one."""
        depth = min(depth, len(self.blocks) - 1 - self.finality)
        if depth > 0:
            del self.blocks[-depth:]
            self.extend(depth + self.rng.choice((0, 1, 2)))

    def _asked(self) -> None:
        if self.patience is not None:
            self.patience -= 1
            if self.patience < 0:
                raise Killed

    @property
    def development(self) -> bool:
        return False

    def newest(self) -> BlockHead:
        self._asked()
        return self.blocks[-1].head

    def final(self) -> int:
        self._asked()
        return self.finality

    def block(self, number: int) -> BlockHead:
        self._asked()
        if number >= len(self.blocks):
            raise ChainUnavailable("no such block")
        return self.blocks[number].head

    def logs(self, addresses: list[str], *, first: int, last: int, topics: Sequence[bytes] = ()) -> list[Log]:
        self._asked()
        assert not topics, "the reader asks for everything"
        if last - first + 1 > WIDEST:
            raise Refused("eth_getLogs", -32005, "too wide")
        return [log for made in self.blocks[first : last + 1] for log in made.logs if log.address in addresses]

    def logs_of_block(self, addresses: list[str], *, hash: str) -> list[Log]:
        self._asked()
        found = next((made for made in self.blocks if made.head.hash == hash), None)
        if found is None:
            raise Refused("eth_getLogs", -32000, "unknown block")
        return [log for log in found.logs if log.address in addresses]


def deployments(model: Model) -> list[Deployment]:
    return [
        Deployment.objects.create(chain_id=model.id, name="credits", address=address, block=0, code_hash="0x")
        for address in model.contracts
    ]


def agrees(model: Model, contracts: list[str] | None = None) -> None:
    """Assert that the rows say what the model's chain is."""
    wanted = {
        (log.block_hash, log.index, log.transaction, made.head.number <= model.finality)
        for made in model.blocks
        for log in made.logs
        if log.address in (contracts or model.contracts)
    }
    rows = Event.objects.filter(chain_id=model.id, canonical=True)
    if contracts:
        rows = rows.filter(contract__in=contracts)
    assert {(row.block_hash, row.log_index, row.transaction, row.final) for row in rows} == wanted
    assert not Event.objects.filter(chain_id=model.id, canonical=False, final=True).exists()
    kept = Block.objects.filter(chain_id=model.id, canonical=True).order_by("number")
    assert [row.hash for row in kept] == [made.head.hash for made in model.blocks[model.finality :]]
    assert [row.number for row in kept if row.final] == [model.finality]
    assert not Block.objects.filter(chain_id=model.id, number__lt=model.finality).exists()
