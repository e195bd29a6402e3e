"""A chain of the tests' own: one anvil a worker, put back to where it was after each test."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from arena.chain import abi, deploying, signing
from arena.chain.client import Chain, ChainUnavailable, Mined
from arena.chain.models import Deployment
from arena.embedded import children, localchain
from tests.processes import eventually, free_port

START_SECONDS = 20.0
GAS = 5_000_000
DELAY, TIMELOCK_DELAY = 60, 3600
TREASURY = 10**12
RECORDED = ("chain_id", "name", "address", "block", "transaction", "code_hash", "at")
# anvil's further accounts, filled with test ether: people and strangers.
PEOPLE = {
    "ada": "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "ben": "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "stranger": "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
}


@dataclass
class Anvil:
    """A running chain; `rpc` says anything to it, and the rest is what tests say often."""

    port: int
    process: subprocess.Popen[bytes]
    chain: Chain = field(init=False)
    contracts: "Contracts | None" = None

    def __post_init__(self) -> None:
        self.chain = Chain(self.url, localchain.CHAIN_ID, seconds=10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rpc(self, method: str, *params: Any) -> Any:
        return self.chain.node.ask(method, *params)

    def mine(self, blocks: int = 1) -> None:
        self.rpc("anvil_mine", hex(blocks))

    def pass_time(self, seconds: int) -> None:
        """Let so much time go by on the chain, and mine a block then."""
        self.rpc("evm_increaseTime", seconds)
        self.mine()

    def reorg(self, depth: int, transactions: list[Any] | None = None) -> None:
        """Replace the newest `depth` blocks; their transactions are gone. `transactions`: pairs of one and the block it goes into."""
        self.rpc("anvil_reorg", depth, transactions or [])

    def hold(self) -> None:
        """Mine nothing by itself from now on."""
        self.rpc("evm_setAutomine", False)

    def give_wei(self, address: str, wei: int) -> None:
        self.rpc("anvil_setBalance", address, hex(wei))

    def send(self, key: str, to: str, data: bytes, *, gas: int = GAS, value: int = 0, nonce: int | None = None) -> str:
        """Sign and broadcast; the transaction's hash. It is in a block a moment later, unless the chain is held."""
        nonce = self.chain.nonce(signing.address_of(key)) if nonce is None else nonce
        signed = signing.sign(key=key, chain_id=self.chain.id, nonce=nonce, to=to, data=data, gas=gas, fees=self.chain.fees(), value=value)
        self.chain.send(signed.raw)
        return signed.hash

    def do(self, key: str, name: str, address: str, function: str, *args: Any) -> Mined:
        """Call a contract's function in a transaction, which must succeed."""
        hash = self.send(key, address, abi.encode_call(name, function, args))
        # anvil mines a moment after it has answered.
        mined: Mined = eventually(lambda: self.chain.receipt(hash), within=10, what=f"{function} in a block")
        assert mined.succeeded, f"{name}.{function}{args} was refused"
        return mined

    def do_as(self, address: str, to: str, data: bytes) -> str:
        """Send from an account whose key nobody has, such as a contract."""
        self.rpc("anvil_impersonateAccount", address)
        self.give_wei(address, 10**19)
        try:
            found: str = self.rpc("eth_sendTransaction", {"from": address, "to": to, "data": "0x" + data.hex(), "gas": hex(GAS)})
            return found
        finally:
            self.rpc("anvil_stopImpersonatingAccount", address)

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Whatever happens within is undone on the chain."""
        snapshot = self.rpc("evm_snapshot")
        self.mine()  # anvil forgets at each return what the state was at the block of the snapshot
        try:
            yield
        finally:
            self.rpc("anvil_dropAllTransactions")
            self.rpc("evm_revert", snapshot)
            # Time goes on where the snapshot was taken, else, and the chain would lag behind all clocks by as long as the tests take.
            self.rpc("evm_setTime", int(time.time()))
            self.rpc("evm_setAutomine", True)

    def stop(self) -> None:
        self.chain.node.close()
        self.process.kill()
        self.process.wait(10)


@contextmanager
def running() -> Iterator[Anvil]:
    """A fresh chain, until the end of the block."""
    started = start()
    try:
        yield started
    finally:
        started.stop()


def start() -> Anvil:
    """A fresh chain on a free port of this machine, answering."""
    port = free_port()
    # xdist may end a worker by a kill; Linux then takes its chain with it.
    guard = None if sys.platform != "linux" else children.bound_to_this_process()
    process = subprocess.Popen(localchain.arguments(localchain.find_program(), port), start_new_session=True, preexec_fn=guard)
    anvil = Anvil(port, process)
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            anvil.chain.node.connect()
            return anvil
        except ChainUnavailable:
            assert process.poll() is None, "anvil ended at once"
            assert time.monotonic() < until, f"anvil did not answer within {START_SECONDS} s"
            time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Contracts:
    """Our contracts on a chain of the tests: their addresses, and what they were made with."""

    anvil: Anvil
    terms: deploying.Terms
    stablecoin: str
    timelock: str
    credits: str
    log: str
    rows: tuple[dict[str, Any], ...] = ()

    @classmethod
    def deploy(cls, anvil: Anvil) -> "Contracts":
        """Make them all and record them: the treasury holds 1,000,000 of the test stablecoin."""
        deployer, settler, guardian = (signing.address_of(signing.key_of(role)) for role in signing.ROLES)
        terms = deploying.Terms(
            admin=deployer, settler=settler, guardian=guardian, epoch_cap=10**12, delay=DELAY, timelock_delay=TIMELOCK_DELAY
        )
        key = signing.key_of("deployer")
        made = {step.name: deploying.carry_out(step, at=anvil.chain, key=key) for step in deploying.plan(terms, {})}
        rows = tuple(Deployment.objects.order_by("id").values(*RECORDED))
        found = cls(anvil, terms, **{name: row.address for name, row in made.items()}, rows=rows)
        anvil.do(key, "stablecoin", found.stablecoin, "mint", found.credits, TREASURY)
        return found

    def record(self) -> None:
        """Write down where they stand, in a database that may not know it."""
        Deployment.objects.bulk_create([Deployment(**row) for row in self.rows], ignore_conflicts=True)
