"""How our contracts come onto a chain: a plan that is the same each time, so that it can be cut off anywhere and gone through again.

Contracts are made by the deterministic deployment proxy (CREATE2), which stands at one address on nearly every chain: where a contract will
stand follows from its code and its settings, so a second run finds what a first one made, whatever it could not write down.
"""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from arena.chain import abi, contracts, signing
from arena.chain.client import Chain, Mined, Reverted
from arena.chain.models import Deployment
from arena.errors import ChainUnavailable

FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
MINED_SECONDS = 300.0
LOOK_SECONDS = 2.0
# An adopted contract's first event is looked for so far back.
WINDOW, WINDOWS = 2_000, 50
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the contracts are made with. Rate: `numerator / denominator` stablecoin units a credit unit. Delays in seconds, cap in units."""

    admin: str
    settler: str
    guardian: str
    epoch_cap: int
    stablecoin: str = ""
    numerator: int = 1
    denominator: int = 1
    delay: int = 86_400
    timelock_delay: int = 172_800
    name: str = "Evenhand Credits"
    symbol: str = "EVEN"


@dataclass(frozen=True, slots=True)
class Step:
    """One contract to be made: its name, what the proxy is sent to make it (a salt and the creation code), and where it will stand."""

    name: str
    creation: bytes
    address: str


class Refusal(Exception):
    """Why nothing is deployed, or what was found to be wrong with it: a sentence for the operator."""


def kept(at: Chain) -> dict[str, str]:
    """Our contracts that are recorded and stand, by name. Raises Refusal when a recorded one is not there, but on the development chain."""
    found = {}
    for name in abi.FILES:
        row = contracts.deployed(name)
        if row and at.code(row.address):
            found[name] = row.address
        elif row and not at.development:
            raise Refusal(
                f"The contract {name} is recorded at {row.address}, and the chain has no code there: CHAIN_RPC_URL leads elsewhere."
            )
    return found


def plan(terms: Terms, standing: Mapping[str, str]) -> list[Step]:
    """The contracts that are still to be made so that all stand, in order: the same each time for the same terms.

    Without a stablecoin in the terms a test one is among them: for the development chain.
    """
    addresses, steps = dict(standing), []
    if terms.stablecoin:
        addresses["stablecoin"] = terms.stablecoin

    def need(name: str, *args: Any) -> str:
        if name not in addresses:
            steps.append(_step(name, *args))
            addresses[name] = steps[-1].address
        return addresses[name]

    coin = need("stablecoin")
    timelock = need("timelock", terms.timelock_delay, [terms.admin], [terms.admin], "0x" + "00" * 20)
    rate, roles = (terms.numerator, terms.denominator), (timelock, terms.settler, terms.guardian)
    need("credits", terms.name, terms.symbol, coin, *rate, terms.epoch_cap, terms.delay, *roles)
    need("log", timelock, terms.settler)
    return steps


def _step(name: str, *args: Any) -> Step:
    """The contract with these settings; a salt keeps it off addresses where one of ours stood before another replaced it."""
    creation = abi.creation(name, args)
    newest = contracts.deployed(name)
    before = set(Deployment.objects.filter(chain_id=settings.CHAIN_ID, name=name).values_list("address", flat=True))
    for number in itertools.count():
        salt = number.to_bytes(32)
        digest = abi.keccak(b"\xff" + bytes.fromhex(FACTORY[2:]) + salt + abi.keccak(creation))
        address = abi.checksummed("0x" + digest[12:].hex())
        if address not in before or (newest and newest.address == address):
            break
    return Step(name, salt + creation, address)


def carry_out(step: Step, *, at: Chain, key: str, say: Say = lambda _: None) -> Deployment:
    """Make the contract unless it stands, and record it unless it is recorded. Raises Refusal or ChainUnavailable; safe to repeat."""
    if at.code(step.address):
        return _record(step, at, block=_first_block(step.address, at))
    if not at.code(FACTORY):
        raise Refusal(f"The deterministic deployment proxy is not at {FACTORY} on chain {at.id}; without it nothing can be deployed.")
    hash, mined = transact(key, FACTORY, step.creation, at=at)
    if not at.code(step.address):
        raise Refusal(f"The contract {step.name} is not at {step.address} after transaction {hash}. Nothing was recorded.")
    say(f"{step.name} is made, by transaction {hash}")
    return _record(step, at, block=mined.block_number, transaction=hash)


def _record(step: Step, at: Chain, *, block: int, transaction: str = "") -> Deployment:
    code_hash = "0x" + abi.keccak(at.code(step.address)).hex()
    found, _ = Deployment.objects.get_or_create(
        chain_id=at.id,
        name=step.name,
        address=step.address,
        defaults={"block": block, "transaction": transaction, "code_hash": code_hash},
    )
    return found


def adopt(name: str, address: str, *, at: Chain) -> Deployment:
    """Record a contract that was there before us, such as a real stablecoin."""
    return _record(Step(name, b"", address), at, block=at.head())


def _first_block(address: str, at: Chain) -> int:
    """From where on events of a contract that somebody saw made, but did not record, are read: its first event of late, else the first block."""
    last, found = at.head(), None
    for _ in range(WINDOWS):
        first = max(0, last - WINDOW + 1)
        if blocks := [log.block_number for log in at.logs([address], first=first, last=last)]:
            found = min(blocks)
        elif found is not None:
            break
        if first == 0:
            break
        last = first - 1
    return found or 0


def transact(key: str, to: str, data: bytes, *, at: Chain, value: int = 0) -> tuple[str, Mined]:
    """Sign, send, and wait until it is in a block; its hash, and where it is. Raises Refusal when it fails there or is in none in time."""
    sender = signing.address_of(key)
    gas = 21_000 if value and not data else at.estimate(sender=sender, to=to, data=data) * 5 // 4
    signed = signing.sign(key=key, chain_id=at.id, nonce=at.nonce(sender), to=to, data=data, gas=gas, fees=at.fees(), value=value)
    at.send(signed.raw)
    until, pause = time.monotonic() + MINED_SECONDS, 0.02
    while (mined := at.receipt(signed.hash)) is None:
        if time.monotonic() > until:
            raise Refusal(f"Transaction {signed.hash} is in no block after {MINED_SECONDS:g} s. Run this again: it goes on from there.")
        time.sleep(pause)
        pause = min(2 * pause, LOOK_SECONDS)
    if not mined.succeeded:
        raise Refusal(f"Transaction {signed.hash} failed on chain.")
    return signed.hash, mined


def faults(terms: Terms, found: dict[str, Deployment], *, at: Chain) -> list[str]:
    """A sentence for everything about the deployed contracts that is not as the terms say: code, roles, settings."""
    said = [_code_fault(name, row.address, at) for name, row in found.items() if name != "stablecoin" or not terms.stablecoin]
    timelock, credits = found["timelock"].address, found["credits"].address
    role = {each: bytes(contracts.read("credits", each, at=at, address=credits)) for each in ("ADMIN", "SETTLER", "GUARDIAN")}
    may = {
        each: bytes(contracts.read("timelock", f"{each}_ROLE", at=at, address=timelock)) for each in ("PROPOSER", "CANCELLER", "EXECUTOR")
    }
    holders = {"ADMIN": timelock, "SETTLER": terms.settler, "GUARDIAN": terms.guardian}
    said += _role_faults("credits", credits, {role[each]: (each, holder) for each, holder in holders.items()}, found["credits"].block, at)
    wanted = {may[each]: (each, terms.admin) for each in may} | {bytes(32): ("ADMIN", timelock)}
    said += _role_faults("timelock", timelock, wanted, found["timelock"].block, at)
    told = {
        ("credits", "stablecoin"): terms.stablecoin or found["stablecoin"].address,
        ("credits", "rateNumerator"): terms.numerator,
        ("credits", "rateDenominator"): terms.denominator,
        ("credits", "epochCap"): terms.epoch_cap,
        ("credits", "delay"): terms.delay,
        ("timelock", "getMinDelay"): terms.timelock_delay,
        ("log", "owner"): timelock,
        ("log", "settler"): terms.settler,
    }
    for (name, function), value in told.items():
        if (has := contracts.read(name, function, at=at, address=found[name].address)) != value:
            said.append(f"{name}.{function} is {has}, not {value}.")
    return [sentence for sentence in said if sentence]


def _code_fault(name: str, address: str, at: Chain) -> str:
    """Whether other code stands there than contracts/abi says; what the constructor filled in is left out."""
    expected, code = abi.contract(name), at.code(address)
    same = _blank(code, expected.immutables) == _blank(expected.code, expected.immutables)
    return "" if same else f"The code of {name} at {address} is not that of contracts/abi."


def _blank(code: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    left = bytearray(code)
    for start, length in places:
        left[start : start + length] = bytes(length)
    return bytes(left)


def _role_faults(name: str, address: str, wanted: dict[bytes, tuple[str, str]], block: int, at: Chain) -> list[str]:
    """Who holds a role and should not, or should and does not, by the contract's own events since it was made."""
    holds: set[tuple[bytes, str]] = set()
    for log in at.logs([address], first=block, last=at.head()):
        event = abi.decode_event(name, log.topics, log.data)
        if event and event[0] in ("RoleGranted", "RoleRevoked"):
            pair = (bytes.fromhex(event[1]["role"][2:]), event[1]["account"])
            (holds.add if event[0] == "RoleGranted" else holds.discard)(pair)
    should = {(role, holder) for role, (_, holder) in wanted.items()}
    labels = {role: label for role, (label, _) in wanted.items()}
    said = [f"{name}: {holder} lacks the role {labels[role]}." for role, holder in should - holds]
    return said + [f"{name}: {holder} holds the role {labels.get(role, role.hex())} and should not." for role, holder in holds - should]


def stablecoin_faults(address: str, at: Chain) -> list[str]:
    """Why a token cannot be what credits are redeemed for, as far as that can be seen from outside: its code, decimals, fees."""
    if not at.code(address):
        return [f"There is no contract at {address} on chain {at.id}."]
    try:
        decimals = contracts.read("stablecoin", "decimals", at=at, address=address)
        contracts.read("stablecoin", "balanceOf", address, at=at, address=address)
    except (ChainUnavailable, Reverted):
        return [f"The contract at {address} is not an ERC-20 token."]
    said = [] if decimals == 6 else [f"The token at {address} has {decimals} decimals; it must have 6."]
    for function in ("basisPointsRate", "maximumFee", "transferFee", "taxFee", "feeBps"):
        if _number_at(address, function, at):
            said.append(f"The token at {address} takes a fee on transfers ({function}); it must move exactly what it is told to.")
    return said


def _number_at(address: str, function: str, at: Chain) -> int:
    """What a function without arguments that a contract may have returns; 0 when it has none such."""
    try:
        answer = at.call(to=address, data=abi.keccak(f"{function}()".encode())[:4])
    except Reverted:
        return 0
    return int.from_bytes(answer[:32])
