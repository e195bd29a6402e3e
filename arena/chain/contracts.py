"""Our contracts: where they stand, how they are called and read, and what their refusals mean."""

from typing import Any

from django.conf import settings

from arena.chain import abi
from arena.chain.client import Chain, Reverted, chain
from arena.chain.models import Deployment
from arena.errors import ChainUnavailable

SENTENCES = {
    "AccessControlUnauthorizedAccount": "The account {0} does not hold the role that this needs.",
    "AmountTooSmall": "{0} units are too few: they would be worth nothing.",
    "ContractNotPaused": "The contract is not paused.",
    "ContractPaused": "The contract is paused: no epoch can be posted and nothing claimed until its admin lifts that.",
    "EmptyRoot": "The root is empty.",
    "EpochCapExceeded": "The total of {0} units is above the most that this epoch may come to, {1}.",
    "EpochIsVetoed": "Epoch {0} was vetoed.",
    "EpochNotActive": "Epoch {0} is not active yet.",
    "EpochOutOfOrder": "Epoch {0} is not the next one; that is {1}.",
    "EpochPending": "Epoch {0} is still pending, and only one may be.",
    "EpochUnknown": "There is no epoch {0} on chain.",
    "ERC20InsufficientAllowance": "The account {0} may spend {1} units, and {2} are needed.",
    "ERC20InsufficientBalance": "The account {0} holds {1} units, and {2} are needed.",
    "Insolvent": "The treasury holds {0} units of the stablecoin, and {1} are needed.",
    "InvalidAccount": "{0} cannot hold credits.",
    "InvalidProof": "The proof does not lead to the epoch's root.",
    "InvalidReceiver": "{0} cannot be paid.",
    "InvalidSetting": "The contract cannot be made with this {0}.",
    "MintTooLarge": "{0} units of the test stablecoin are more than one mint may make, {1}.",
    "NothingToClaim": "All {1} units of {0} were claimed before.",
    "NotSettler": "The account {0} is not the settler of the log.",
    "NumberOutOfOrder": "Anchor {0} is not the next one; that is {1}.",
    "OwnableUnauthorizedAccount": "The account {0} does not own the contract.",
    "PaymentUnderWay": "A payment of the contract is under way.",
    "SizeFell": "The log's size may not fall: {0} entries after {1}.",
    "TotalExceeded": "Epoch {0} pays no more than {1} units in all.",
    "TotalFell": "The total may not fall: {0} units after {1}.",
    "TransfersAlreadyOpen": "Transfers are open already.",
    "TransfersLocked": "Credits cannot be passed on yet; they can be redeemed.",
    "UnsupportedDecimals": "The stablecoin has {0} decimals; it must have 6.",
    "UnsupportedTransfer": "The stablecoin does not move exactly what it is told to.",
    "Panic": "The contract ran into a fault of its own (panic {0}).",
    "Error": "The contract refused: {0}",
}


def deployed(name: str) -> Deployment | None:
    """The newest recorded contract `name` (credits, log, stablecoin or timelock) on the chain of CHAIN_ID."""
    return Deployment.objects.filter(chain_id=settings.CHAIN_ID, name=name).order_by("-pk").first()


def encode(name: str, function: str, *args: Any) -> bytes:
    """The data of a transaction that calls `function` of contract `name`. Raises ValueError when the arguments do not fit."""
    return abi.encode_call(name, function, args)


def read(name: str, function: str, *args: Any, at: Chain | None = None, address: str | None = None, block: int | None = None) -> Any:
    """What `function` of contract `name` returns: one value, or a named tuple; addresses are checksummed.

    `at`: the chain (else that of the settings); `address`: where (else where it is deployed); `block`: as of which block (else the newest).
    Raises Reverted, or ChainUnavailable, also when the contract is not deployed or something else stands at its address.
    """
    if address is None:
        found = deployed(name)
        if found is None:
            raise ChainUnavailable(f"The contract {name} is not deployed on chain {settings.CHAIN_ID}: run `manage.py deploy_contracts`.")
        address = found.address
    answer = (at or chain()).call(to=address, data=encode(name, function, *args), block=block)
    try:
        return abi.decode_result(name, function, answer)
    except ValueError:
        raise ChainUnavailable(f"The contract {name} is not at {address} on this chain: {function} did not answer as it must.") from None


def sentence(error: Reverted) -> str:
    """What a contract's refusal means, in plain words."""
    pattern = SENTENCES.get(error.name)
    if pattern is None:
        return f"The contract refused ({error.name})." if error.name else "The contract refused and gave no reason."
    try:
        return pattern.format(*error.arguments)
    except IndexError:
        return f"The contract refused ({error.name})."
