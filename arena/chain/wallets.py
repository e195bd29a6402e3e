"""Whose wallet it is: addresses (EIP-55) and signatures of texts, by a key pair (EIP-191) or by a contract (ERC-1271)."""

import re
from typing import Literal

from django.conf import settings

from arena.chain import abi, client
from arena.errors import ChainUnavailable, InvalidInput, SignatureInvalid
from arena.signers import ORDER

_ADDRESS = re.compile(r"0x[0-9A-Fa-f]{40}")
_MAGIC = bytes.fromhex("1626ba7e").ljust(32, b"\0")
# What a contract may use up to look at a signature: several keys, a passkey in plain Solidity, and room to spare. It also bounds what a
# hostile one can send back: memory costs gas, and 3 million pay for 1.2 MB.
_GAS = 3_000_000
_NOT_SIGNED = "This signature is not of the text that you were asked to sign, by that wallet. Nothing was changed; sign again."


def checksummed(address: str) -> str:
    """The address in EIP-55 spelling. Raises InvalidInput for what is none, or whose own checksum says that a letter is wrong."""
    digits = address[2:]
    right = abi.checksummed(address) if _ADDRESS.fullmatch(address) else ""
    if not right or (right != address and digits not in (digits.lower(), digits.upper())):
        message = "This is not a wallet's address: 0x and 40 hexadecimal digits. One letter may be wrong; copy it again."
        raise InvalidInput(message, errors=[{"field": "address", "message": "not an address"}])
    return right


def short(address: str) -> str:
    """The address as people are shown it: its beginning and its end."""
    return f"{address[:6]}…{address[-4:]}"


def check_signature(*, address: str, text: str, signature: bytes, at: client.Chain | None = None) -> Literal["eoa", "contract"]:
    """Whether this wallet signed this text, and what kind of wallet it is; asks the chain only when no key pair fits.

    A key pair comes first, whether or not code stands at its address: an account that has delegated to code (EIP-7702) still belongs to
    its key, and no key is known for the address of any other contract. `at` is the configured chain unless another is given.
    Raises SignatureInvalid; ChainUnavailable where only the chain could tell and it cannot be asked.
    """
    digest = _digest(text)
    signer = _signer(digest, signature)
    if signer == address:
        return "eoa"
    if at is None and not settings.CHAIN_RPC_URL and len(signature) == 65:
        raise SignatureInvalid(_NOT_SIGNED)
    if at is None:
        at = _configured()
    if not at.code(address):
        raise SignatureInvalid(_NOT_SIGNED)
    if _answer(at, address, digest, signature) != _MAGIC:
        raise SignatureInvalid("The contract at this address does not take this signature for its own. Nothing was changed; sign again.")
    return "contract"


def _digest(text: str) -> bytes:
    """EIP-191, version 0x45 (`personal_sign`)."""
    raw = text.encode()
    return abi.keccak(b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw)


def _signer(digest: bytes, signature: bytes) -> str | None:
    """The address whose key made this 65-byte signature (r, s, v; v is 27 or 28, or 0 or 1 as some devices have it); None: it is none."""
    if len(signature) != 65:
        return None
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    # With s in its upper half a signature is another's mirror image: EIP-2 refuses it, and so do we.
    if not 0 < r < ORDER or not 0 < s <= ORDER // 2 or v not in (0, 1, 27, 28):
        return None
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature

    try:
        key = Signature(vrs=(v % 27, r, s)).recover_public_key_from_msg_hash(digest)
    except BadSignature:
        return None
    return str(key.to_checksum_address())


def _configured() -> client.Chain:
    try:
        return client.chain()
    except ChainUnavailable as error:
        message = "No key pair made this signature. A contract's wallet can be asked only while the chain is reached; nothing was changed."
        raise ChainUnavailable(message, retry_after=error.retry_after) from error


def _answer(at: client.Chain, address: str, digest: bytes, signature: bytes) -> bytes:
    """What `isValidSignature(bytes32,bytes)` gives (ERC-1271); nothing when the contract refuses or uses up more than it is given."""
    data = _MAGIC[:4] + abi.encode(["bytes32", "bytes"], [digest, signature])
    try:
        return at.call(to=address, data=data, gas=_GAS)
    except (client.Reverted, client.Refused):
        return b""
