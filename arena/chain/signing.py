"""The arena's own keys, and what they sign (EIP-1559 transactions). A key is never in an error, a log or a repr."""

from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from arena import signers
from arena.chain.client import DEVELOPMENT, Fees

Role = Literal["deployer", "settler", "guardian"]
ROLES: tuple[Role, ...] = ("deployer", "settler", "guardian")

# anvil's own accounts, which it fills with test ether: everybody knows these keys, and `signers` refuses them anywhere else.
_DEVELOPMENT_KEYS = {
    "deployer": "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "settler": "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "guardian": "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction: the bytes to broadcast, and their hash (0x hex), by which the chain knows it."""

    raw: bytes
    hash: str


@sensitive_variables("key")
def address_of(key: str) -> str:
    """The checksummed address of a private key. Raises ImproperlyConfigured when it is none."""
    from eth_account import Account

    address: str = Account.from_key(signers.parse("The key", key)).address
    return address


@sensitive_variables("key")
def sign(*, key: str, chain_id: int, nonce: int, to: str, data: bytes, gas: int, fees: Fees, value: int = 0) -> Signed:
    """Sign one transaction. `to` empty: it makes a contract. `value` in wei. The same arguments give the same bytes (RFC 6979)."""
    from eth_account import Account

    transaction: dict[str, Any] = {
        "type": 2,
        "chainId": chain_id,
        "nonce": nonce,
        "to": to,
        "value": value,
        "data": data,
        "gas": gas,
        "maxFeePerGas": fees.max_fee,
        "maxPriorityFeePerGas": fees.priority_fee,
    }
    signed = Account.sign_transaction(transaction, signers.parse("The key", key))
    return Signed(bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex())


@sensitive_variables("key", "keys")
def key_of(role: Role) -> str:
    """The private key of a role, from the settings; on the development chain under DEBUG a well-known one where none is set.

    Raises ImproperlyConfigured when there is none, or the set one must not sign.
    """
    keys = {"settler": settings.SETTLER_KEY, "guardian": settings.GUARDIAN_KEY, "deployer": settings.DEPLOYER_KEY}
    key: str = keys[role]
    development = settings.CHAIN_ID == DEVELOPMENT and settings.DEBUG
    if not key and development:
        return _DEVELOPMENT_KEYS[role]
    if not key:
        raise ImproperlyConfigured(f"{role.upper()}_KEY is not set.")
    if not development and signers.is_known(signers.parse(f"{role.upper()}_KEY", key)):
        raise ImproperlyConfigured(f"{role.upper()}_KEY is a development key that everybody knows: make one of your own.")
    return key
