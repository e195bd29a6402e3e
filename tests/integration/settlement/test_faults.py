"""The seven faults of the settlement, each by its own injection: whoever comes next brings it to the end that it would have had."""

import itertools

import pytest

from arena.chain import abi, signing
from arena.credits.models import Attempt
from tests.anvil import DELAY, Anvil
from tests.integration.settlement.conftest import CONFIRMATIONS, Settler
from tests.integration.settlement.stage import Town, alarms, signed

pytestmark = pytest.mark.django_db(transaction=True)
POSTS = ["post:1", "anchor:1"]


def finish(town: Town, settler: Settler) -> None:
    """Rounds of a process that lives, with time going by, until everything that was sealed is anchored for good."""
    anvil = town.where.anvil
    anvil.rpc("evm_setAutomine", True)
    anvil.mine()
    for _ in range(2 * town.sealed + 1):
        assert not settler.round()
        anvil.mine(CONFIRMATIONS)
        assert not settler.round()
        anvil.pass_time(DELAY)
        anvil.mine(CONFIRMATIONS)


def check(town: Town, purposes: list[str]) -> None:
    """As if nothing had happened: every epoch once, as it was sealed, and everybody paid to the unit, once."""
    town.check_chain()
    assert signed() == purposes
    town.claim_and_redeem_all()
    town.check_paid()
    town.check_books()
    assert not alarms()


def test_undisturbed(town: Town, settler: Settler) -> None:
    town.seal(ada=30, ben=12)
    finish(town, settler)
    check(town, POSTS)


@pytest.mark.parametrize("seam", ["unsigned", "signed, not stored"])
def test_dies_before_raw_is_stored(town: Town, settler: Settler, seam: str) -> None:
    town.seal(ada=30, ben=12)
    before = town.settler_nonce()
    assert settler.round(dies=seam)
    assert not Attempt.objects.exists()
    assert settler.round(dies="stored, not sent")
    assert Attempt.objects.get().nonce == before, "the nonce that was taken in vain is taken again"
    finish(town, settler)
    check(town, POSTS)


def test_stored_not_sent(town: Town, settler: Settler) -> None:
    town.seal(ada=30, ben=12)
    assert settler.round(dies="stored, not sent")
    raw = bytes(Attempt.objects.get().raw)
    assert town.head == 0
    finish(town, settler)
    assert bytes(Attempt.objects.get(purpose="post:1").raw) == raw
    check(town, POSTS)


def test_sent_not_recorded(town: Town, settler: Settler, anvil: Anvil) -> None:
    town.seal(ada=30, ben=12)
    anvil.hold()
    assert settler.round(dies="sent, not recorded")
    assert not settler.round(), "the node has it already, which is no error"
    assert town.head == 0
    finish(town, settler)
    check(town, POSTS)


def test_mined_not_recorded(town: Town, settler: Settler) -> None:
    town.seal(ada=30, ben=12)
    assert not settler.round()
    assert settler.round(dies="mined, not recorded")
    assert town.head == 1
    finish(town, settler)
    check(town, POSTS)


@pytest.mark.parametrize("seam", ["none", "not replaced", "signed, not stored", "replaced, not sent", "sending"])
def test_fee_stuck(town: Town, settler: Settler, anvil: Anvil, seam: str) -> None:
    town.seal(ada=30, ben=12)
    anvil.hold()
    assert not settler.round()
    killed = settler.impatiently(dies=seam)
    assert killed == (seam != "none")
    settler.impatiently()
    attempts = list(Attempt.objects.order_by("number"))
    assert len(attempts) >= 2
    assert len({attempt.nonce for attempt in attempts}) == 1
    for lower, higher in itertools.pairwise(attempts):
        assert 1000 * higher.max_fee >= 1125 * lower.max_fee
        assert 1000 * higher.priority_fee >= 1125 * lower.priority_fee
    finish(town, settler)
    check(town, ["post:1"] * len(attempts) + ["anchor:1"])


def test_same_settlement_under_a_new_nonce(town: Town, settler: Settler, anvil: Anvil) -> None:
    """What was stored is lost with its database, and signed once more under the next nonce: the contract refuses the second."""
    epoch = town.seal(ada=30, ben=12)
    anvil.hold()
    assert settler.round(dies="stored, not sent")
    values = [1, bytes(epoch.root), epoch.cum_total, bytes(epoch.data_hash)]
    data = abi.encode_call("credits", "post", values)
    key, nonce = signing.key_of("settler"), town.settler_nonce()
    anvil.send(key, town.where.credits, data, nonce=nonce + 1)
    assert not settler.round()
    finish(town, settler)
    check(town, POSTS)


@pytest.mark.parametrize("depth", range(1, 11))
def test_reorged_out(town: Town, settler: Settler, anvil: Anvil, depth: int) -> None:
    town.seal(ada=30, ben=12)
    settler.round()
    anvil.mine(depth - 1)
    settler.round()
    anvil.reorg(depth)
    assert town.head == 0
    finish(town, settler)
    check(town, POSTS)


@pytest.mark.parametrize("depth", [1, 10])
def test_an_anchor_that_is_reorged_out_is_anchored_again(town: Town, settler: Settler, anvil: Anvil, depth: int) -> None:
    town.seal(ada=30, ben=12)
    settler.round()
    anvil.pass_time(DELAY)
    anvil.mine(CONFIRMATIONS)
    settler.round()
    assert town.anchored == 1
    anvil.mine(depth - 1)
    settler.round()
    anvil.reorg(depth)
    assert town.anchored == 0
    finish(town, settler)
    check(town, POSTS)
