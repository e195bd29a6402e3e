"""Whatever people, operators and the chain do, in whatever order, after every step all promises about money hold."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import Sum

from arena import clock
from arena.accounts.actions import delete_person, merge_guest
from arena.credits import actions, merkle, queries
from arena.credits.models import Conversion, Epoch
from arena.errors import ArenaError
from arena.ledger import actions as ledger
from arena.ledger import queries as books
from arena.ledger.models import Account, Debt, Kind, Transfer
from arena.users import actions as users
from arena.users.models import User
from tests.integration.credits.stage import agree, asked, convert, link, member, posted, vetoed
from tests.integration.ledger.test_transfers import give

pytestmark = pytest.mark.usefixtures("credited")
TIMES, REACHING = 4, 10


class History:
    """A few people, and a contract that follows its own rules: one epoch pends at a time, and whoever may claim does."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.staff = member("staff")
        self.people = [member(f"member {number}") for number in range(3)]
        self.count, self.refused = 0, Counter[str]()
        self.head, self.claimed = 0, Counter[str]()
        self.pending: Epoch | None = None
        self.steps: list[Callable[[], object]] = [
            *(self.earn, self.convert, self.convert, self.release, self.seal, self.seal_by_hand),
            *(self.post, self.post, self.activate, self.activate, self.veto),
            *(self.void, self.strike, self.relink, self.arrive, self.merge, self.delete),
        ]

    def go(self) -> None:
        for step in self.rng.sample(self.steps * TIMES, len(self.steps) * TIMES):
            self.attempt(step)
            self.check()

    def attempt(self, step: Callable[..., object], *values: object) -> None:
        """What is refused changes nothing, and is counted."""
        try:
            step(*values)
        except ArenaError as error:
            self.refused[f"{step.__name__}: {error.code}"] += 1

    def somebody(self) -> User:
        return self.rng.choice(self.people)

    def next(self) -> int:
        self.count += 1
        return self.count

    def earn(self) -> None:
        for person in self.people:
            key = f"award:{self.next()}"
            give(person, self.rng.randrange(1, 40), Kind.PENDING, key=key, hold_seconds=self.rng.choice([0, 0, 3600]))

    def release(self) -> None:
        ledger.release_due()

    def convert(self) -> None:
        self.release()
        for person in self.rng.sample(self.people, 2):
            self.attempt(convert, person, self.rng.randrange(1, 15))

    def seal(self) -> None:
        before = queries.last_good(queries.newest_number() + 1)
        self._sealed(actions.seal_epoch(), before)

    def seal_by_hand(self) -> None:
        before = queries.last_good(queries.newest_number() + 1)
        self._sealed(actions.seal_epoch(by=self.staff), before)

    def _sealed(self, epoch: Epoch | None, before: Epoch | None) -> None:
        if epoch is None:
            return
        owed = dict(epoch.leaves.values_list("account", "cumulative"))
        kept = Conversion.objects.filter(void=None).values_list("wallet").annotate(Sum("units"))
        assert owed == dict(kept)
        assert sum(owed.values()) == epoch.cum_total
        assert merkle.build(chain_id=epoch.chain_id, contract=epoch.contract, owed=sorted(owed.items())).root == bytes(epoch.root)
        for account, units in before.leaves.values_list("account", "cumulative") if before else ():
            assert owed[account] >= units

    def post(self) -> None:
        epoch = Epoch.objects.filter(number=self.head + 1).first()
        if epoch and self.pending is None and queries.approved(epoch):
            self.head, self.pending = epoch.number, epoch
            posted(epoch, active=clock.now() + timedelta(days=1))

    def activate(self) -> None:
        """And everybody claims at once."""
        if self.pending is not None:
            for account, units in self.pending.leaves.values_list("account", "cumulative"):
                self.claimed[account] = max(self.claimed[account], units)
            self.pending = None

    def veto(self) -> None:
        if self.pending is not None:
            vetoed(self.pending)
            self.pending = None

    def void(self) -> None:
        if rows := list(Conversion.objects.order_by("id")):
            actions.void_conversion(id=self.rng.choice(rows).pk, reason="wished", by=self.staff)

    def strike(self) -> None:
        if rows := list(Transfer.objects.filter(kind="award").order_by("id")):
            ledger.take_back(key=self.rng.choice(rows).key, reason="vote_retracted")

    def relink(self) -> None:
        link(self.somebody(), f"wallet {self.next()}")

    def arrive(self) -> None:
        guest = users.create_guest()
        agree(guest)
        link(guest, f"wallet {self.next()}")
        self.people.append(guest)

    def merge(self) -> None:
        guests = [person for person in self.people if person.is_guest]
        members = [person for person in self.people if not person.is_guest]
        if guests and members:
            guest = self.rng.choice(guests)
            merge_guest(guest_id=guest.pk, into=self.rng.choice(members))
            self.people.remove(guest)

    def delete(self) -> None:
        if self.rng.random() < 0.3:
            person = self.somebody()
            delete_person(user=person)
            self.people.remove(person)
            self.people.append(member(f"member {self.next() + 100}"))

    def check(self) -> None:
        """P2, P3, and that nobody has both points and the credits for them."""
        assert not books.unsound()
        held = {row.pk: books.balance(row) for row in Account.objects.exclude(kind=Kind.ISSUANCE)}
        assert not [balance for balance in held.values() if balance < 0]
        kept = Conversion.objects.filter(void=None)
        assert books.balance(ledger.account(Kind.CONVERSIONS)) == (kept.aggregate(total=Sum("points"))["total"] or 0)
        units = dict(kept.values_list("wallet").annotate(Sum("units")))
        assert all(amount <= units.get(wallet, 0) for wallet, amount in self.claimed.items())
        assert not Debt.objects.filter(amount__lte=0).exists()


@pytest.mark.parametrize("seed", range(3))
def test_money_holds_after_every_step_of_any_history(seed: int) -> None:
    asked()
    history = History(seed)
    history.go()
    assert Conversion.objects.exists()


def test_the_histories_reach_what_they_are_about() -> None:
    """Else the test above would hold of anything."""
    asked()
    history = History(REACHING)
    history.go()
    reached = {
        "epochs": Epoch.objects.count(),
        "claims": len(history.claimed),
        "vetoes": len(queries.rolled_back()),
        "voids": Conversion.objects.exclude(void=None).count(),
        "conversions that an epoch holds": history.refused["void: conflict"],
    }
    assert all(reached.values()), reached
