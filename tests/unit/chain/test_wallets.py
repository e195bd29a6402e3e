"""Addresses in their spelling, and signatures of texts by key pairs, without a chain."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.chain import abi, wallets
from arena.errors import ChainUnavailable, InvalidInput, SignatureInvalid

KEY = "0x" + "4c" * 32
ADDRESS = Account.from_key(KEY).address
TEXT = "arena.example wants you to sign in with your Ethereum account:\nGrüße ♥"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture(autouse=True)
def _no_chain(settings: Any) -> None:
    settings.CHAIN_RPC_URL = ""


def signature(text: str = TEXT) -> bytes:
    return bytes(Account.sign_message(encode_defunct(text=text), KEY).signature)


def check(made: bytes, *, text: str = TEXT, address: str = ADDRESS) -> str:
    return wallets.check_signature(address=address, text=text, signature=made)


# EIP-55's own test cases


@pytest.mark.parametrize(
    "address",
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_every_spelling_of_an_address_that_is_right_becomes_the_checksummed_one(address: str) -> None:
    digits = address[2:]
    for spelt in (address, f"0x{digits.lower()}", f"0x{digits.upper()}"):
        assert wallets.checksummed(spelt) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "0x",
        ADDRESS[2:],
        ADDRESS[:-1],
        f"{ADDRESS}0",
        f" {ADDRESS}",
        f"{ADDRESS}\n",
        f"0X{ADDRESS[2:]}",
        "0x" + "g" * 40,
        "0x" + "٣" * 40,
        f"0x{'5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'.swapcase()}",
        "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    ],
)
def test_what_is_no_address_or_has_a_slip_in_it_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        wallets.checksummed(address)


# Signatures


def test_the_signature_of_the_text_by_the_key_is_taken() -> None:
    assert check(signature()) == "eoa"


def test_the_golden_signature_of_eth_account_is_taken() -> None:
    """From eth_account's documentation of `recover_message`."""
    made = (
        "e6ca9bba58c88611fad66a6ce8f996908195593807c4b38bd528d2cff09d4eb33e5bfbbf4d3e39b1a2fd816a7680c19ebebaf3a141b239934ad43cb33fcec8ce1c"
    )
    assert check(bytes.fromhex(made), text="I♥SF", address="0x5ce9454909639D2D17A3F753ce7d93fa0b9aB12E") == "eoa"


def test_a_recovery_number_of_0_or_1_is_taken_as_some_devices_have_it() -> None:
    made = signature()
    assert check(made[:64] + bytes([made[64] - 27])) == "eoa"


@pytest.mark.parametrize("v", [2, 3, 26, 29, 30, 35, 37, 38, 127, 255])
def test_another_recovery_number_is_refused(v: int) -> None:
    with pytest.raises(SignatureInvalid):
        check(signature()[:64] + bytes([v]))


def test_the_mirror_image_of_a_signature_is_refused() -> None:
    made = signature()
    mirrored = ORDER - int.from_bytes(made[32:64], "big")
    with pytest.raises(SignatureInvalid):
        check(made[:32] + mirrored.to_bytes(32, "big") + bytes([55 - made[64]]))


@pytest.mark.parametrize("part", [0, ORDER, 2**256 - 1])
@pytest.mark.parametrize("at", [0, 32])
def test_numbers_out_of_range_are_refused(part: int, at: int) -> None:
    made = bytearray(signature())
    made[at : at + 32] = part.to_bytes(32, "big")
    with pytest.raises(SignatureInvalid):
        check(bytes(made))


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=65, max_size=65))
def test_no_65_bytes_of_chance_are_a_signature(made: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        check(made)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 64 * 8 - 1))
def test_no_signature_with_a_bit_turned_is_taken(bit: int) -> None:
    made = bytearray(signature())
    made[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(SignatureInvalid):
        check(bytes(made))


@pytest.mark.parametrize("text", ["", TEXT + " ", TEXT[:-1], TEXT.replace("\n", "\r\n"), TEXT.upper()])
def test_the_signature_of_another_text_is_refused(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        check(signature(), text=text)


def test_the_signature_of_the_bare_text_without_its_prefix_is_refused() -> None:
    bare = Account.unsafe_sign_hash(abi.keccak(TEXT.encode()), KEY).signature
    with pytest.raises(SignatureInvalid):
        check(bytes(bare))


@pytest.mark.parametrize("made", [b"", b"\0", signature()[:64], signature() + b"\0", signature() * 2])
def test_what_can_only_be_a_contracts_signature_waits_for_a_chain(made: bytes) -> None:
    with pytest.raises(ChainUnavailable, match="contract"):
        check(made)
