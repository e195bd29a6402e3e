"""Every transaction is signed once, stored before it is sent, and sent until the chain has it."""

from datetime import timedelta
from typing import Any

import pytest

from arena import clock
from arena.chain import abi, contracts, signing
from arena.chain.client import Chain, Fees, Reverted
from arena.credits import outgoing
from arena.credits.models import Attempt, Receipt, Signer
from arena.credits.outgoing import CannotPay, Outcome, Status
from tests.anvil import Anvil, Contracts
from tests.integration.settlement.conftest import CONFIRMATIONS

pytestmark = pytest.mark.django_db
SOMEBODY = "0x000000000000000000000000000000000000bEEF"
LATER = timedelta(seconds=91)


def give(at: Chain, purpose: str = "gift:1", units: int = 1) -> Attempt:
    coin = contracts.deployed("stablecoin")
    assert coin is not None
    data = abi.encode_call("stablecoin", "mint", [SOMEBODY, units])
    sent = outgoing.submit(purpose=purpose, role="settler", target=coin.address, data=data, at=at)
    assert sent is not None
    return sent


def given(at: Chain) -> int:
    return int(contracts.read("stablecoin", "balanceOf", SOMEBODY, at=at))


def settler() -> str:
    return signing.address_of(signing.key_of("settler"))


def test_a_purpose_is_signed_once_however_often_it_is_submitted(slow_chain: Chain) -> None:
    first = give(slow_chain)
    assert give(slow_chain) == first == give(slow_chain)
    assert Attempt.objects.count() == 1
    assert given(slow_chain) == 1


def test_purposes_take_nonces_without_a_gap(held: Anvil, slow_chain: Chain) -> None:
    nonces = [give(slow_chain, f"gift:{number}").nonce for number in range(4)]
    first = slow_chain.nonce(settler())
    assert nonces == [first, first + 1, first + 2, first + 3]
    assert Signer.objects.get().next_nonce == first + 4
    held.mine()
    assert given(slow_chain) == 4


def test_a_transaction_is_final_only_when_enough_blocks_lie_on_it(slow_chain: Chain, anvil: Anvil) -> None:
    give(slow_chain)
    assert outgoing.pursue("gift:1", at=slow_chain) == Outcome("gift:1", Status.MINED, final=False)
    anvil.mine(CONFIRMATIONS - 1)
    assert outgoing.pursue("gift:1", at=slow_chain) == Outcome("gift:1", Status.MINED, final=False)
    anvil.mine()
    assert outgoing.pursue("gift:1", at=slow_chain) == Outcome("gift:1", Status.MINED, final=True)
    assert outgoing.pursue_all(at=slow_chain) == {}
    assert outgoing.pursue("gift:1", at=slow_chain) == Outcome("gift:1", Status.MINED, final=True)


def test_fee_stuck_is_replaced_with_the_same_nonce_at_an_eighth_more_at_least(held: Anvil, slow_chain: Chain) -> None:
    first = give(slow_chain)
    assert outgoing.pursue("gift:1", at=slow_chain).status == Status.PENDING
    with clock.frozen(clock.now() + LATER):
        assert outgoing.pursue("gift:1", at=slow_chain).status == Status.PENDING
        assert outgoing.pursue("gift:1", at=slow_chain).status == Status.PENDING
    _, second = Attempt.objects.order_by("number")
    assert (second.nonce, second.number) == (first.nonce, 1)
    assert 1000 * second.max_fee >= 1125 * first.max_fee
    assert 1000 * second.priority_fee >= 1125 * first.priority_fee
    held.mine()
    assert outgoing.pursue("gift:1", at=slow_chain).status == Status.MINED
    assert Receipt.objects.get().attempt == second
    assert given(slow_chain) == 1


def test_whichever_attempt_is_mined_counts(held: Anvil, slow_chain: Chain) -> None:
    first = give(slow_chain)
    held.rpc("anvil_dropTransaction", first.hash)
    with clock.frozen(clock.now() + LATER):
        outgoing.pursue_all(at=slow_chain)
    held.rpc("anvil_dropAllTransactions")
    slow_chain.send(bytes(first.raw))
    held.mine()
    assert outgoing.pursue("gift:1", at=slow_chain).status == Status.MINED
    assert Receipt.objects.get().attempt == first
    assert given(slow_chain) == 1


def test_what_waits_behind_a_stuck_one_is_not_replaced(held: Anvil, slow_chain: Chain) -> None:
    for number in range(3):
        give(slow_chain, f"gift:{number}")
    with clock.frozen(clock.now() + LATER):
        outgoing.pursue("gift:2", at=slow_chain)
    assert list(Attempt.objects.filter(number=1).values_list("purpose", flat=True)) == ["gift:0"]
    held.mine()
    assert {outcome.status for outcome in outgoing.pursue_all(at=slow_chain).values()} == {Status.MINED}
    assert given(slow_chain) == 3


def test_no_fee_goes_above_the_ceiling(held: Anvil, slow_chain: Chain, settings: Any) -> None:
    first = give(slow_chain)
    settings.FEE_CEILING_GWEI = first.max_fee // 10**9
    with clock.frozen(clock.now() + LATER):
        assert outgoing.pursue("gift:1", at=slow_chain).status == Status.PENDING
    assert Attempt.objects.count() == 1


def test_a_nonce_that_something_else_used_is_told_and_what_is_next_keeps_the_order(held: Anvil, slow_chain: Chain) -> None:
    first = give(slow_chain)
    held.rpc("anvil_dropAllTransactions")
    held.send(signing.key_of("settler"), SOMEBODY, b"", value=1)
    held.mine()
    assert outgoing.pursue("gift:1", at=slow_chain) == Outcome("gift:1", Status.OVERTAKEN)
    again = give(slow_chain, outgoing.after("gift:1"))
    assert again.nonce == first.nonce + 1
    assert outgoing.latest("gift:1", chain_id=slow_chain.id) == "gift:1/2"
    held.mine()
    assert given(slow_chain) == 1


@pytest.mark.parametrize("depth", range(1, 11))
def test_reorged_out_it_lands_again_with_the_same_bytes(slow_chain: Chain, anvil: Anvil, depth: int) -> None:
    sent = give(slow_chain)
    anvil.mine(depth - 1)
    assert outgoing.pursue("gift:1", at=slow_chain).status == Status.MINED
    anvil.reorg(depth)
    assert given(slow_chain) == 0
    assert outgoing.pursue("gift:1", at=slow_chain).status == Status.PENDING
    assert not Receipt.objects.exists()
    anvil.mine()
    assert outgoing.pursue("gift:1", at=slow_chain).status == Status.MINED
    anvil.mine(CONFIRMATIONS)
    assert outgoing.pursue("gift:1", at=slow_chain).final
    assert Receipt.objects.get().attempt == sent == Attempt.objects.get()
    assert given(slow_chain) == 1


def test_what_the_contract_would_refuse_is_not_signed(slow_chain: Chain) -> None:
    with pytest.raises(Reverted) as refusal:
        give(slow_chain, units=10**30)
    assert refusal.value.name == "MintTooLarge"
    assert not Attempt.objects.exists()
    assert not Signer.objects.exists()


def test_what_the_account_cannot_pay_for_is_not_signed(slow_chain: Chain, anvil: Anvil) -> None:
    anvil.give_wei(settler(), 1)
    with pytest.raises(CannotPay, match="holds 1 wei"):
        give(slow_chain)
    assert not Attempt.objects.exists()


def test_what_is_not_allowed_is_not_signed(slow_chain: Chain) -> None:
    asked: list[int] = []

    def refuse(wei: int) -> bool:
        asked.append(wei)
        return False

    refused = outgoing.submit(purpose="gift:1", role="settler", target=SOMEBODY, data=b"", at=slow_chain, allow=refuse)
    assert refused is None
    assert asked[0] > 21_000
    assert not Attempt.objects.exists()


def test_a_refusal_in_a_block_is_told_and_final_in_its_time(held: Anvil, slow_chain: Chain, deployed_chain: Contracts) -> None:
    """The contract is paused between signing and mining."""
    data = abi.encode_call("credits", "post", [1, b"r" * 32, 5, b"d" * 32])
    outgoing.submit(purpose="post:1", role="settler", target=deployed_chain.credits, data=data, at=slow_chain)
    held.rpc("anvil_dropAllTransactions")
    held.send(signing.key_of("guardian"), deployed_chain.credits, abi.encode_call("credits", "pause", []))
    held.mine()
    outgoing.pursue_all(at=slow_chain)
    held.mine()
    assert outgoing.pursue("post:1", at=slow_chain) == Outcome("post:1", Status.REVERTED, final=False)
    held.mine(CONFIRMATIONS)
    outcome = outgoing.pursue("post:1", at=slow_chain)
    assert outcome == Outcome("post:1", Status.REVERTED, final=True)
    assert outcome.failed


def test_what_is_stuck_is_sent_on_when_its_key_is_lost_and_holds_up_no_other(
    held: Anvil, slow_chain: Chain, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    give(slow_chain)
    held.rpc("anvil_dropAllTransactions")
    address, settings.SETTLER_KEY = settler(), "0x" + "5e" * 32
    with clock.frozen(clock.now() + LATER):
        assert outgoing.pursue_all(at=slow_chain)["gift:1"].status == Status.PENDING
    assert f"No key in the settings is that of {address}" in caplog.text
    assert Attempt.objects.count() == 1
    held.mine()
    assert given(slow_chain) == 1


def test_fees_are_bounded_when_the_chain_is_dear(deployed_chain: Contracts, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.FEE_CEILING_GWEI = 3
    at = deployed_chain.anvil.chain
    monkeypatch.setattr(Chain, "fees", lambda self: Fees(10**12, 10**11))
    sent = give(at)
    assert (sent.max_fee, sent.priority_fee) == (3 * 10**9, 3 * 10**9)
