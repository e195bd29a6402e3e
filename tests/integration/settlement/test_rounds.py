"""One round of everything: by itself it brings an epoch to its end, and what befalls a part of it, or the node, does no harm."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from arena.chain.client import chain
from arena.credits import rounds
from arena.credits.models import Alarm, Attempt, Epoch, Treasury
from arena.errors import ChainUnavailable
from tests.anvil import DELAY, Anvil
from tests.integration.credits.stage import state_of
from tests.integration.settlement.conftest import CONFIRMATIONS
from tests.integration.settlement.stage import Town, alarms, signed
from tests.processes import database_url
from tests.rpc_server import RpcServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(anvil: Anvil, town: Town, settings: Any) -> Iterator[RpcServer]:
    """What the arena takes for its node."""
    server = RpcServer(anvil.url, seconds=30)
    settings.CHAIN_RPC_URL, settings.CHAIN_SECONDS = server.url, 0.5
    yield server
    server.stop()


def pass_by(town: Town, anvil: Anvil) -> None:
    """Rounds, with blocks and time going by, until an epoch is at its end."""
    for _ in range(3):
        assert rounds.go_round()
        anvil.pass_time(DELAY)
        anvil.mine(CONFIRMATIONS)
    assert rounds.go_round()
    assert rounds.compare()


def test_rounds_bring_an_epoch_to_its_end_by_themselves(town: Town, anvil: Anvil) -> None:
    epoch = town.seal(ada=30, ben=12)
    pass_by(town, anvil)
    assert (town.head, town.anchored) == (1, 1)
    assert state_of(epoch) == "active"
    assert Treasury.objects.get().figures["committed"] == "42000"
    assert not alarms()


def test_without_a_chain_nothing_runs_and_nothing_complains(settings: Any) -> None:
    settings.CHAIN_RPC_URL = ""
    assert not rounds.go_round()
    assert not rounds.compare()
    assert not Alarm.objects.exists()


@pytest.mark.parametrize("broken", ["follow", "guard", "treasury", "sponsor"])
def test_a_part_that_fails_leaves_the_others_working_and_is_told(town: Town, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setitem(rounds.PARTS, broken, fail)
    town.seal(ada=30)
    rounds.go_round()
    assert town.head == 1
    assert alarms() == {("fault", broken)}
    monkeypatch.undo()
    rounds.go_round()
    assert not alarms()


@pytest.mark.parametrize("fault", ["down", "slow", "drip", "broken", "nonsense", "empty", "refuse", "status"])
def test_a_node_that_fails_does_no_harm_and_is_told_in_words(town: Town, anvil: Anvil, node: RpcServer, fault: Any) -> None:
    town.seal(ada=30)
    node.fail(fault)
    assert rounds.go_round()
    assert {code for code, _ in alarms()} == {"chain_unavailable"}
    assert not Attempt.objects.exists()
    node.behave()
    pass_by(town, anvil)
    assert (town.head, town.anchored) == (1, 1)
    assert not alarms()


@pytest.mark.parametrize("fault", ["drop", "lose", "refuse", "slow"])
def test_a_node_that_fails_at_the_sending_loses_nothing_and_pays_nothing_twice(
    town: Town, anvil: Anvil, node: RpcServer, fault: Any
) -> None:
    town.seal(ada=30, ben=12)
    node.fail(fault, "eth_sendRawTransaction", times=2)
    rounds.go_round()
    assert signed() == ["post:1"]
    node.behave()
    pass_by(town, anvil)
    assert signed() == ["post:1", "anchor:1"]
    town.check_chain()
    assert not alarms()


def test_a_node_that_answers_for_another_chain_is_not_used(town: Town, node: RpcServer) -> None:
    town.seal(ada=30)
    node.change["eth_chainId"] = lambda _: "0x1"
    rounds.go_round()
    assert alarms() == {("chain_unavailable", "")}
    assert "CHAIN_ID" in Alarm.objects.get().detail
    assert not Attempt.objects.exists()


def test_a_node_that_hides_the_newest_blocks_makes_nothing_signed_twice(town: Town, anvil: Anvil, node: RpcServer) -> None:
    """It tells of the head, and of the contracts, as they were before the post."""
    town.seal(ada=30, ben=12)
    before = anvil.rpc("eth_blockNumber")
    rounds.go_round()
    anvil.mine(CONFIRMATIONS)
    rounds.go_round()
    old = anvil.rpc("eth_getBlockByNumber", before, False)
    node.change["eth_getBlockByNumber"] = lambda honest: old if int(honest["number"], 16) > int(before, 16) else honest
    node.change["eth_getTransactionReceipt"] = lambda _: None
    node.change["eth_call"] = lambda _: "0x" + "00" * 128
    rounds.go_round()
    assert signed() == ["post:1"]
    assert {code for code, _ in alarms()} <= {"chain_unavailable", "lost", "fault"}
    node.behave()
    pass_by(town, anvil)
    assert signed() == ["post:1", "anchor:1"]
    town.check_chain()


def test_a_node_that_tells_of_a_head_that_is_not_there_makes_nothing_signed(town: Town, anvil: Anvil, node: RpcServer) -> None:
    town.seal(ada=30)
    node.change["eth_getBlockByNumber"] = lambda honest: {**honest, "number": hex(int(honest["number"], 16) + 1000)}
    rounds.go_round()
    assert {code for code, _ in alarms()} == {"chain_unavailable"}
    assert not Attempt.objects.exists()
    node.behave()
    pass_by(town, anvil)
    assert signed() == ["post:1", "anchor:1"]


def test_the_settings_name_a_chain_or_the_reason_is_said(settings: Any) -> None:
    settings.CHAIN_RPC_URL = ""
    with pytest.raises(ChainUnavailable, match="CHAIN_RPC_URL"):
        chain()


def test_while_one_process_is_at_it_another_does_nothing(town: Town) -> None:
    town.seal(ada=30)
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('arena.credits'), hashtext('rounds'))")
        assert not rounds.go_round()
        assert not Attempt.objects.exists()
        other.execute("SELECT pg_advisory_unlock_all()")  # the end of a connection is noticed a moment later
    assert rounds.go_round()
    assert Epoch.objects.count() == len(signed()) == 1


def test_whoever_is_frozen_with_the_lock_loses_it_and_does_no_harm_when_it_wakes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "IDLE_SECONDS", 1)
    town.seal(ada=30)

    def freeze(**_: Any) -> None:
        time.sleep(1.5)
        monkeypatch.undo()
        assert rounds.go_round(), "another has taken over"
        assert signed() == ["post:1"]

    monkeypatch.setitem(rounds.PARTS, "follow", freeze)
    assert rounds.go_round()
    assert signed() == ["post:1"]
    assert not alarms()
