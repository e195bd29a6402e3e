"""Signatures of contracts (ERC-1271), asked of a real chain; and what a hostile contract may answer."""

from typing import Any

import pytest

from arena.chain import wallets
from arena.chain.client import Chain
from arena.errors import ChainUnavailable, SignatureInvalid
from tests.anvil import Anvil
from tests.integration.users.account import guest, visitor
from tests.integration.users.wallet import Wallet, ask, problem, smart_wallet

GOLD, SILVER = Wallet.of("gold"), Wallet.of("silver")
HERE = "0x00000000000000000000000000000000C0FFee00"
TEXT = "Sign this."
MAGIC = "1626ba7e" + "00" * 28


def returning(word: str, size: int = 32) -> str:
    """Code that answers every call with the first `size` bytes of memory, of which 32 are `word`."""
    return f"7f{word}60005260{size:02x}6000f3"


HOSTILE = {
    "reverts": "60006000fd",
    "reverts with megabytes": "620f42406000fd",
    "stops": "00",
    "says true": returning("00" * 31 + "01"),
    "says no": returning("ffffffff" + "00" * 28),
    "says it without padding": returning(MAGIC, 4),
    "says it with dirt behind": returning("1626ba7e" + "00" * 27 + "01"),
    "says it at the wrong end": returning("00" * 28 + "1626ba7e"),
    "says it and more": returning(MAGIC, 64),
    "answers with megabytes": "620f42406000f3",
    "runs for ever": "5b600056",
    "is no code": "fe",
    "eats memory": "5b61ffff51630fffffff5150",
}


def put(anvil: Anvil, code: str, address: str = HERE) -> None:
    anvil.rpc("anvil_setCode", address, f"0x{code}")


def check(anvil: Anvil, signature: bytes, address: str = HERE) -> str:
    return wallets.check_signature(address=wallets.checksummed(address.lower()), text=TEXT, signature=signature, at=anvil.chain)


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_contract_that_does_not_say_yes_exactly_has_not_signed(anvil: Anvil, code: str) -> None:
    put(anvil, code)
    for signature in (b"", bytes(65), bytes(4000)):
        with pytest.raises(SignatureInvalid):
            check(anvil, signature)


def test_a_contract_that_says_yes_has_signed(anvil: Anvil) -> None:
    put(anvil, returning(MAGIC))
    assert check(anvil, b"") == "contract"


def test_the_owner_of_a_smart_wallet_signs_for_it(anvil: Anvil) -> None:
    wallet = smart_wallet(anvil, GOLD.address)
    assert check(anvil, bytes.fromhex(GOLD.sign(TEXT)[2:]), wallet) == "contract"
    for wrong in (SILVER.sign(TEXT), GOLD.sign(TEXT + "."), "0x"):
        with pytest.raises(SignatureInvalid):
            check(anvil, bytes.fromhex(wrong[2:]), wallet)


def test_a_key_pair_that_has_delegated_to_code_still_signs_for_itself(anvil: Anvil) -> None:
    """EIP-7702: the account has code, and its key stays its owner."""
    put(anvil, HOSTILE["reverts"], GOLD.address)
    assert check(anvil, bytes.fromhex(GOLD.sign(TEXT)[2:]), GOLD.address) == "eoa"
    with pytest.raises(SignatureInvalid):
        check(anvil, bytes.fromhex(SILVER.sign(TEXT)[2:]), GOLD.address)


def test_where_no_contract_is_nothing_but_the_key_can_sign(anvil: Anvil) -> None:
    with pytest.raises(SignatureInvalid, match="not of the text"):
        check(anvil, bytes.fromhex(SILVER.sign(TEXT)[2:]), GOLD.address)


def test_a_chain_that_is_down_settles_nothing(settings: Any) -> None:
    away = Chain("http://127.0.0.1:9", 31337, seconds=1)
    with pytest.raises(ChainUnavailable):
        wallets.check_signature(address=GOLD.address, text=TEXT, signature=bytes(65), at=away)
    assert wallets.check_signature(address=GOLD.address, text=TEXT, signature=bytes.fromhex(GOLD.sign(TEXT)[2:]), at=away) == "eoa"


# Through the API


@pytest.mark.django_db
def test_a_smart_wallet_is_linked_and_signs_in(anvil: Anvil, arena: Any) -> None:
    wallet = Wallet(GOLD.key, smart_wallet(anvil, GOLD.address))
    who = guest()
    id, asked = who.id, ask(who, wallet)
    sent = {"nonce": asked["nonce"], "signature": wallet.sign(asked["text"])}
    reply = who.post("me/wallet", sent)
    assert (reply.status_code, reply.json()["kind"], reply.json()["address"]) == (200, "contract", wallet.address)
    browser = visitor()
    asked = ask(browser, wallet, to="sign in")
    reply = browser.post("wallet/sign-in", {"nonce": asked["nonce"], "signature": wallet.sign(asked["text"])})
    assert reply.json()["user"]["id"] == id


@pytest.mark.django_db
def test_a_smart_wallet_waits_while_the_chain_is_away(arena: Any, settings: Any) -> None:
    settings.CHAIN_RPC_URL, settings.CHAIN_SECONDS = "http://127.0.0.1:9", 1
    who = guest()
    nonce = ask(who, GOLD)["nonce"]
    assert problem(who.post("me/wallet", {"nonce": nonce, "signature": "0x" + "00" * 130})) == (503, "chain-unavailable")
