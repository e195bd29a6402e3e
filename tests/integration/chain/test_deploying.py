"""Contracts are deployed once, however often and wherever the command is cut off, and never onto a chain that they do not fit."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from arena.chain import abi, contracts, deploying, signing
from arena.chain.models import Deployment
from tests.anvil import Anvil, Contracts
from tests.processes import eventually
from tests.rpc_server import RpcServer

OWN = {"DEPLOYER_KEY": "0x" + "4f" * 32, "SETTLER_KEY": "0x" + "5a" * 32, "GUARDIAN_KEY": "0x" + "6b" * 32}
ADMIN = "0x" + "77" * 20
REAL = 84_532
DEPLOYER = signing.address_of(signing._DEVELOPMENT_KEYS["deployer"])


def deploy(**options: Any) -> str:
    out = io.StringIO()
    call_command("deploy_contracts", stdout=out, stderr=out, **options)
    return out.getvalue()


def refused(**options: Any) -> str:
    with pytest.raises(CommandError) as told:
        deploy(**options)
    return str(told.value)


def recorded() -> dict[str, str]:
    return dict(Deployment.objects.values_list("name", "address"))


@pytest.mark.django_db
def test_on_the_development_chain_one_command_makes_all_that_the_arena_needs(anvil: Anvil) -> None:
    deploy()
    rows = recorded()
    assert set(rows) == {"stablecoin", "timelock", "credits", "log"}
    assert contracts.read("stablecoin", "balanceOf", rows["credits"]) == 10**12
    assert contracts.read("log", "owner") == rows["timelock"]
    before = anvil.chain.head()
    deploy()
    assert (recorded(), anvil.chain.head()) == (rows, before)
    assert all(row.code_hash == "0x" + abi.keccak(anvil.chain.code(row.address)).hex() for row in Deployment.objects.all())
    assert "Nothing is to be done" in deploy(dry_run=True)


@pytest.mark.django_db
def test_cut_off_after_any_call_to_the_node_it_goes_on_from_there(hostile: RpcServer, anvil: Anvil) -> None:
    cuts = 0
    for hostile.quota in range(2, 90, 4):
        with contextlib.suppress(CommandError):
            deploy()
            break
        cuts += 1
    hostile.quota = None
    deploy()
    assert cuts > 3
    # Four contracts and one treasury: nothing was done twice.
    assert anvil.chain.nonce(DEPLOYER) == 5
    assert Deployment.objects.count() == 4
    assert contracts.read("stablecoin", "balanceOf", recorded()["credits"]) == 10**12


@pytest.mark.django_db
def test_a_transaction_whose_reply_was_lost_is_found_on_chain(hostile: RpcServer, anvil: Anvil) -> None:
    hostile.fail("drop", "eth_sendRawTransaction", times=1)
    assert "cannot be reached" in refused()
    assert not Deployment.objects.exists()
    anvil.mine(3)
    deploy()
    assert anvil.chain.nonce(DEPLOYER) == 5
    credits = contracts.deployed("credits")
    assert credits is not None
    assert anvil.chain.logs([credits.address], first=0, last=anvil.chain.head())[0].block_number == credits.block


@pytest.mark.django_db
def test_a_contract_that_stands_and_is_not_recorded_is_read_from_its_first_event_on(anvil: Anvil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploying, "WINDOW", 20)
    deploy()
    block = contracts.deployed("credits").block  # type: ignore[union-attr]
    anvil.mine(70)
    step = deploying.Step("credits", b"", recorded()["credits"])
    assert deploying._first_block(step.address, anvil.chain) == block
    assert deploying._first_block(ADMIN, anvil.chain) == 0


@pytest.mark.django_db
def test_a_development_chain_that_was_lost_gets_its_contracts_again_where_they_were(anvil: Anvil) -> None:
    snapshot = anvil.rpc("evm_snapshot")
    deploy()
    rows = recorded()
    anvil.rpc("evm_revert", snapshot)
    assert anvil.chain.code(rows["credits"]) == b""
    assert "begun anew" in deploy()
    assert recorded() == rows
    assert contracts.read("stablecoin", "balanceOf", rows["credits"]) == 10**12


@pytest.fixture
def real(anvil: Anvil, settings: Any, db: None) -> Iterator[dict[str, Any]]:
    """A chain that is not the development one, keys of its own, and options that fit: a token of 6 decimals, an admin with code."""
    settings.CHAIN_ID, settings.DEBUG, settings.CHAIN_CONFIRMATIONS = REAL, False, 1
    anvil.rpc("anvil_setChainId", REAL)
    anvil.chain.id = REAL
    anvil.chain.node.close()
    try:
        for name, key in OWN.items():
            setattr(settings, name, key)
            anvil.give_wei(signing.address_of(key), 10**20)
        token = deploying.plan(deploying.Terms(admin=ADMIN, settler=ADMIN, guardian=ADMIN, epoch_cap=1), {})[0]
        anvil.send(OWN["DEPLOYER_KEY"], deploying.FACTORY, token.creation)
        eventually(lambda: anvil.chain.code(token.address), what="the token")
        anvil.rpc("anvil_setCode", ADMIN, "0x00")
        yield {"stablecoin": token.address, "admin": ADMIN, "epoch_cap": 10**9}
    finally:
        anvil.rpc("anvil_setChainId", 31337)
        anvil.chain.id = 31337
        anvil.chain.node.close()


def test_on_a_real_chain_contracts_are_made_as_told_and_nothing_is_minted(real: dict[str, Any]) -> None:
    told = deploy(**real, rate="1/100", delay=3_600, timelock_delay=172_800, dry_run=True)
    assert "at most" in told
    assert not Deployment.objects.exists()
    told = deploy(**real, rate="1/100", delay=3_600, timelock_delay=172_800)
    rows = recorded()
    assert rows["stablecoin"] == real["stablecoin"]
    assert contracts.read("credits", "rateDenominator") == 100
    assert contracts.read("credits", "delay") == 3_600
    assert contracts.read("credits", "epochCap") == 10**9
    assert contracts.read("timelock", "getMinDelay") == 172_800
    assert contracts.read("timelock", "hasRole", contracts.read("timelock", "PROPOSER_ROLE"), ADMIN) is True
    assert contracts.read("stablecoin", "balanceOf", rows["credits"]) == 0
    assert f"Send the stablecoin that credits shall be covered by to {rows['credits']}" in told
    assert deploy(**real, rate="1/100", delay=3_600, timelock_delay=172_800)
    assert recorded() == rows
    assert "credits.epochCap is 1000000000, not 5" in refused(**(real | {"epoch_cap": 5}), rate="1/100", delay=3_600)


def test_credits_never_stand_without_their_stablecoin_wherever_it_ends(real: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deploying, "faults", die)
    with pytest.raises(KeyboardInterrupt):
        deploy(**real)
    assert recorded()["stablecoin"] == real["stablecoin"]


def test_another_stablecoin_than_the_one_that_credits_pay_in_is_refused_and_not_recorded(real: dict[str, Any], anvil: Anvil) -> None:
    deploy(**real)
    rows, other = recorded(), "0x" + "77" * 20
    anvil.rpc("anvil_setCode", other, anvil.rpc("eth_getCode", real["stablecoin"], "latest"))
    assert "credits.stablecoin is" in refused(**(real | {"stablecoin": other}))
    assert recorded() == rows


def test_a_lost_contract_of_a_real_chain_is_an_error_and_not_deployed_again(real: dict[str, Any]) -> None:
    gone = "0x" + "12" * 20
    Deployment.objects.create(chain_id=REAL, name="credits", address=gone, block=1, code_hash="0x")
    assert f"recorded at {gone}, and the chain has no code there" in refused(**real)


def test_on_a_real_chain_what_must_be_told_is_asked_for(real: dict[str, Any]) -> None:
    assert "--stablecoin, --admin, --epoch-cap" in refused()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"stablecoin": "0x" + "99" * 20}, "no contract"),
        ({"stablecoin": "0x12"}, "must be an address"),
        ({"stablecoin": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"}, "checksum"),
        ({"admin": "0x" + "0" * 40}, "zero address"),
        ({"admin": DEPLOYER}, "everybody knows"),
        ({"guardian": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}, "everybody knows"),
        ({"admin": signing.address_of(OWN["SETTLER_KEY"])}, "three different accounts"),
        ({"admin": signing.address_of(OWN["DEPLOYER_KEY"])}, "deployer too"),
        ({"epoch_cap": -1}, "--epoch-cap"),
        ({"delay": 31 * 86_400}, "--delay"),
        ({"delay": 0}, "--delay"),
        ({"timelock_delay": 0}, "--timelock-delay"),
        ({"rate": "0/1"}, "--rate"),
        ({"rate": "1/0"}, "--rate"),
        ({"rate": "cheap"}, "--rate"),
    ],
)
def test_unfit_terms_are_refused_before_anything_is_sent(real: dict[str, Any], wrong: dict[str, Any], told: str) -> None:
    assert told in refused(**(real | wrong))
    assert not Deployment.objects.exists()


@pytest.mark.parametrize(("answer", "told"), [(18, "has 18 decimals"), (6, "takes a fee on transfers")])
def test_a_token_with_other_decimals_or_a_fee_is_refused(real: dict[str, Any], anvil: Anvil, answer: int, told: str) -> None:
    token = "0x" + "88" * 20
    # Answers every question with this number: PUSH1 n, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
    anvil.rpc("anvil_setCode", token, f"0x60{answer:02x}5f5260205ff3")
    assert told in refused(**(real | {"stablecoin": token}))


def test_a_deployer_without_ether_is_told_how_much_is_needed(real: dict[str, Any], anvil: Anvil) -> None:
    anvil.give_wei(signing.address_of(OWN["DEPLOYER_KEY"]), 1)
    assert "send it some" in refused(**real)


def test_where_there_is_no_proxy_nothing_can_be_deployed(real: dict[str, Any], anvil: Anvil) -> None:
    anvil.rpc("anvil_setCode", deploying.FACTORY, "0x")
    assert "proxy is not at" in refused(**real)
    assert not Deployment.objects.exists()


@pytest.mark.django_db
def test_code_or_roles_that_are_not_as_they_must_be_are_named(deployed_chain: Contracts) -> None:
    found = {row.name: row for row in Deployment.objects.all()}
    anvil, terms = deployed_chain.anvil, deployed_chain.terms
    assert deploying.faults(terms, found, at=anvil.chain) == []
    grant = contracts.encode("credits", "grantRole", contracts.read("credits", "SETTLER"), ADMIN)
    hash = anvil.do_as(deployed_chain.timelock, deployed_chain.credits, grant)
    eventually(lambda: anvil.chain.receipt(hash), what="the grant")
    assert deploying.faults(terms, found, at=anvil.chain) == [f"credits: {ADMIN} holds the role SETTLER and should not."]
    code = bytearray(anvil.chain.code(deployed_chain.log))
    code[-1] ^= 1
    anvil.rpc("anvil_setCode", deployed_chain.log, "0x" + code.hex())
    assert "is not that of contracts/abi" in deploying.faults(terms, found, at=anvil.chain)[0]


@pytest.mark.django_db
def test_without_a_chain_the_command_says_so(settings: Any) -> None:
    settings.CHAIN_RPC_URL = ""
    assert "CHAIN_RPC_URL is not set" in refused()
