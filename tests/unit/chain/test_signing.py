"""Keys: which may sign where, and that none is ever shown."""

import os
import subprocess
import sys
import traceback
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from arena import signers
from arena.chain import abi, signing
from arena.chain.client import Fees
from tests.processes import ROOT

OWN, OTHER = "4f" * 32, "0x" + "5a" * 32
ANVIL = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
REAL: dict[str, Any] = {"chain_id": 1, "rpc_url": "https://node.example", "debug": False}
LOCAL: dict[str, Any] = {"chain_id": 31337, "rpc_url": "http://127.0.0.1:8545", "debug": True}


def refused(keys: dict[str, str], where: dict[str, Any]) -> str:
    with pytest.raises(ImproperlyConfigured) as told:
        signers.check(keys, **where)
    shown = "".join(traceback.format_exception(told.value))
    assert not [key for key in keys.values() if len(key) > 60 and key.removeprefix("0x") in shown]
    return str(told.value)


def test_own_keys_sign_anywhere_and_known_ones_on_the_development_chain_only() -> None:
    signers.check({"SETTLER_KEY": OWN, "GUARDIAN_KEY": OTHER, "DEPLOYER_KEY": ""}, **REAL)
    signers.check({"SETTLER_KEY": ANVIL}, **LOCAL)
    assert "SETTLER_KEY is a development key" in refused({"SETTLER_KEY": ANVIL}, REAL)
    assert "GUARDIAN_KEY is a development key" in refused({"GUARDIAN_KEY": ANVIL.upper().replace("0X", "0x")}, LOCAL | {"chain_id": 1})
    assert "SETTLER_KEY is a development key" in refused({"SETTLER_KEY": "0" * 63 + "7"}, REAL)


def test_the_development_chain_is_refused_where_debug_is_off() -> None:
    assert "31337" in refused({}, LOCAL | {"debug": False})
    signers.check({}, chain_id=31337, rpc_url="", debug=False)


@pytest.mark.parametrize("key", ["", "0x", "12", "g" * 64, "0" * 64, "f" * 64, OWN + "00", "a key of mine"])
def test_a_key_that_is_none_is_named_by_its_setting(key: str) -> None:
    if key:
        assert refused({"DEPLOYER_KEY": key}, REAL).startswith("DEPLOYER_KEY must be a private key")
    with pytest.raises(ImproperlyConfigured):
        signing.address_of(key)


def test_one_key_may_not_both_post_and_veto() -> None:
    assert "the same key" in refused({"SETTLER_KEY": OWN, "GUARDIAN_KEY": "0x" + OWN}, REAL)


def test_the_process_does_not_start_with_a_key_that_must_not_sign() -> None:
    wrong = {
        "DEBUG": "0",
        "SECRET_KEY": "x" * 50,
        "CHAIN_ID": "1",
        "SETTLER_KEY": ANVIL,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=os.environ | wrong, capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert "SETTLER_KEY is a development key that everybody knows" in done.stderr
    assert ANVIL.removeprefix("0x") not in done.stdout + done.stderr


def test_every_known_address_is_that_of_a_known_key() -> None:
    for role in signing.ROLES:
        key = signing._DEVELOPMENT_KEYS[role]
        assert signers.is_known(signers.parse("", key))
        assert signers.is_known_address(signing.address_of(key))
    assert len(signers.KNOWN) == len(signers.KNOWN_ADDRESSES) == 30
    assert not signers.is_known_address(signing.address_of(OWN))


def test_roles_have_known_keys_on_the_development_chain_under_debug_and_nowhere_else(settings: Any) -> None:
    settings.SETTLER_KEY, settings.CHAIN_ID, settings.DEBUG = "", 31337, True
    assert signing.address_of(signing.key_of("settler")) == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    settings.DEBUG = False
    with pytest.raises(ImproperlyConfigured, match="SETTLER_KEY is not set"):
        signing.key_of("settler")
    settings.CHAIN_ID, settings.SETTLER_KEY = 1, ANVIL
    with pytest.raises(ImproperlyConfigured, match="everybody knows"):
        signing.key_of("settler")
    settings.SETTLER_KEY = OWN
    assert signing.key_of("settler") == OWN


def test_the_same_transaction_is_signed_to_the_same_bytes() -> None:
    def once(**more: Any) -> signing.Signed:
        fees = Fees(max_fee=30, priority_fee=2)
        plain: dict[str, Any] = {"key": OWN, "chain_id": 1, "nonce": 4, "to": signing.address_of(OTHER), "data": b"\1", "gas": 21_000}
        return signing.sign(**(plain | {"fees": fees} | more))

    assert once() == once()
    assert once().raw[0] == 2
    assert once().hash == "0x" + abi.keccak(once().raw).hex()
    assert once(nonce=5).hash != once().hash
    assert OWN not in repr(once())


def test_a_fault_while_signing_does_not_show_the_key() -> None:
    with pytest.raises(Exception) as told:
        signing.sign(key=OWN, chain_id=1, nonce=-1, to="nowhere", data=b"", gas=1, fees=Fees(1, 1))
    assert OWN not in "".join(traceback.format_exception(told.value))


def test_addresses_are_checksummed_as_eip_55_says() -> None:
    for address in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ):
        assert abi.checksummed(address.lower()) == address
    for wrong in ("0x12", "0x" + "g" * 40, "", "0x" + "1" * 41):
        with pytest.raises(ValueError):
            abi.checksummed(wrong)


def test_the_door_is_cheap_to_import() -> None:
    code = (
        "import sys; sys.path.insert(0, '.'); import django; from django.conf import settings; settings.configure(); django.setup()\n"
        "import arena.chain.client, arena.chain.signing\n"
        "print([name for name in ('eth_account', 'eth_abi', 'eth_utils', 'web3', 'pydantic', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_signs_leaves_the_limit_of_recursion_alone() -> None:
    code = (
        "import sys; was = sys.getrecursionlimit(); import arena.chain, web3, eth_account, py_ecc.bls; print(sys.getrecursionlimit() - was)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "0\n"
