"""Epochs go onto the chain by what the contracts say, one after the other, and by nothing that is remembered."""

from typing import Any

import pytest

from arena.chain import abi, signing
from arena.credits import actions, rounds, settlement
from arena.credits.models import Alarm, Attempt, Epoch
from arena.management.commands.restore import unknown_epochs
from tests.anvil import DELAY, TREASURY, Anvil
from tests.integration.credits import stage as credits
from tests.integration.settlement.conftest import CONFIRMATIONS
from tests.integration.settlement.stage import Town, alarms, signed

pytestmark = pytest.mark.django_db


def post(town: Town, epoch: Epoch, *, data_hash: bytes | None = None) -> None:
    """The same epoch, posted by something else."""
    values = (epoch.number, bytes(epoch.root), epoch.cum_total, data_hash or bytes(epoch.data_hash))
    town.where.anvil.do(signing.key_of("settler"), "credits", town.where.credits, "post", *values)


def guardian(town: Town, function: str, *args: Any) -> None:
    town.where.anvil.do(signing.key_of("guardian"), "credits", town.where.credits, function, *args)


def test_an_epoch_is_posted_made_active_and_anchored_once(town: Town) -> None:
    epoch = town.seal(ada=30, ben=12)
    town.settle(CONFIRMATIONS)
    root, total, _, vetoed = town.epoch(1)
    assert (root, total, vetoed) == (bytes(epoch.root), 42_000, False)
    assert town.anchored == 1
    town.round(3)
    assert signed() == ["post:1", "anchor:1"]
    assert not alarms()


def test_without_anything_sealed_nothing_is_signed(town: Town) -> None:
    town.round(3)
    assert not Attempt.objects.exists()


def test_the_next_epoch_waits_until_the_one_before_it_is_decided_for_good(town: Town) -> None:
    town.seal(ada=30)
    town.seal(ben=12)
    town.round()
    town.where.anvil.mine(CONFIRMATIONS)
    town.round(2)
    assert town.head == 1
    town.where.anvil.pass_time(DELAY)
    town.round(2)
    assert town.head == 1, "active, in a block that may be replaced"
    town.where.anvil.mine(CONFIRMATIONS)
    town.round()
    assert town.head == 2
    town.settle(CONFIRMATIONS)
    assert town.anchored == 2
    assert signed() == ["post:1", "anchor:1", "post:2", "anchor:2"]


def test_an_epoch_that_is_not_covered_is_not_signed_and_goes_on_once_it_is(town: Town) -> None:
    coin = abi.encode_call("stablecoin", "transfer", [signing.address_of(signing.key_of("deployer")), TREASURY - 42_000 + 1])
    town.where.anvil.do_as(town.where.credits, town.where.stablecoin, coin)
    town.seal(ada=30, ben=12)
    town.round(2)
    assert not Attempt.objects.exists()
    (alarm,) = Alarm.objects.all()
    assert (alarm.code, alarm.subject) == ("uncovered", "1")
    assert " 1 units of the stablecoin too little" in alarm.detail
    town.where.anvil.do(signing.key_of("deployer"), "stablecoin", town.where.stablecoin, "mint", town.where.credits, 1)
    town.settle(CONFIRMATIONS)
    assert town.anchored == 1
    assert not alarms()


def test_an_epoch_above_the_threshold_waits_for_two_people(town: Town, settings: Any) -> None:
    settings.EPOCH_RELEASE_ABOVE = 41_999
    town.seal(ada=30, ben=12)
    town.round(2)
    assert not Attempt.objects.exists()
    for name in ("olga", "oleg"):
        actions.approve_epoch(number=1, by=credits.member(name))
    town.round()
    assert town.head == 1


def test_a_foreign_epoch_under_our_number_is_an_alarm_and_nothing_more_is_posted(town: Town) -> None:
    epoch = town.seal(ada=30)
    town.seal(ben=12)
    post(town, epoch, data_hash=b"x" * 32)
    town.settle(CONFIRMATIONS)
    assert alarms() == {("foreign_epoch", "1")}
    assert not Attempt.objects.exists()


def test_an_epoch_under_a_number_that_nothing_was_sealed_for_is_an_alarm_until_it_is_vetoed(town: Town) -> None:
    town.seal(ada=30)
    town.settle(CONFIRMATIONS)
    thief = Epoch(number=2, root=b"r" * 32, cum_total=40_000, data_hash=b"d" * 32)
    post(town, thief)
    town.round()
    assert alarms() == {("foreign_epoch", "2")}
    guardian(town, "veto", 2)
    town.round()
    assert not alarms()
    town.seal(ben=12)
    town.seal(ben=1)
    town.settle(CONFIRMATIONS)
    town.settle(CONFIRMATIONS)
    assert (town.head, town.anchored, town.epoch(3)[1]) == (3, 3, 43_000)
    assert not alarms()


def test_after_a_foreign_epoch_that_was_vetoed_ours_go_on_under_the_numbers_behind_it(town: Town) -> None:
    ours = town.seal(ada=30)
    ours.cum_total += 1
    post(town, ours)
    guardian(town, "veto", 1)
    town.where.anvil.mine(CONFIRMATIONS)
    town.seal(ben=12)
    town.settle(CONFIRMATIONS)
    assert (town.head, town.anchored, town.epoch(2)[1]) == (2, 2, 42_000)
    assert not alarms()


def test_after_an_old_backup_ours_go_on_behind_the_epochs_that_it_knows_nothing_of(town: Town) -> None:
    """Epoch 1 was posted, active and anchored after the backup: 10 of Ada's points, which are hers again."""
    anvil, key = town.where.anvil, signing.key_of("settler")
    anvil.do(key, "credits", town.where.credits, "post", 1, b"r" * 32, 10_000, b"d" * 32)
    assert unknown_epochs().startswith("The contract has 1 epochs, and the backup 0: ")
    anvil.do(key, "log", town.where.log, "append", 1, 0, b"t" * 32, b"r" * 32, b"d" * 32)
    anvil.pass_time(DELAY)
    anvil.mine(CONFIRMATIONS)
    rounds.go_round()
    anvil.mine(CONFIRMATIONS)
    assert town.epoch(1)[3], "its claims are stopped"
    town.seal(ada=10)
    town.seal(ben=12)
    town.settle(CONFIRMATIONS)
    assert (town.head, town.anchored, town.epoch(2)[1]) == (2, 2, 22_000)
    assert not unknown_epochs()
    town.claim_and_redeem_all()
    assert (town.balance("stablecoin", "ada"), town.balance("stablecoin", "ben")) == (10_000, 12_000)


def test_what_a_vetoed_epoch_rolls_over_needs_two_people_before_the_event_of_its_veto_is_read(town: Town, settings: Any) -> None:
    settings.EPOCH_RELEASE_ABOVE = 29_999
    town.seal(ada=30)
    for name in ("olga", "oleg"):
        actions.approve_epoch(number=1, by=credits.member(name))
    town.round()
    town.seal(ben=12)
    guardian(town, "veto", 1)
    town.where.anvil.mine(CONFIRMATIONS)
    settlement.settle(at=town.at)
    assert town.head == 1


def test_an_epoch_with_another_total_is_foreign_too(town: Town) -> None:
    epoch = town.seal(ada=30)
    epoch.cum_total += 1
    post(town, epoch)
    town.settle(CONFIRMATIONS)
    assert alarms() == {("foreign_epoch", "1")}


def test_same_settlement_under_a_new_nonce_is_adopted(town: Town, anvil: Anvil) -> None:
    """A database that was put back to before the post: the contract has the epoch, and no attempt is known."""
    epoch = town.seal(ada=30)
    post(town, epoch)
    town.settle(CONFIRMATIONS)
    assert town.head == town.anchored == 1
    assert signed() == ["anchor:1"]
    assert not alarms()


def test_a_post_whose_nonce_something_else_has_used_is_adopted_when_it_was_the_same(town: Town, anvil: Anvil) -> None:
    epoch = town.seal(ada=30)
    anvil.hold()
    town.round()
    anvil.rpc("anvil_dropAllTransactions")
    anvil.rpc("evm_setAutomine", True)
    post(town, epoch)
    town.settle(CONFIRMATIONS)
    assert town.head == town.anchored == 1
    assert signed() == ["post:1", "anchor:1"]
    assert not alarms()


def test_a_post_whose_nonce_something_else_has_used_is_signed_again_and_told_until_it_is_there(town: Town, anvil: Anvil) -> None:
    town.seal(ada=30)
    anvil.hold()
    town.round()
    anvil.rpc("anvil_dropAllTransactions")
    anvil.send(signing.key_of("settler"), town.where.stablecoin, b"", value=0, gas=60_000)
    anvil.mine()
    town.round()
    assert alarms() == {("overtaken", "post:1")}
    anvil.rpc("evm_setAutomine", True)
    anvil.mine()
    town.settle(CONFIRMATIONS)
    assert signed() == ["post:1", "post:1/2", "anchor:1"]
    assert town.anchored == 1
    assert not alarms()


def test_a_vetoed_epoch_in_the_middle_rolls_on(town: Town) -> None:
    town.seal(ada=30)
    town.settle(CONFIRMATIONS)
    town.seal(ada=5, ben=12)
    town.round()
    guardian(town, "veto", 2)
    town.where.anvil.mine(CONFIRMATIONS)
    town.settle(CONFIRMATIONS)
    assert town.anchored == 2
    third = town.seal(ben=1)
    assert third.cum_total == 48_000
    town.settle(CONFIRMATIONS)
    assert town.epoch(3)[1] == 48_000
    assert town.epoch(2)[3]
    assert town.anchored == 3
    assert not alarms()


def test_what_the_contract_would_refuse_is_said_and_goes_on_once_it_would_not(town: Town) -> None:
    guardian(town, "pause")
    town.seal(ada=30)
    town.round()
    (alarm,) = Alarm.objects.all()
    assert alarm.code == "refused"
    assert "paused" in alarm.detail
    assert not Attempt.objects.exists()
    admin = abi.encode_call("credits", "unpause", [])
    town.where.anvil.do_as(town.where.timelock, town.where.credits, admin)
    town.settle(CONFIRMATIONS)
    assert town.anchored == 1
    assert not alarms()


def test_an_account_without_gas_is_said_by_its_address(town: Town) -> None:
    settler = signing.address_of(signing.key_of("settler"))
    town.where.anvil.give_wei(settler, 1000)
    town.seal(ada=30)
    town.round()
    assert alarms() == {("signer_empty", settler)}
    assert not Attempt.objects.exists()
    town.where.anvil.give_wei(settler, 10**18)
    town.settle(CONFIRMATIONS)
    assert town.anchored == 1
    assert not alarms()


def test_an_arena_without_a_settlers_key_says_so(town: Town, settings: Any) -> None:
    settings.DEBUG = False
    town.seal(ada=30)
    town.round()
    (alarm,) = Alarm.objects.all()
    assert alarm.code == "refused"
    assert "SETTLER_KEY is not set" in alarm.detail


def test_what_is_in_no_block_for_long_is_told(town: Town, anvil: Anvil, settings: Any) -> None:
    settings.FEE_PATIENCE_SECONDS = 0
    town.seal(ada=30)
    anvil.hold()
    town.round(3)
    assert alarms() == {("stuck", "post:1")}
    assert len(set(Attempt.objects.values_list("nonce", flat=True))) == 1
    anvil.mine()
    town.round()
    assert not alarms()


def test_a_development_chain_that_was_lost_is_brought_to_where_it_was(town: Town, anvil: Anvil) -> None:
    """Its contracts stand again at the same addresses, and nothing of the arena's."""
    with anvil.put_back():
        town.seal(ada=30, ben=12)
        town.settle(CONFIRMATIONS)
        town.seal(ben=5)
        town.settle(CONFIRMATIONS)
        assert town.anchored == 2
    anvil.mine()
    assert (town.head, town.anchored) == (0, 0)
    for _ in range(3):
        town.settle(CONFIRMATIONS)
    assert (town.head, town.anchored) == (2, 2)
    assert town.epoch(2)[1] == 47_000
    assert not alarms()
