"""Ledger, epochs and contracts are compared to the unit; what differs is an alarm until it differs no more."""

import pytest

from arena.chain import abi, contracts, signing
from arena.chain.models import Event
from arena.credits import actions, reconcile, rounds, sponsor
from arena.credits.models import Alarm, Conversion, Epoch, Leaf
from arena.ledger import actions as ledger
from arena.ledger.models import Kind, Transfer
from tests.anvil import PEOPLE, TREASURY, Anvil
from tests.integration.credits import stage as credits
from tests.integration.settlement.conftest import CONFIRMATIONS
from tests.integration.settlement.stage import Town, alarms, wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived(town: Town, anvil: Anvil) -> Town:
    """One epoch, of which Ada redeemed a part and Ben claimed nothing; a second waits to be posted."""
    town.seal(ada=30, ben=12)
    town.settle(CONFIRMATIONS)
    claims = {claim.account: claim for claim in sponsor.unclaimed(Epoch.objects.get(), 50)}
    ada = claims[wallet("ada")]
    anvil.do(PEOPLE["ada"], "credits", town.where.credits, "claim", 1, ada.account, ada.cumulative, list(ada.proof))
    anvil.do(PEOPLE["ada"], "credits", town.where.credits, "redeem", 10_000, wallet("ada"))
    anvil.mine(CONFIRMATIONS)
    town.seal(ben=5)
    rounds.follow(at=town.at)
    compare(town)
    assert not alarms()
    return town


def compare(town: Town) -> set[str]:
    reconcile.reconcile(at=town.at)
    return {code for code, _ in alarms()}


def test_the_figures_are_those_that_everybody_has(lived: Town) -> None:
    deployment = contracts.deployed("credits")
    assert deployment is not None
    books = reconcile.read(deployment, at=lived.at)
    assert books is not None
    assert (books.ledger_points, books.converted_points) == (47, 47)
    assert (books.leaves, books.sealed_total) == (47_000, 47_000)
    assert (books.good, books.good_total, books.committed) == (1, 42_000, 42_000)
    assert (books.supply, books.redeemed, books.claimed) == (20_000, 10_000, 30_000)
    assert (books.paid_out, books.redemptions, books.liabilities) == (10_000, 10_000, 32_000)
    assert books.holdings == TREASURY - 10_000
    (signer,) = books.signers.values()
    assert signer.used == signer.next_nonce


def test_points_in_the_account_that_no_conversion_explains_are_told_until_one_does(lived: Town) -> None:
    ben = lived.people["ben"]
    credits.give(ben, 1)
    source, target = ledger.account(Kind.AVAILABLE, ben.pk), ledger.account(Kind.CONVERSIONS)
    moved = ledger.post(key="by-hand", source=source, target=target, amount=1, kind="conversion", reason="converted")
    assert compare(lived) == {"ledger"}
    Conversion.objects.create(owner=ben, wallet=wallet("ben"), points=1, units_per_point=1000, units=1000, transfer=moved)
    assert compare(lived) == set()
    assert Alarm.objects.filter(code="ledger").exclude(closed_at=None).count() == 1


def test_one_unit_in_a_leaf_is_told(lived: Town) -> None:
    Leaf.objects.create(epoch_id=2, account=wallet("stranger"), cumulative=1, position=9)
    assert compare(lived) == {"leaves"}
    assert "47001 units, its total is 47000" in Alarm.objects.get().detail


def test_a_claim_that_was_not_read_is_told_until_it_is(lived: Town) -> None:
    Event.objects.filter(name="Claimed").update(final=False)
    assert compare(lived) == {"supply"}
    Event.objects.filter(name="Claimed").update(final=True)
    assert compare(lived) == set()


def test_a_treasury_that_was_emptied_is_told(lived: Town, anvil: Anvil) -> None:
    somebody = wallet("stranger")
    data = abi.encode_call("stablecoin", "transfer", [somebody, lived.balance("stablecoin", None) - 31_999])
    anvil.do_as(lived.where.credits, lived.where.stablecoin, data)
    anvil.mine(CONFIRMATIONS)
    rounds.follow(at=lived.at)
    assert compare(lived) == {"liabilities"}
    assert "holds 31999 stablecoin units and owes 32000" in Alarm.objects.get().detail


def test_an_epoch_that_we_did_not_seal_is_told_by_its_total(lived: Town, anvil: Anvil) -> None:
    anvil.do(signing.key_of("settler"), "credits", lived.where.credits, "post", 2, b"x" * 32, 42_001, b"y" * 32)
    anvil.mine(CONFIRMATIONS)
    rounds.follow(at=lived.at)
    assert compare(lived) == {"committed", "nonce"}


def test_a_transaction_of_a_signer_that_we_did_not_sign_is_told(lived: Town, anvil: Anvil) -> None:
    anvil.send(signing.key_of("settler"), wallet("stranger"), b"", value=1)
    assert compare(lived) == {"nonce"}
    assert "who else has its key" in Alarm.objects.get().detail


def test_a_conversion_that_was_taken_back_is_no_difference(lived: Town) -> None:
    lived.earn("ben", 3)
    newest = Conversion.objects.order_by("at").last()
    assert newest is not None
    actions.void_conversion(id=newest.pk, reason="a mistake", by=None)
    assert Transfer.objects.filter(kind="void").count() == 1
    assert compare(lived) == set()
