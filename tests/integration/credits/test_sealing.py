"""An epoch: what every wallet is owed, all that it is derived from, and when it is refused."""

import json
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from arena import clock
from arena.chain.models import Block, Deployment
from arena.credits import actions, dataset, merkle, queries
from arena.credits.actions.seal import subject
from arena.credits.models import Epoch, File, Leaf, Sealed
from arena.errors import Conflict, Unsound
from arena.ledger import actions as ledger
from arena.ledger.models import Kind
from arena.votelog import actions as votelog
from arena.votelog import tree
from arena.votelog.models import Entry, Pending
from tests.integration.credits.stage import address, asked, convert, give, link, member, posted, sealed, vetoed
from tests.integration.ledger.test_unsound import by_hand
from tests.unit.credits.proofs import leads

pytestmark = pytest.mark.usefixtures("credited")


def owed(epoch: Epoch) -> dict[str, int]:
    return dict(Leaf.objects.filter(epoch=epoch).values_list("account", "cumulative"))


def test_an_epoch_owes_every_wallet_all_that_was_ever_converted_to_it() -> None:
    ada, ben = member("ada", 100), member("ben", 100)
    convert(ada, 10), convert(ada, 5), convert(ben, 7)
    first = sealed()
    assert (first.number, first.cum_total, first.new_units, first.accounts) == (1, 22_000, 22_000, 2)
    assert owed(first) == {address("ada"): 15_000, address("ben"): 7_000}
    link(ada, "ada's other")
    convert(ada, 1), convert(ben, 1)
    second = sealed()
    assert (second.number, second.cum_total, second.new_units, second.accounts) == (2, 24_000, 2_000, 3)
    assert owed(second) == {address("ada"): 15_000, address("ben"): 8_000, address("ada's other"): 1_000}


def test_with_nothing_new_there_is_no_epoch() -> None:
    assert actions.seal_epoch() is None
    convert(member("ada", 10), 10)
    sealed()
    assert actions.seal_epoch(by=member("staff")) is None
    assert Epoch.objects.count() == 1


def test_every_proof_leads_to_the_root_that_the_contract_computes() -> None:
    people = [member(f"person {number}", 100) for number in range(11)]
    for number, person in enumerate(people):
        convert(person, number + 1)
    epoch = sealed()
    for leaf in epoch.leaves.all():
        proof = queries.proof(epoch.number, leaf.account.lower())
        assert proof is not None
        assert (proof["account"], proof["cumulative"]) == (leaf.account, str(leaf.cumulative))
        hashed = merkle.leaf(chain_id=settings.CHAIN_ID, contract=address("credits"), account=leaf.account, cumulative=leaf.cumulative)
        path = [bytes.fromhex(node[2:]) for node in proof["proof"]]
        assert leads(path, leaf=hashed, root=bytes(epoch.root))
        assert not leads(path[1:], leaf=hashed, root=bytes(epoch.root))


def test_the_files_hold_all_that_the_epoch_came_from() -> None:
    ada = member("ada", 100)
    first, other = convert(ada, 10), convert(ada, 5)
    epoch = sealed()
    found = queries.content(1)
    lines = dataset.read_conversions(found["conversions.csv"])
    assert [(line.kind, line.id, line.points, line.units) for line in lines] == [
        ("conversion", str(row.pk), row.points, row.units) for row in (first, other)
    ]
    assert found["leaves.csv"] == f"account,cumulative\n{address('ada')},15000\n".encode()
    manifest = json.loads(found["manifest.json"])
    assert dataset.sha256(found["manifest.json"]) == bytes(epoch.data_hash)
    assert {row["name"]: row["sha256"] for row in manifest["files"]} == {
        name: dataset.sha256(content).hex() for name, content in found.items() if name != "manifest.json"
    }
    assert (manifest["epoch"], manifest["cum_total"], manifest["previous"]) == (1, "15000", None)
    convert(ada, 1)
    sealed()
    told = json.loads(queries.content(2)["manifest.json"])
    assert told["previous"] == {"epoch": 1, "data_hash": f"0x{bytes(epoch.data_hash).hex()}"}


def test_an_epoch_covers_the_log_as_it_stood_and_is_an_entry_of_it() -> None:
    convert(member("ada", 10), 5)
    votelog.submit(kind="vote", subject=clock.new_id(), commit=b"1" * 32, commit_person=b"2" * 32)
    votelog.submit(kind="policy", subject=clock.new_id(), commit=b"3" * 32)
    votelog.number()
    epoch = sealed()
    entries = [
        tree.entry(
            kind=row.kind,
            seq=row.seq,
            time=row.time,
            commit=bytes(row.commit),
            commit_person=bytes(row.commit_person) if row.commit_person else None,
        )
        for row in Entry.objects.order_by("seq")
    ]
    assert (epoch.log_size, bytes(epoch.log_root)) == (2, tree.root(entries))
    waiting = Pending.objects.get()
    assert (waiting.kind, waiting.subject, bytes(waiting.commit)) == ("epoch", subject(epoch), bytes(epoch.data_hash))
    votelog.number()
    convert(member("ben", 10), 5)
    assert sealed().log_size == 3


def test_it_is_sealed_when_the_period_is_over_and_not_before(settings: Settings) -> None:
    settings.EPOCH_SECONDS = 100
    ada = member("ada", 100)
    assert actions.seal_due() is None
    first = convert(ada, 1)
    assert actions.seal_due() is None
    with clock.frozen(first.at + timedelta(seconds=100)):
        epoch = actions.seal_due()
        assert epoch is not None
        convert(ada, 1)
        assert actions.seal_due() is None
    with clock.frozen(epoch.sealed_at + timedelta(seconds=100)):
        assert actions.seal_due() is not None
        assert actions.seal_due() is None


def test_a_vetoed_epoch_is_paid_by_the_next_one() -> None:
    ada, ben = member("ada", 100), member("ben", 100)
    convert(ada, 10)
    first = sealed()
    posted(first, active=clock.now() + timedelta(hours=1))
    vetoed(first)
    convert(ben, 1)
    second = sealed()
    assert owed(second) == {address("ada"): 10_000, address("ben"): 1_000}
    assert queries.released(second) == 11_000


def test_what_a_vetoed_epoch_left_unpaid_is_sealed_again_by_hand_only() -> None:
    convert(member("ada", 100), 10)
    first = sealed()
    vetoed(first)
    assert actions.seal_epoch() is None
    second = sealed(by=member("staff"))
    assert (second.number, second.cum_total, second.new_units) == (2, 10_000, 0)


def test_points_that_left_the_ledger_without_a_conversion_stop_the_seal() -> None:
    ada = member("ada", 100)
    convert(ada, 10)
    ledger.post(
        key="sly",
        source=ledger.account(Kind.AVAILABLE, ada.pk),
        target=ledger.account(Kind.CONVERSIONS),
        amount=1,
        kind="conversion",
        reason="sly",
    )
    assert queries.unsound() == ["11 points left the ledger, but 10 were converted"]
    with pytest.raises(Unsound, match="11 points left the ledger, but 10 were converted"):
        actions.seal_epoch()
    assert not Epoch.objects.exists()
    assert not Sealed.objects.exists()


def test_a_conversion_whose_points_never_left_the_ledger_or_came_back_is_found() -> None:
    ada = member("ada", 100)
    made = convert(ada, 10)
    assert queries.unsound() == []
    actions.void_conversion(id=made.pk, reason="wished", by=None)
    assert queries.unsound() == []
    by_hand("credits_void", "DELETE FROM credits_void")
    assert queries.unsound() == ["0 points left the ledger, but 10 were converted"]


def test_a_leaf_that_would_fall_against_an_epoch_that_holds_stops_the_seal() -> None:
    ada, ben = member("ada", 100), member("ben", 100)
    convert(ada, 10)
    first = sealed()
    with connection.cursor() as cursor:  # as if somebody had been owed more
        cursor.execute(
            "INSERT INTO credits_leaf (epoch_id, account, cumulative, position) VALUES (%s, %s, 99, 0)", [first.number, address("ben")]
        )
    convert(ada, 1)
    with pytest.raises(Unsound, match=address("ben")):
        actions.seal_epoch()
    give(ben, 1)
    convert(ben, 1)
    assert owed(sealed())[address("ben")] == 1_000


def final(at: datetime) -> None:
    """A block of this time is final."""
    Block.objects.filter(final=True).delete()
    mark = f"0x{Block.objects.count():064x}"
    Block.objects.create(chain_id=settings.CHAIN_ID, number=1, hash=mark, parent=mark, time=at, final=True)


def test_an_epoch_takes_the_oldest_that_the_contracts_cap_lets_it_take() -> None:
    asked(epoch_cap="10000")
    ada, ben = member("ada", 100), member("ben", 100)
    convert(ada, 6), convert(ben, 5), convert(ada, 1)
    first = sealed()
    assert owed(first) == {address("ada"): 6_000}
    assert actions.seal_epoch() is None, "the first may be vetoed: then the next would add both"
    posted(first)
    final(clock.now())
    second = sealed()
    assert owed(second) == {address("ada"): 7_000, address("ben"): 5_000}


def test_an_epoch_that_is_active_but_not_for_good_makes_no_room() -> None:
    asked(epoch_cap="10000")
    convert(member("ada", 100), 6), convert(member("ben", 100), 5)
    first = sealed()
    posted(first)
    assert actions.seal_epoch() is None
    final(clock.now() - timedelta(seconds=30))
    assert actions.seal_epoch() is None


def test_what_a_vetoed_epoch_rolls_over_fits_the_cap_with_what_is_new() -> None:
    asked(epoch_cap="10000")
    ada = member("ada", 100)
    convert(ada, 6)
    first = sealed()
    convert(ada, 3), convert(ada, 2)
    posted(first), vetoed(first)
    final(clock.now())
    assert (sealed().cum_total, Sealed.objects.count()) == (9_000, 2)


def test_more_than_one_epoch_may_add_is_not_converted_at_a_time() -> None:
    asked(epoch_cap="10999")
    ada = member("ada", 100)
    with pytest.raises(Conflict, match="No more than 10 points"):
        convert(ada, 11)
    assert convert(ada, 10).units == 10_000


def test_another_contract_takes_over_nothing_that_the_one_before_may_have_paid(settings: Settings) -> None:
    ada = member("ada", 100)
    convert(ada, 6)
    sealed()
    convert(ada, 1)
    Deployment.objects.create(chain_id=settings.CHAIN_ID, name="credits", address=address("new"), block=9, code_hash="0x" + "0" * 64)
    with pytest.raises(Unsound, match=f"Epoch 1 is of the contract {address('credits')}"):
        actions.seal_epoch()
    with pytest.raises(Conflict, match="Nothing can be converted"):
        convert(ada, 1)
    assert (Epoch.objects.count(), Sealed.objects.count()) == (1, 1)


def test_an_arena_without_contracts_seals_nothing(settings: Settings) -> None:
    settings.CHAIN_RPC_URL = ""
    assert actions.seal_due() is None
    with pytest.raises(Conflict, match="no credits"):
        actions.seal_epoch()
    assert not File.objects.exists()
