"""The reader has, whatever happened to the chain and to itself, what the chain has now."""

import contextlib
import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from arena.chain import abi, reader, signing
from arena.chain.client import BlockHead
from arena.chain.models import Block, Deployment, Event
from arena.chain.reader import follow
from arena.errors import ChainUnavailable
from tests.anvil import Anvil, Contracts
from tests.integration.chain.model import Killed, Model, agrees, deployments

TWO = ["0x" + "11" * 20, "0x" + "22" * 20]


def model(seed: int = 7, depth: int = 4) -> Model:
    return Model(rng=random.Random(seed), contracts=list(TWO), depth=depth)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_after_any_reorgs_and_deaths_the_rows_are_the_chain(seed: int) -> None:
    rng = random.Random(seed)
    chain = model(seed, depth=rng.choice((0, 1, 4, 9)))
    contracts = deployments(chain)
    for _ in range(40):
        match rng.choice(("extend", "extend", "reorg", "die", "follow")):
            case "extend":
                chain.extend(rng.choice((1, 2, 12)))
            case "reorg":
                chain.reorg(rng.randint(1, 10))
            case "die":
                chain.patience = rng.randrange(30)
                try:
                    follow(contracts, at=chain)
                except Killed:
                    pass
                chain.patience = None
            case "follow":
                follow(contracts, at=chain)
                agrees(chain)
    follow(contracts, at=chain)
    agrees(chain)


@pytest.mark.django_db
def test_reading_again_what_is_read_changes_nothing_and_asks_little() -> None:
    chain = model()
    contracts = deployments(chain)
    chain.extend(60)
    first = follow(contracts, at=chain)
    assert first.events == Event.objects.count() > 0
    chain.patience = 5
    again = follow(contracts, at=chain)
    assert (again.events, again.replaced) == (0, 0)
    agrees(chain)


@pytest.mark.django_db
def test_a_replaced_block_takes_its_events_with_it_and_may_come_back() -> None:
    chain = model(depth=5)
    contracts = deployments(chain)
    chain.extend(20)
    before = list(chain.blocks)
    follow(contracts, at=chain)
    chain.reorg(3)
    assert follow(contracts, at=chain).replaced == 3
    agrees(chain)
    after, chain.blocks = chain.blocks, before
    follow(contracts, at=chain)
    agrees(chain)
    chain.blocks = after
    follow(contracts, at=chain)
    agrees(chain)


@pytest.mark.django_db
def test_a_contract_that_joins_late_gets_its_events_of_old_and_of_unfinal_blocks() -> None:
    chain = model(depth=6)
    both = deployments(chain)
    chain.extend(30)
    follow(both[:1], at=chain)
    agrees(chain, TWO[:1])
    follow(both, at=chain)
    agrees(chain)
    chain.extend(3)
    follow(both[1:], at=chain)
    chain.reorg(5)
    follow(both, at=chain)
    agrees(chain)


@pytest.mark.django_db
def test_a_node_that_is_behind_or_tells_another_history_is_not_read_from() -> None:
    chain = model(depth=2)
    contracts = deployments(chain)
    chain.extend(30)
    follow(contracts, at=chain)
    rows = list(Event.objects.order_by("pk").values())
    honest, finality = chain.blocks, chain.finality
    chain.blocks, chain.finality = honest[:10], 7
    with pytest.raises(ChainUnavailable, match="is behind"):
        follow(contracts, at=chain)
    chain.blocks = honest[:10]
    chain.extend(30)
    with pytest.raises(ChainUnavailable, match="another history"):
        follow(contracts, at=chain)
    chain.blocks, chain.finality = honest, finality - 3
    assert follow(contracts, at=chain).final == finality
    assert list(Event.objects.order_by("pk").values()) == rows


@pytest.mark.django_db
def test_events_of_a_block_that_is_not_the_one_asked_about_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = model(depth=2)
    contracts = deployments(chain)
    chain.extend(30)
    honest = Model.block

    def another(self: Model, number: int) -> BlockHead:
        found = honest(self, number)
        return BlockHead(found.number, "0x" + "f" * 64, found.parent, found.time + timedelta(1)) if number == 5 else found

    monkeypatch.setattr(Model, "block", another)
    chain.blocks[5] = type(chain.blocks[5])(chain.blocks[5].head, (chain._log(chain.blocks[5].head, 0),))
    with pytest.raises(ChainUnavailable, match="moves faster"):
        follow(contracts, at=chain)
    assert not Event.objects.filter(block_number=5).exists()


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_read_each_event_once() -> None:
    chain = model(depth=6)
    contracts = deployments(chain)
    chain.extend(80)
    faults: list[BaseException] = []
    gate = threading.Barrier(4)

    def read() -> None:
        gate.wait()
        try:
            for _ in range(5):
                # Who finds the other ahead of it three times leaves the rest to it.
                with contextlib.suppress(ChainUnavailable):
                    follow(contracts, at=chain)
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    follow(contracts, at=chain)
    agrees(chain)


def pauses(contracts: Contracts) -> list[tuple[int, bool, bool]]:
    rows = Event.objects.filter(contract=contracts.credits, name__in=("Paused", "Unpaused")).order_by("pk")
    return [(row.block_number, row.canonical, row.final) for row in rows]


@pytest.mark.parametrize("depth", range(1, 11))
def test_on_a_real_node_a_reorg_of_any_depth_is_followed(deployed_chain: Contracts, depth: int) -> None:
    anvil, at = deployed_chain.anvil, deployed_chain.anvil.chain
    at.confirmations = 12
    try:
        anvil.mine(12)
        anvil.do(signing.key_of("guardian"), "credits", deployed_chain.credits, "pause")
        anvil.mine(depth - 1)
        contracts = list(Deployment.objects.filter(name__in=("credits", "log")))
        follow(contracts, at=at)
        block = at.head() - depth + 1
        assert pauses(deployed_chain) == [(block, True, False)]
        anvil.reorg(depth)
        progress = follow(contracts, at=at)
        assert progress.replaced == depth
        assert pauses(deployed_chain) == [(block, False, False)]
        assert (
            abi.decode_result("credits", "paused", at.call(to=deployed_chain.credits, data=abi.encode_call("credits", "paused", [])))
            is False
        )
        anvil.do(signing.key_of("guardian"), "credits", deployed_chain.credits, "pause")
        anvil.mine(12)
        follow(contracts, at=at)
        assert pauses(deployed_chain)[-1][1:] == (True, True)
        assert len(pauses(deployed_chain)) == 2
    finally:
        at.confirmations = 0


def test_a_development_chain_that_was_lost_and_begun_anew_is_read_anew(deployed_chain: Contracts, anvil: Anvil) -> None:
    contracts = list(Deployment.objects.filter(name__in=("credits", "log")))
    snapshot = anvil.rpc("evm_snapshot")
    anvil.do(signing.key_of("guardian"), "credits", deployed_chain.credits, "pause")
    follow(contracts, at=anvil.chain)
    assert [(canonical, final) for _, canonical, final in pauses(deployed_chain)] == [(True, True)]
    anvil.rpc("evm_revert", snapshot)
    follow(contracts, at=anvil.chain)
    assert [(canonical, final) for _, canonical, final in pauses(deployed_chain)] == [(False, False)]
    granted = Event.objects.filter(contract=deployed_chain.credits, name="RoleGranted", canonical=True, final=True)
    assert granted.count() == 3
    assert Block.objects.filter(canonical=True, final=True).count() == 1


def test_values_of_events_are_fit_for_json(deployed_chain: Contracts) -> None:
    follow(list(Deployment.objects.filter(name="stablecoin")), at=deployed_chain.anvil.chain)
    row: Any = Event.objects.get(contract=deployed_chain.stablecoin, name="Transfer")
    assert row.args == {"from": "0x" + "0" * 40, "to": deployed_chain.credits, "value": str(10**12)}


@pytest.mark.django_db
def test_without_contracts_nothing_is_kept() -> None:
    chain = model()
    chain.extend(9)
    assert reader.follow([], at=chain).head == 9
    assert not Block.objects.exists()
