"""From points to stablecoin, end to end: earned, converted, sealed, posted, active, claimed, redeemed, to the unit."""

import time
from typing import Any

import pytest
from django.db import connection

from arena.chain import abi, contracts, deploying, signing
from arena.chain.client import Chain
from arena.credits import actions, queries, rounds
from arena.credits.models import Leaf
from arena.ledger import actions as ledger
from arena.ledger.models import Kind
from arena.users.models import User
from tests.anvil import DELAY, PEOPLE, TREASURY, Anvil, Contracts
from tests.integration.credits import stage
from tests.integration.settlement.conftest import CONFIRMATIONS
from tests.integration.settlement.stage import NAMES, Town, alarms, wallet
from tests.integration.users.account import guest
from tests.integration.users.wallet import Wallet, act, link, smart_wallet

pytestmark = pytest.mark.django_db
CROWD, AT_ONCE, EVERY = 100_000, 200, 10
# Everybody's points, account, wallet and conversion, as the actions write them one by one.
_CROWD = (
    """CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS SELECT i, gen_random_uuid() AS person, gen_random_uuid() AS conversion,
    1 + i %% 97 AS points, '0x' || lpad(to_hex(i), 40, '0') AS wallet FROM generate_series(1, %s) i""",
    """INSERT INTO users_user (id, password, is_superuser, username, email, is_staff, is_active, date_joined, is_guest)
    SELECT person, '', false, 'crowd' || i, '', false, true, now(), false FROM crowd""",
    "INSERT INTO ledger_account (kind, owner_id) SELECT 'available', person FROM crowd",
    """INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, at)
    SELECT 'gift:' || i, (SELECT id FROM ledger_account WHERE kind = 'issuance'), a.id, points, 'award', 'flat', '', now()
    FROM crowd JOIN ledger_account a ON a.owner_id = person""",
    """INSERT INTO ledger_transfer (key, source_id, target_id, amount, kind, reason, policy, at)
    SELECT 'conversion:' || conversion, a.id, (SELECT id FROM ledger_account WHERE kind = 'conversions'), points, 'conversion', 'converted', '', now()
    FROM crowd JOIN ledger_account a ON a.owner_id = person""",
    """INSERT INTO credits_conversion (id, owner_id, wallet, points, units_per_point, units, transfer_id, at)
    SELECT conversion, person, wallet, points, 1000, points * 1000, t.id, now() FROM crowd JOIN ledger_transfer t ON t.key = 'conversion:' || conversion""",
)


def go_on(town: Town, anvil: Anvil, times: int = 3) -> None:
    """Rounds as the worker does them, with time and blocks going by."""
    for _ in range(times):
        assert rounds.go_round()
        anvil.pass_time(DELAY)
        anvil.mine(CONFIRMATIONS)
    assert rounds.go_round()
    assert rounds.compare()


def claim(town: Town, name: str) -> None:
    """As the page does it: with the proof that the arena hands out, signed by the person's own key."""
    active = queries.newest_active()
    assert active is not None
    proof = queries.proof(active[0], wallet(name))
    assert proof is not None
    nodes = [bytes.fromhex(node[2:]) for node in proof["proof"]]
    values = (active[0], wallet(name), int(proof["cumulative"]), nodes)
    town.where.anvil.do(PEOPLE[name], "credits", town.where.credits, "claim", *values)


def redeem(town: Town, name: str, units: int) -> int:
    """What the person got for them, in stablecoin units."""
    before = town.balance("stablecoin", name)
    town.where.anvil.do(PEOPLE[name], "credits", town.where.credits, "redeem", units, wallet(name))
    return town.balance("stablecoin", name) - before


def test_points_become_stablecoin_over_several_epochs_and_a_vetoed_one_rolls_on(town: Town, anvil: Anvil) -> None:
    earned = dict.fromkeys(NAMES, 0)
    for number, (ada, ben) in enumerate([(30, 12), (5, 7), (1, 40), (2, 2)], start=1):
        earned["ada"] += ada
        earned["ben"] += ben
        town.seal(ada=ada, ben=ben)
        if number == 2:
            rounds.go_round()
            anvil.do(signing.key_of("guardian"), "credits", town.where.credits, "veto", 2)
            anvil.mine(CONFIRMATIONS)
        go_on(town, anvil)
        if number == 2:
            assert queries.newest_active() is not None
            continue
        for name in NAMES:
            claim(town, name)
            units = town.balance("credits", name)
            assert redeem(town, name, units) == units
            assert town.balance("stablecoin", name) == 1000 * earned[name]
    go_on(town, anvil, times=1)
    assert town.epoch(2)[3]
    assert town.head == town.anchored == 4
    town.check_paid()
    assert not alarms()


def test_the_stablecoin_grows_by_exactly_the_rate(town: Town, slow_chain: Chain, anvil: Anvil) -> None:
    """Two thirds of a unit for each: what a redemption gets is rounded down, once, and the treasury keeps the rest."""
    deployer, settler, guardian = (signing.address_of(signing.key_of(role)) for role in signing.ROLES)
    coin = town.where.stablecoin
    terms = deploying.Terms(
        admin=deployer, settler=settler, guardian=guardian, epoch_cap=10**12, stablecoin=coin, numerator=2, denominator=3, delay=DELAY
    )
    key = signing.key_of("deployer")
    made = {step.name: deploying.carry_out(step, at=anvil.chain, key=key, say=lambda _: None).address for step in deploying.plan(terms, {})}
    anvil.do(key, "stablecoin", coin, "mint", made["credits"], TREASURY)
    anvil.mine(CONFIRMATIONS)
    thirds = Town(Contracts(anvil, terms, coin, made["timelock"], made["credits"], made["log"]), slow_chain, town.people)
    thirds.seal(ada=10, ben=1)
    go_on(thirds, anvil)
    claim(thirds, "ada")
    claim(thirds, "ben")
    assert redeem(thirds, "ada", 9_999) == 6_666
    assert redeem(thirds, "ben", 1_000) == 666
    go_on(thirds, anvil, times=1)
    assert thirds.balance("stablecoin", None) == TREASURY - 6_666 - 666
    assert not alarms()


def test_a_smart_wallet_is_linked_claims_and_redeems(arena: Any, town: Town, anvil: Anvil) -> None:
    """ERC-1271: the wallet is a contract, its owner only signs for it and lets it act."""
    owner = PEOPLE["stranger"]
    smart = Wallet(owner, smart_wallet(anvil, signing.address_of(owner)))
    who = guest()
    assert link(who, smart).json()["kind"] == "contract"
    stage.give(User.objects.get(pk=who.id), 25)
    assert who.post("me/conversions", {"points": 25, "units_per_point": 1000}).status_code == 201
    stage.sealed()
    go_on(town, anvil)
    credits, proof = town.where.credits, who.get(f"epochs/1/proofs/{smart.address}").json()
    nodes = [bytes.fromhex(node[2:]) for node in proof["proof"]]
    claimed = (1, smart.address, int(proof["cumulative"]), nodes)
    act(anvil, owner, smart.address, credits, abi.encode_call("credits", "claim", claimed))
    act(anvil, owner, smart.address, credits, abi.encode_call("credits", "redeem", (25_000, smart.address)))
    assert contracts.read("stablecoin", "balanceOf", smart.address, at=town.at) == 25_000
    assert contracts.read("credits", "balanceOf", smart.address, at=town.at) == 0
    go_on(town, anvil, times=1)
    assert not alarms()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_hundred_thousand_people_are_paid_in_one_epoch(town: Town, anvil: Anvil, settings: Any) -> None:
    settings.EPOCH_RELEASE_ABOVE = 10**18
    began = time.monotonic()
    for kind in (Kind.ISSUANCE, Kind.CONVERSIONS):
        ledger.account(kind)
    with connection.cursor() as cursor:
        for statement in _CROWD:
            cursor.execute(statement, [CROWD] if "%s" in statement else [])
    town.earn("ada", 500)
    epoch = actions.seal_epoch()
    assert epoch is not None
    assert epoch.accounts == CROWD + 1
    go_on(town, anvil)
    assert town.anchored == 1
    claim(town, "ada")
    assert redeem(town, "ada", 500_000) == 500_000
    claimed = _claim_for_every_tenth(town, anvil)
    anvil.mine(CONFIRMATIONS)
    go_on(town, anvil, times=1)
    supply = town.at.call(to=town.where.credits, data=abi.encode_call("credits", "totalSupply", []))
    assert int.from_bytes(supply) == claimed > 100_000_000
    assert not alarms()
    print(f"{CROWD} people: {(time.monotonic() - began) / 60:.1f} min")


def _claim_for_every_tenth(town: Town, anvil: Anvil) -> int:
    """Pay one leaf in ten, spread over the whole tree; gives the units that this comes to. Ada was paid before."""
    nodes = town.tree(1)
    rows = Leaf.objects.filter(epoch_id=1).exclude(account=wallet("ada")).order_by("position")
    leaves = list(rows.values_list("account", "cumulative", "position"))[::EVERY]
    for start in range(0, len(leaves), AT_ONCE):
        batch = [(account, units, town.path(nodes, place)) for account, units, place in leaves[start : start + AT_ONCE]]
        anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))  # full blocks would make it dear
        anvil.send(PEOPLE["stranger"], town.where.credits, abi.encode_call("credits", "claimMany", [1, batch]), gas=29_000_000)
    return sum(units for _, units, _ in leaves)
