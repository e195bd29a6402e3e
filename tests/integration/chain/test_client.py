"""Whatever the node does, the door gives its answer, a contract's own refusal, or one clear sentence; and never in a transaction."""

import json
import time
from typing import Any

import pytest
from django.db import transaction
from prometheus_client import REGISTRY

from arena import transactions
from arena.chain import abi, contracts, signing
from arena.chain.client import Chain, Refused, Reverted, chain
from arena.errors import ChainUnavailable
from tests.anvil import PEOPLE, Anvil, Contracts
from tests.processes import eventually, free_port
from tests.rpc_server import RpcServer, later, silent_port

ADA = signing.address_of(PEOPLE["ada"])


def test_the_chain_of_the_settings_answers(anvil: Anvil) -> None:
    at = chain()
    before = at.head()
    anvil.mine(3)
    assert at.head() == at.final() == before + 3
    assert at.block(before + 1).parent == at.block(before).hash
    assert at.balance(ADA) > 0
    assert at.nonce(ADA) == 0
    assert at.code(ADA) == b""
    fees = at.fees()
    assert fees.max_fee > fees.priority_fee > 0


def test_a_transaction_is_sent_once_however_often_it_is_sent(anvil: Anvil) -> None:
    at, fees = chain(), chain().fees()
    ben = signing.address_of(PEOPLE["ben"])
    signed = signing.sign(key=PEOPLE["ada"], chain_id=at.id, nonce=0, to=ben, data=b"", gas=21_000, fees=fees, value=5)
    before = at.balance(ben)
    at.send(signed.raw)
    at.send(signed.raw)
    mined = eventually(lambda: at.receipt(signed.hash), what="the receipt")
    at.send(signed.raw)
    assert (mined.succeeded, mined.gas_used, at.balance(ben) - before) == (True, 21_000, 5)
    assert mined.block_hash == at.block(mined.block_number).hash
    assert at.receipt("0x" + "1" * 64) is None


def test_an_other_transaction_with_a_used_nonce_is_no_error_and_a_refused_one_is(anvil: Anvil) -> None:
    at = chain()
    anvil.send(PEOPLE["ada"], ADA, b"", gas=21_000)
    eventually(lambda: at.nonce(ADA) == 1, what="the first transaction")
    late = signing.sign(key=PEOPLE["ada"], chain_id=at.id, nonce=0, to=ADA, data=b"", gas=21_000, fees=at.fees(), value=1)
    at.send(late.raw)
    assert at.receipt(late.hash) is None
    poor = signing.sign(key=PEOPLE["ada"], chain_id=at.id, nonce=1, to=ADA, data=b"", gas=21_000, fees=at.fees(), value=10**30)
    with pytest.raises(Refused) as refused:
        at.send(poor.raw)
    assert "insufficient funds" in refused.value.reason.lower()
    assert "insufficient" not in refused.value.detail


def test_a_transaction_without_an_address_makes_a_contract(anvil: Anvil) -> None:
    code = abi.contract("stablecoin").bytecode
    gas = chain().estimate(sender=ADA, to="", data=code)
    hash = anvil.send(PEOPLE["ada"], "", code, gas=gas)
    mined = eventually(lambda: chain().receipt(hash), what="the contract")
    assert (mined.succeeded, mined.gas_used) == (True, gas)


def test_a_contract_refuses_in_its_own_words(deployed_chain: Contracts) -> None:
    at = chain()
    data = contracts.encode("credits", "post", 2, bytes(32), 1, bytes(32))
    with pytest.raises(Reverted) as refused:
        at.estimate(sender=deployed_chain.terms.settler, to=deployed_chain.credits, data=data)
    assert (refused.value.name, refused.value.arguments) == ("EpochOutOfOrder", (2, 1))
    assert contracts.sentence(refused.value) == "Epoch 2 is not the next one; that is 1."
    data = contracts.encode("credits", "claim", 1, ADA, 5, [])
    with pytest.raises(Reverted, match="EpochUnknown"):
        at.call(to=deployed_chain.credits, data=data)
    assert contracts.read("credits", "epochs", 1).activeAt == 0
    assert contracts.read("credits", "stablecoin") == deployed_chain.stablecoin


def test_every_error_of_the_contracts_that_a_person_can_meet_has_a_sentence() -> None:
    standard = {"AccessControlBadConfirmation", "InvalidShortString", "StringTooLong", "ReentrancyGuardReentrantCall"}
    for name in ("credits", "log"):
        for signature, types in abi.errors(name).items():
            error = signature.partition("(")[0]
            told = contracts.sentence(Reverted(error, tuple(f"<{place}>" for place in range(len(types)))))
            if error in contracts.SENTENCES:
                assert "{" not in told
            else:
                assert error in standard or error.startswith(("ECDSA", "ERC", "InvalidAccountNonce", "Safe", "Ownable", "InvalidSettler"))


def test_there_is_no_sentence_for_an_error_that_no_contract_knows() -> None:
    known = {signature.partition("(")[0] for name in abi.FILES for signature in abi.errors(name)}
    assert set(contracts.SENTENCES) - known == {"Error", "Panic"}


def test_a_contract_that_is_not_there_is_said_to_be_missing(anvil: Anvil, db: None) -> None:
    with pytest.raises(ChainUnavailable, match="deploy_contracts"):
        contracts.read("credits", "head")
    with pytest.raises(ChainUnavailable, match="is not at"):
        contracts.read("credits", "head", address=ADA)


def test_without_an_address_there_is_no_chain(settings: Any) -> None:
    settings.CHAIN_RPC_URL = ""
    with pytest.raises(ChainUnavailable, match="CHAIN_RPC_URL"):
        chain()


def test_a_node_that_is_not_there_is_told_at_once(settings: Any) -> None:
    settings.CHAIN_RPC_URL = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ChainUnavailable, match="cannot be reached"):
        chain()


def test_a_node_that_never_answers_costs_the_time_that_is_set_and_no_more(settings: Any) -> None:
    listener, port = silent_port()
    settings.CHAIN_RPC_URL, settings.CHAIN_SECONDS = f"http://127.0.0.1:{port}", 0.3
    begun = time.monotonic()
    with listener, pytest.raises(ChainUnavailable, match=r"within 0\.3 s"):
        chain()
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("down", "cannot be reached"),
        ("drip", "did not answer"),
        ("broken", "not JSON-RPC"),
        ("nonsense", "not JSON-RPC"),
        ("drop", "cannot be reached"),
        ("slow", "did not answer"),
    ],
)
def test_a_node_that_breaks_while_it_answers_is_told_and_then_used_again(hostile: RpcServer, settings: Any, fault: Any, told: str) -> None:
    settings.CHAIN_SECONDS = 0.5
    at = chain()
    hostile.fail(fault, "eth_getBalance")
    with pytest.raises(ChainUnavailable, match=told):
        at.balance(ADA)
    hostile.behave()
    assert at.balance(ADA) > 0


@pytest.mark.parametrize(
    ("status", "told"), [(429, "too much"), (500, "HTTP 500"), (502, "HTTP 502"), (401, "valid key"), (302, "HTTP 302")]
)
def test_an_http_error_is_told_as_what_it_is(hostile: RpcServer, status: int, told: str) -> None:
    at = chain()
    hostile.fail("status", "eth_call", status=status)
    with pytest.raises(ChainUnavailable, match=told):
        at.call(to=ADA, data=b"")


@pytest.mark.parametrize("fault", ["status", "down", "drop", "broken"])
def test_nothing_is_asked_twice_by_itself(hostile: RpcServer, fault: Any) -> None:
    at = chain()
    hostile.fail(fault, "eth_sendRawTransaction")
    hostile.fail(fault, "eth_getBalance")
    hostile.calls.clear()
    with pytest.raises(ChainUnavailable):
        at.send(b"\x02")
    with pytest.raises(ChainUnavailable):
        at.balance(ADA)
    # After a fault the node is looked at anew before it is believed.
    assert hostile.calls == ["eth_sendRawTransaction", "eth_chainId", "eth_getBalance"]


def test_another_chain_behind_the_same_address_is_refused(hostile: RpcServer) -> None:
    at = chain()
    hostile.change["eth_chainId"] = lambda _: "0x1"
    with pytest.raises(ChainUnavailable, match="chain 1, and CHAIN_ID is 31337"):
        chain()
    # The one in use is asked again as soon as its connection is another.
    at.node.close()
    with pytest.raises(ChainUnavailable, match="chain 1"):
        at.head()


def test_a_head_that_lies_is_not_believed(hostile: RpcServer) -> None:
    at = Chain(hostile.url, 1, seconds=5)
    hostile.change["eth_chainId"] = lambda _: "0x1"
    hostile.change["eth_getBlockByNumber"] = lambda block: block | {"timestamp": hex(later(3600))}
    with pytest.raises(ChainUnavailable, match="from the future"):
        at.head()
    hostile.change["eth_getBlockByNumber"] = lambda block: block | {"number": hex(10**6)}
    with pytest.raises(ChainUnavailable, match="another block"):
        at.block(0)
    numbers = iter(("0x5", "0x6"))
    hostile.change["eth_getBlockByNumber"] = lambda block: block | {"number": next(numbers)}
    with pytest.raises(ChainUnavailable, match="not there yet"):
        at.final()


def test_finality_is_what_the_node_calls_final_or_so_many_blocks(hostile: RpcServer, anvil: Anvil) -> None:
    hostile.change["eth_chainId"] = lambda _: "0x1"
    anvil.mine(100)
    real = Chain(hostile.url, 1, seconds=5)
    assert real.final() == int(anvil.rpc("eth_getBlockByNumber", "finalized", False)["number"], 16) < real.head()
    assert Chain(hostile.url, 1, seconds=5, confirmations=7).final() == real.head() - 7
    hostile.fail("empty", "eth_getBlockByNumber", times=1)
    with pytest.raises(ChainUnavailable, match="does not have a block"):
        real.head()


@pytest.mark.parametrize(
    "result", ["hello", 7, {"number": 1}, [], None, {"number": "0xzz", "hash": "0x", "parentHash": "0x", "timestamp": "0x1"}]
)
def test_a_block_that_makes_no_sense_is_not_used(hostile: RpcServer, result: Any) -> None:
    hostile.change["eth_getBlockByNumber"] = lambda _: result
    with pytest.raises(ChainUnavailable):
        chain().head()


@pytest.mark.django_db(transaction=True)
def test_the_door_does_not_open_in_a_transaction(anvil: Anvil) -> None:
    at = chain()
    with transaction.atomic(), pytest.raises(transactions.InTransaction):
        at.head()
    with transaction.atomic(), pytest.raises(transactions.InTransaction):
        chain()
    assert at.head() >= 0


def test_calls_are_counted_and_the_address_with_its_key_is_in_no_sentence(hostile: RpcServer, settings: Any) -> None:
    settings.CHAIN_RPC_URL = hostile.url.replace("http://", "http://user:s3cret@") + "/v2/a-key"
    at = chain()
    before = REGISTRY.get_sample_value("arena_chain_calls_total", {"method": "eth_getCode", "outcome": "failed"}) or 0
    hostile.fail("broken")
    with pytest.raises(ChainUnavailable) as told:
        at.code(ADA)
    assert REGISTRY.get_sample_value("arena_chain_calls_total", {"method": "eth_getCode", "outcome": "failed"}) == before + 1
    assert not [word for word in ("s3cret", "a-key") if word in json.dumps([told.value.detail, str(told.value), repr(told.value)])]
