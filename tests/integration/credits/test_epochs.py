"""What may become of an epoch: states, approvals, and conversions that are taken back while nothing has paid them."""

import json
from datetime import timedelta

import pytest
from pytest_django import Settings

from arena import clock
from arena.accounts.actions import delete_person, merge_guest
from arena.credits import actions, dataset, queries, tasks
from arena.credits.models import Alarm, Approval, Attempt, Conversion, Epoch, Receipt, Void
from arena.errors import Conflict, NotFound, SecondPersonNeeded
from arena.ledger import actions as ledger
from arena.ledger import queries as books
from arena.ledger.models import Debt, Kind
from arena.users import actions as users
from tests.integration.credits.stage import address, agree, asked, convert, give, link, member, posted, sealed, state_of, vetoed
from tests.integration.ledger.test_transfers import give as award

pytestmark = pytest.mark.usefixtures("credited")


def sent(epoch: Epoch, purpose: str = "post", *, block: int | None = None) -> Attempt:
    numbers = {"nonce": epoch.number, "max_fee": 1, "priority_fee": 1, "gas": 1, "number": 0, "chain_id": epoch.chain_id}
    mark = f"0x{purpose.encode().hex():0>64}"
    row = Attempt.objects.create(
        purpose=purpose, signer=address(purpose), target=epoch.contract, raw=b"raw", data=b"data", hash=mark, **numbers
    )
    if block is not None:
        Receipt.objects.create(attempt=row, block_number=block, block_hash="0x1", succeeded=True, gas_used=1, gas_price=1)
    return row


def test_no_claim_is_offered_on_an_epoch_that_a_stranger_posted() -> None:
    asked()
    ada = member("ada", 100)
    convert(ada, 10)
    posted(sealed())
    convert(ada, 1)
    foreign = sealed()
    foreign.root = b"\x07" * 32
    posted(foreign)
    newest = queries.newest_active()
    assert newest is not None
    assert newest[0] == 1


def test_a_state_follows_from_what_people_said_and_the_chain_shows(settings: Settings) -> None:
    settings.EPOCH_RELEASE_ABOVE = 5_000
    convert(member("ada", 100), 10)
    epoch = sealed()
    assert state_of(epoch) == "awaiting_approval"
    actions.approve_epoch(number=1, by=member("one"))
    assert state_of(epoch) == "awaiting_approval"
    actions.approve_epoch(number=1, by=member("two"))
    assert state_of(epoch) == "sealed"
    Alarm.objects.create(code="uncovered", subject="1", detail="Send more.")
    assert state_of(epoch) == "uncovered"
    sent(epoch, "post:1", block=7)
    assert state_of(epoch) == "sending"
    asked()
    event = posted(epoch, active=clock.now() + timedelta(hours=1), final=False)
    assert state_of(epoch) == "posted"
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert state_of(epoch) == "active"
    event.canonical = False  # its block was replaced
    event.save()
    assert state_of(epoch) == "sending"
    posted(epoch)
    vetoed(epoch)
    assert state_of(epoch) == "vetoed"


def test_the_transactions_of_an_epoch_are_told_those_that_failed_too() -> None:
    convert(member("ada", 100), 10)
    epoch = sealed()
    for purpose, block in (("post:1", 7), ("post:1/2", None), ("post:11", 9), ("anchor:1", None)):
        sent(epoch, purpose, block=block)
    found = queries.described([epoch])[0]["transactions"]
    assert [(row["purpose"], row["block"], row["succeeded"]) for row in found] == [
        ("post", 7, True),
        ("post", None, None),
        ("anchor", None, None),
    ]


def test_nobody_approves_twice_or_what_they_sealed_themselves(settings: Settings) -> None:
    settings.EPOCH_RELEASE_ABOVE = 5_000
    one, two = member("one"), member("two")
    convert(member("ada", 100), 10)
    epoch = sealed(by=one)
    with pytest.raises(SecondPersonNeeded, match="somebody else"):
        actions.approve_epoch(number=1, by=one)
    assert not queries.approved(epoch)
    actions.approve_epoch(number=1, by=two)
    assert queries.approved(epoch)
    assert actions.approve_epoch(number=1, by=two) == epoch
    assert Approval.objects.count() == 1
    with pytest.raises(Conflict, match="waits for nobody"):
        actions.approve_epoch(number=1, by=member("three"))
    with pytest.raises(NotFound):
        actions.approve_epoch(number=2, by=two)


def test_what_a_vetoed_epoch_rolls_over_counts_for_the_approval_of_the_next(settings: Settings) -> None:
    settings.EPOCH_RELEASE_ABOVE = 15_000
    ada = member("ada", 100)
    convert(ada, 10)
    first = sealed()
    convert(ada, 10)
    with clock.frozen(first.sealed_at + timedelta(hours=24)):
        second = sealed()
    assert (queries.released(second), queries.approved(second)) == (10_000, True)
    vetoed(first, final=False)
    assert queries.approved(second)
    vetoed(first)
    assert (queries.released(second), queries.approved(second)) == (20_000, False)


def test_many_epochs_below_the_threshold_release_no_more_in_a_day_than_one(settings: Settings) -> None:
    settings.EPOCH_RELEASE_ABOVE = 25_000
    ada, begun, epochs = member("ada", 100), clock.now(), []
    for hour in (0, 1, 2, 3, 24, 25):
        convert(ada, 10)
        with clock.frozen(begun + timedelta(hours=hour)):
            epochs.append(sealed(by=ada if hour == 1 else None))
    assert [queries.approved(epoch) for epoch in epochs] == [True, True, False, False, False, False]
    for name in ("one", "two"):
        actions.approve_epoch(number=3, by=member(name))
    assert [queries.needed(epoch) for epoch in epochs] == [0, 0, 2, 2, 2, 2]
    assert [queries.approved(epoch) for epoch in epochs] == [True, True, True, False, False, False]
    for name in ("three", "four"):
        actions.approve_epoch(number=4, by=member(name))
    # What two people have agreed to, and what is a day old, leaves room: for 2 and 5, then for 5 and 6.
    assert [queries.approved(epoch) for epoch in epochs] == [True] * 6


def test_what_a_veto_took_back_is_counted_once(settings: Settings) -> None:
    settings.EPOCH_RELEASE_ABOVE = 20_000
    ada = member("ada", 100)
    convert(ada, 10)
    first = sealed()
    convert(ada, 10)
    second = sealed()
    vetoed(first)
    assert (queries.released(second), queries.approved(second)) == (20_000, True)
    settings.EPOCH_RELEASE_ABOVE = 19_999
    assert not queries.approved(second)


def test_a_conversion_is_taken_back_only_while_no_epoch_pays_it() -> None:
    ada = member("ada", 100)
    waiting, paid = convert(ada, 1), convert(ada, 10)
    actions.void_conversion(id=waiting.pk, reason="wished", by=None)
    first = sealed()
    for news in (lambda: None, lambda: vetoed(first, final=False), lambda: vetoed(first, pending=False)):
        news()
        with pytest.raises(Conflict, match="Epoch 1 pays this conversion"):
            actions.void_conversion(id=paid.pk, reason="wished", by=None)
    vetoed(first)
    void = actions.void_conversion(id=paid.pk, reason="wished", by=None)
    assert actions.void_conversion(id=paid.pk, reason="again", by=None) == void
    assert books.balances(ada.pk).available == 100
    with pytest.raises(NotFound):
        actions.void_conversion(id=clock.new_id(), reason="wished", by=None)


def test_an_epoch_that_came_after_a_vetoed_one_pays_its_conversions_too() -> None:
    ada = member("ada", 100)
    made = convert(ada, 10)
    first = sealed()
    convert(ada, 1)
    second = sealed()
    vetoed(first)
    with pytest.raises(Conflict, match="Epoch 2 pays this conversion"):
        actions.void_conversion(id=made.pk, reason="wished", by=None)
    vetoed(second)
    actions.void_conversion(id=made.pk, reason="wished", by=None)
    third = sealed(by=member("staff"))
    assert (third.cum_total, third.new_units) == (1_000, 0)
    lines = dataset.read_conversions(queries.content(3)["conversions.csv"])
    assert [(line.kind, line.id, line.units) for line in lines] == [("void", str(made.pk), 10_000)]
    convert(ada, 1)
    assert not [line for line in dataset.read_conversions(queries.content(sealed().number)["conversions.csv"]) if line.kind == "void"]


def test_a_void_goes_to_whoever_the_guest_turned_out_to_be() -> None:
    guest, person = users.create_guest(), member("ada", 5)
    agree(guest)
    link(guest, "guest")
    give(guest, 10)
    made = convert(guest, 10)
    merge_guest(guest_id=guest.pk, into=person)
    actions.void_conversion(id=made.pk, reason="wished", by=None)
    assert books.balances(person.pk, guest.pk) == books.Balances(pending=0, available=15, converted=0)


def test_the_void_of_somebody_who_left_is_forfeited() -> None:
    ada = member("ada", 10)
    made = convert(ada, 10)
    delete_person(user=ada)
    actions.void_conversion(id=made.pk, reason="wished", by=None)
    assert books.balances(ada.pk).available == 0
    assert books.balance(ledger.account(Kind.FORFEITED)) == 10
    assert not books.unsound()


def test_a_void_pays_what_is_owed_first() -> None:
    """The award that was converted was struck meanwhile: nobody has points for nothing."""
    ada = member("ada")
    award(ada, 10, Kind.PENDING, key="award:1", hold_seconds=0)
    ledger.release_due()
    made = convert(ada, 10)
    ledger.take_back(key="award:1", reason="vote_retracted")
    assert Debt.objects.get().amount == 10
    actions.void_conversion(id=made.pk, reason="fraud", by=None)
    assert not Debt.objects.exists()
    assert books.balances(ada.pk) == books.Balances(pending=0, available=0, converted=0)


def test_the_task_seals_when_it_is_time_and_tells_when_it_may_not(settings: Settings) -> None:
    ada = member("ada", 100)
    first = convert(ada, 10)
    with clock.frozen(first.at + timedelta(seconds=settings.EPOCH_SECONDS)):
        tasks.seal_epochs()
        assert Epoch.objects.count() == 1
    last = convert(ada, 10)
    mine, gone = ledger.account(Kind.AVAILABLE, ada.pk), ledger.account(Kind.CONVERSIONS)
    ledger.post(key="sly", source=mine, target=gone, amount=1, kind="conversion", reason="sly")
    with clock.frozen(last.at + timedelta(seconds=3 * settings.EPOCH_SECONDS)):
        tasks.seal_epochs()
        assert Epoch.objects.count() == 1
        assert Alarm.objects.get(closed_at=None).code == "unsound"
        ledger.post(key="back", source=gone, target=mine, amount=1, kind="void", reason="sly")
        tasks.seal_epochs()
    assert Epoch.objects.count() == 2
    assert not Alarm.objects.filter(closed_at=None).exists()


def test_nothing_of_a_person_but_the_wallet_is_published() -> None:
    ada = member("ada", 100)
    convert(ada, 10)
    sealed()
    for name, content in queries.content(1).items():
        for secret in (str(ada.pk), ada.username, ada.email):
            assert secret.encode() not in content, name
    assert json.loads(queries.content(1)["manifest.json"])["epoch"] == 1
    assert not Void.objects.exists()
    assert Conversion.objects.get().wallet == address("ada")
