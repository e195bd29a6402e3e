"""Who may do what to the contracts: every function that changes anything, by everybody, as the ABI lists them."""

from typing import Any

import pytest

from arena.chain import abi, contracts, signing
from arena.chain.client import Reverted
from tests.anvil import PEOPLE, TREASURY, Contracts
from tests.processes import eventually

ADA, STRANGER = signing.address_of(PEOPLE["ada"]), signing.address_of(PEOPLE["stranger"])
WHO = ("admin", "settler", "guardian", "deployer", "stranger")
EVERYBODY = frozenset(WHO)
DENIED = {"AccessControlUnauthorizedAccount", "NotSettler", "OwnableUnauthorizedAccount"}
OWED = 5_000_000

# Who may call a function, its arguments, and the error that even they meet in the state below ("" for none).
CREDITS: dict[str, tuple[frozenset[str], tuple[Any, ...], str]] = {
    "post": (frozenset({"settler"}), (2, b"\1" * 32, OWED + 1, bytes(32)), ""),
    "veto": (frozenset({"guardian"}), (1,), ""),
    "pause": (frozenset({"guardian"}), (), ""),
    "unpause": (frozenset({"admin"}), (), "ContractNotPaused"),
    "sweep": (frozenset({"admin"}), (STRANGER, TREASURY - OWED), ""),
    "openTransfers": (frozenset({"admin"}), (), ""),
    "grantRole": (frozenset({"admin"}), (bytes(32), STRANGER), ""),
    "revokeRole": (frozenset({"admin"}), (bytes(32), STRANGER), ""),
    "renounceRole": (EVERYBODY, (bytes(32), "self"), ""),
    "claim": (EVERYBODY, (1, ADA, OWED, []), ""),
    "claimMany": (EVERYBODY, (1, [(ADA, OWED, [])]), ""),
    "redeem": (EVERYBODY, (1, STRANGER), "ERC20InsufficientBalance"),
    "approve": (EVERYBODY, (STRANGER, 1), ""),
    "transfer": (EVERYBODY, (STRANGER, 1), "TransfersLocked"),
    "transferFrom": (EVERYBODY, (ADA, STRANGER, 1), "ERC20InsufficientAllowance"),
    "permit": (EVERYBODY, (ADA, STRANGER, 1, 0, 27, bytes(32), bytes(32)), "ERC2612ExpiredSignature"),
}
LOG: dict[str, tuple[frozenset[str], tuple[Any, ...], str]] = {
    "append": (frozenset({"settler"}), (1, 10, b"\1" * 32, b"\2" * 32, b"\3" * 32), ""),
    "setSettler": (frozenset({"admin"}), (STRANGER,), ""),
    "transferOwnership": (frozenset({"admin"}), (STRANGER,), ""),
    "renounceOwnership": (frozenset({"admin"}), (), ""),
}


@pytest.fixture
def posted(deployed_chain: Contracts) -> Contracts:
    """Epoch 1 owes Ada OWED and is active."""
    leaf = abi.encode(["uint256", "address", "address", "uint256"], [deployed_chain.anvil.chain.id, deployed_chain.credits, ADA, OWED])
    root = abi.keccak(abi.keccak(leaf))
    deployed_chain.anvil.do(signing.key_of("settler"), "credits", deployed_chain.credits, "post", 1, root, OWED, bytes(32))
    deployed_chain.anvil.pass_time(deployed_chain.terms.delay)
    return deployed_chain


def test_the_tables_below_name_every_function_that_changes_anything() -> None:
    assert set(CREDITS) == set(abi.contract("credits").changing)
    assert set(LOG) == set(abi.contract("log").changing)


def test_each_function_takes_those_who_hold_its_role_and_refuses_all_others(posted: Contracts) -> None:
    who = {
        "admin": posted.timelock,
        "settler": posted.terms.settler,
        "guardian": posted.terms.guardian,
        "deployer": signing.address_of(signing.key_of("deployer")),
        "stranger": STRANGER,
    }
    found, wanted = {}, {}
    for name, table, address in (("credits", CREDITS, posted.credits), ("log", LOG, posted.log)):
        for function, (allowed, args, error) in table.items():
            for role, sender in who.items():
                given = [sender if value == "self" else value for value in args]
                met = _meets(posted, sender, address, contracts.encode(name, function, *given))
                found[name, function, role] = "denied" if met in DENIED else met
                wanted[name, function, role] = error if role in allowed else "denied"
    assert found == wanted


def _meets(posted: Contracts, sender: str, to: str, data: bytes) -> str:
    try:
        posted.anvil.chain.estimate(sender=sender, to=to, data=data)
    except Reverted as error:
        return error.name
    return ""


def test_the_admin_acts_through_the_timelock_alone_and_not_before_its_delay(posted: Contracts) -> None:
    anvil, deployer = posted.anvil, signing.key_of("deployer")
    anvil.do(signing.key_of("guardian"), "credits", posted.credits, "pause")
    unpause = contracts.encode("credits", "unpause")
    operation = (posted.credits, 0, unpause, bytes(32), bytes(32))
    schedule = contracts.encode("timelock", "schedule", *operation, posted.terms.timelock_delay)
    with pytest.raises(Reverted, match="AccessControlUnauthorizedAccount"):
        anvil.chain.estimate(sender=STRANGER, to=posted.timelock, data=schedule)
    short = contracts.encode("timelock", "schedule", *operation, posted.terms.timelock_delay - 1)
    with pytest.raises(Reverted, match="TimelockInsufficientDelay"):
        anvil.chain.estimate(sender=posted.terms.admin, to=posted.timelock, data=short)
    anvil.do(deployer, "timelock", posted.timelock, "schedule", *operation, posted.terms.timelock_delay)
    carry_out = contracts.encode("timelock", "execute", *operation)
    with pytest.raises(Reverted, match="TimelockUnexpectedOperationState"):
        anvil.chain.estimate(sender=posted.terms.admin, to=posted.timelock, data=carry_out)
    anvil.pass_time(posted.terms.timelock_delay)
    anvil.do(deployer, "timelock", posted.timelock, "execute", *operation)
    assert contracts.read("credits", "paused") is False


def test_after_its_work_the_deployer_of_the_contracts_holds_no_role_in_them(posted: Contracts) -> None:
    deployer = signing.address_of(signing.key_of("deployer"))
    for role in ("ADMIN", "SETTLER", "GUARDIAN"):
        assert contracts.read("credits", "hasRole", contracts.read("credits", role), deployer) is False
    assert contracts.read("timelock", "hasRole", bytes(32), deployer) is False
    assert contracts.read("log", "owner") == posted.timelock


def test_what_the_timelock_itself_sends_is_obeyed(posted: Contracts) -> None:
    hash = posted.anvil.do_as(posted.timelock, posted.log, contracts.encode("log", "setSettler", STRANGER))
    assert eventually(lambda: posted.anvil.chain.receipt(hash), what="the change").succeeded
    assert contracts.read("log", "settler") == STRANGER
