"""P9 and P10, for money: processes that die anywhere, or settle at once, bring everything to the same end; and nothing is paid that is not held."""

import pytest

from arena import clock
from arena.chain import abi, contracts, signing
from arena.chain.models import Event
from arena.credits import sponsor
from arena.credits.models import Attempt
from tests.anvil import DELAY, PEOPLE, Anvil
from tests.integration.settlement.conftest import CONFIRMATIONS, Settler
from tests.integration.settlement.stage import NAMES, Town, alarms, signed, wallet

KILLS, SEED, EPOCHS = 30, 20261128, 4
# So many crossings of seams a round has at most, one that signs and replaces.
CROSSINGS = 26


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
def test_P9_killing_the_settlement_anywhere_loses_nothing_and_pays_nothing_twice(town: Town, settler: Settler, anvil: Anvil) -> None:
    """Thirty lives, each ended at a crossing by chance or when its rounds are over, with reorganisations and time in between."""
    chance = clock.rng(SEED)
    killed = 0
    for number in range(EPOCHS):
        town.seal(ada=chance.randrange(1, 50), ben=chance.randrange(1, 50))
        for _ in range(-(-KILLS // EPOCHS)):
            name = chance.choice(["patient", "patient", "impatient"])
            killed += settler.round(chance.randrange(1, 3), dies="any", crossing=chance.randrange(1, CROSSINGS), name=name)
            _something_happens(anvil, chance.randrange(5), chance.randrange(1, 11))
        _come_to_rest(town, settler, number + 1)
    assert killed >= KILLS // 2, "most lives were ended"
    town.check_chain()
    assert sorted(set(signed())) == sorted(f"{what}:{number + 1}" for number in range(EPOCHS) for what in ("anchor", "post"))
    town.claim_and_redeem_all()
    town.check_paid()
    town.check_books()


def _something_happens(anvil: Anvil, what: int, depth: int) -> None:
    if what == 0:
        anvil.hold()
    elif what == 1:
        anvil.rpc("evm_setAutomine", True)
        anvil.mine()
    elif what == 2:
        anvil.reorg(depth)
    elif what == 3:
        anvil.pass_time(DELAY)
    else:
        anvil.mine(CONFIRMATIONS)


def _come_to_rest(town: Town, settler: Settler, anchored: int) -> None:
    anvil = town.where.anvil
    anvil.rpc("evm_setAutomine", True)
    for _ in range(12):
        assert not settler.round()
        anvil.pass_time(DELAY)
        anvil.mine(CONFIRMATIONS)
        if town.anchored == anchored:
            break
    assert not settler.round()
    assert town.anchored == anchored


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_P9_four_processes_that_settle_at_once_sign_everything_once(town: Town, settler: Settler, anvil: Anvil) -> None:
    """Without the lock that lets one of them work: it spares work, and is not what safety hangs on."""
    for number in range(2):
        town.seal(ada=30 + number, ben=12)
    names = [f"settler {number}" for number in range(4)]
    for _ in range(8):
        for name in names:
            settler.begin(2, name=name)
        assert not any(settler.end(name) for name in names)
        anvil.pass_time(DELAY)
        anvil.mine(CONFIRMATIONS)
    assert signed() == ["post:1", "anchor:1", "post:2", "anchor:2"]
    town.check_chain()
    town.claim_and_redeem_all()
    town.check_paid()
    assert not alarms()


@pytest.mark.django_db
def test_P10_what_is_paid_out_never_exceeds_what_the_treasury_holds_for_it(town: Town, anvil: Anvil) -> None:
    """Epochs are sealed for more than there is; whoever can claim and redeem does so at once. At every block all that is owed is there."""
    coin, credits = town.where.stablecoin, town.where.credits
    everything = abi.encode_call(
        "stablecoin", "transfer", [signing.address_of(signing.key_of("deployer")), town.balance("stablecoin", None)]
    )
    anvil.do_as(credits, coin, everything)
    chance = clock.rng(SEED)
    for _ in range(6):
        town.seal(ada=chance.randrange(1, 40), ben=chance.randrange(1, 40))
        anvil.do(signing.key_of("deployer"), "stablecoin", coin, "mint", credits, chance.randrange(1, 60_000))
        town.settle(CONFIRMATIONS)
        _claim_what_can_be(town)
        holdings, owed = town.balance("stablecoin", None), contracts.read("credits", "liabilities", at=town.at)
        assert holdings >= owed
        supply = contracts.read("credits", "totalSupply", at=town.at)
        assert holdings >= supply
    assert ("uncovered", str(town.head + 1)) in alarms(), "more was promised than there is"
    town.round()
    paid = sum(int(event.args["paid"]) for event in Event.objects.filter(name="Redeemed", canonical=True))
    assert paid == sum(town.balance("stablecoin", name) for name in NAMES) > 0
    assert len(Attempt.objects.filter(purpose__startswith="post:")) == town.head < 6


def _claim_what_can_be(town: Town) -> None:
    anvil = town.where.anvil
    credits = contracts.deployed("credits")
    assert credits is not None
    if (epoch := sponsor.claimable(town.at, credits)) is not None:
        for claim in sponsor.unclaimed(epoch, 50):
            values = (epoch.number, claim.account, claim.cumulative, list(claim.proof))
            anvil.do(PEOPLE["stranger"], "credits", town.where.credits, "claim", *values)
    for name in NAMES:
        if units := town.balance("credits", name):
            anvil.do(PEOPLE[name], "credits", town.where.credits, "redeem", units, wallet(name))
