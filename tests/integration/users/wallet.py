"""Wallets that tests know by name, and what a page does with them."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from eth_abi.abi import encode
from eth_account import Account as Key
from eth_account.messages import encode_defunct
from eth_utils.abi import function_signature_to_4byte_selector

from arena.chain import signing, wallets
from arena.users.models import Wallet as Row
from tests.anvil import Anvil
from tests.integration.users import account
from tests.integration.users.account import PASSWORD, Account
from tests.processes import eventually


@dataclass(frozen=True, slots=True)
class Wallet:
    """A key pair; the same name gives the same one."""

    key: str
    address: str

    @classmethod
    def of(cls, name: str) -> "Wallet":
        made = Key.from_key(name.encode().rjust(32, b"\x01"))
        return cls(made.key.hex(), made.address)

    def sign(self, text: str) -> str:
        return "0x" + bytes(Key.sign_message(encode_defunct(text=text), self.key).signature).hex()


def ask(who: Account, wallet: Wallet, *, to: str = "link") -> dict[str, Any]:
    """A text for the wallet to sign, to `link` it or to `sign in`."""
    reply = who.post("me/wallet/challenge" if to == "link" else "wallet/challenge", {"address": wallet.address})
    assert reply.status_code == 200, reply.content
    told: dict[str, Any] = reply.json()
    return told


def signed(who: Account, wallet: Wallet, *, to: str = "link") -> dict[str, str]:
    """What is sent to link or sign in with this wallet."""
    asked = ask(who, wallet, to=to)
    return {"nonce": asked["nonce"], "signature": wallet.sign(asked["text"])}


def link(who: Account, wallet: Wallet) -> Any:
    return who.post("me/wallet", signed(who, wallet))


def sign_in(who: Account, wallet: Wallet) -> Any:
    return who.post("wallet/sign-in", signed(who, wallet, to="sign in"))


def smart_wallet(anvil: Anvil, owner: str) -> str:
    """The address of a TestWallet (ERC-1271) of this owner."""
    made = json.loads((settings.BASE_DIR / "contracts" / "abi" / "TestWallet.json").read_text())
    key = signing.key_of("deployer")
    code = bytes.fromhex(made["bytecode"].removeprefix("0x")) + bytes(12) + bytes.fromhex(owner[2:])
    hash = anvil.send(key, "", code)
    found = eventually(lambda: anvil.rpc("eth_getTransactionReceipt", hash), within=30, what="the wallet in a block")
    return wallets.checksummed(found["contractAddress"])


def act(anvil: Anvil, owner: str, wallet: str, to: str, data: bytes) -> None:
    """The owner (a private key) lets the smart wallet send `data` to `to`; it must succeed."""
    call = function_signature_to_4byte_selector("execute(address,bytes)") + encode(["address", "bytes"], [to, data])
    hash = anvil.send(owner, wallet, call)
    mined = eventually(lambda: anvil.chain.receipt(hash), within=30, what="the wallet's transaction in a block")
    assert mined.succeeded


def problem(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["type"].removeprefix("/problems/")


def member(email: str = "ada@example.org") -> Account:
    """Somebody with an account who has just proved who they are."""
    who = account.member(email)
    assert who.auth("POST", "auth/reauthenticate", {"password": PASSWORD}).status_code == 200
    return who


def linked(who: Account) -> str | None:
    found: str | None = who.me["user"]["wallet"]
    return found


def rows() -> list[tuple[str, str, bool]]:
    """Whose wallets there are, and whether they are linked now, oldest first."""
    return [(str(row.user_id), row.address, row.unlinked_at is None) for row in Row.objects.order_by("linked_at")]
