"""Claims at the arena's expense: in batches, for who has something to claim, and never for more than the day's budget."""

from datetime import timedelta
from typing import Any

import pytest

from arena import clock
from arena.chain import contracts, signing
from arena.credits import outgoing, sponsor
from arena.credits.models import Attempt
from tests.anvil import Anvil
from tests.integration.credits import stage as credits
from tests.integration.settlement.conftest import CONFIRMATIONS
from tests.integration.settlement.stage import NAMES, Town, wallet

pytestmark = pytest.mark.django_db
ETHER = 10**18


@pytest.fixture
def active(town: Town, settings: Any) -> Town:
    """An epoch that Ada and Ben may claim."""
    settings.SPONSOR_WEI_A_DAY = ETHER
    town.seal(ada=30, ben=12)
    town.settle(CONFIRMATIONS)
    return town


def go(town: Town) -> None:
    """A round, and the blocks that make it final."""
    town.round()
    sponsor.sponsor(at=town.at)
    town.where.anvil.mine(CONFIRMATIONS)
    town.round()


def batches() -> list[Attempt]:
    return list(Attempt.objects.filter(purpose__startswith=outgoing.SPONSORED).order_by("at"))


def test_without_a_budget_people_claim_themselves(active: Town, settings: Any) -> None:
    settings.SPONSOR_WEI_A_DAY = 0
    go(active)
    assert not batches()


def test_everybody_is_paid_what_they_may_claim_once(active: Town) -> None:
    for _ in range(3):
        go(active)
    assert [batch.purpose for batch in batches()] == ["sponsor:1"]
    assert [active.balance("credits", name) for name in NAMES] == [30_000, 12_000]


def test_later_epochs_pay_the_difference(active: Town) -> None:
    go(active)
    active.seal(ben=5)
    active.settle(CONFIRMATIONS)
    go(active)
    assert len(batches()) == 2
    assert [active.balance("credits", name) for name in NAMES] == [30_000, 17_000]


def test_a_hundred_and_twenty_people_take_three_batches(town: Town, settings: Any) -> None:
    settings.SPONSOR_WEI_A_DAY = ETHER
    for number in range(120):
        credits.convert(credits.member(f"somebody-{number}", 1), 1)
    credits.sealed()
    town.settle(CONFIRMATIONS)
    for _ in range(4):
        go(town)
    assert len(batches()) == 3
    assert contracts.read("credits", "totalSupply", at=town.at) == 120_000
    assert not contracts.read("credits", "claimedOf", credits.address("nobody"), at=town.at)


def test_nothing_is_signed_that_might_cost_more_than_is_left_of_the_day(active: Town, settings: Any) -> None:
    settings.SPONSOR_WEI_A_DAY = 1000
    go(active)
    assert not batches()
    settings.SPONSOR_WEI_A_DAY = ETHER
    go(active)
    (batch,) = batches()
    worst = outgoing.SPONSORED_RAISE * batch.gas * batch.max_fee
    spent = sponsor.spent_today(active.at.id)
    assert 0 < spent < worst
    active.seal(ada=1)
    active.settle(CONFIRMATIONS)
    settings.SPONSOR_WEI_A_DAY = spent + worst // 4
    go(active)
    assert len(batches()) == 1
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert sponsor.spent_today(active.at.id) == 0


def test_a_batch_that_is_stuck_is_replaced_for_no_more_than_was_reserved(active: Town, anvil: Anvil) -> None:
    anvil.hold()
    active.round()
    sponsor.sponsor(at=active.at)
    (first,) = batches()
    reserved = sponsor.spent_today(active.at.id)
    later = clock.now()
    for _ in range(12):
        later += timedelta(seconds=91)
        with clock.frozen(later):
            active.round()
    attempts = batches()
    assert 2 <= len(attempts) <= 7
    assert all(attempt.nonce == first.nonce for attempt in attempts)
    assert max(attempt.gas * attempt.max_fee for attempt in attempts) <= reserved
    anvil.mine()
    active.round()
    assert active.balance("credits", "ada") == 30_000


def test_a_second_batch_waits_for_the_first(active: Town, anvil: Anvil) -> None:
    anvil.hold()
    for _ in range(3):
        active.round()
        sponsor.sponsor(at=active.at)
    assert len(batches()) == 1


def test_a_batch_whose_nonce_something_else_has_used_is_followed_by_another(active: Town, anvil: Anvil) -> None:
    anvil.hold()
    active.round()
    sponsor.sponsor(at=active.at)
    anvil.rpc("anvil_dropAllTransactions")
    anvil.send(signing.key_of("settler"), wallet("stranger"), b"", value=1)
    anvil.mine()
    anvil.rpc("evm_setAutomine", True)
    go(active)
    assert len(batches()) == 2
    assert [active.balance("credits", name) for name in NAMES] == [30_000, 12_000]
