"""People with points, epochs of theirs, and rounds of the settlement."""

from dataclasses import dataclass, field

from django.db.models import Sum

from arena.chain import contracts, signing
from arena.chain.client import Chain
from arena.chain.models import Event
from arena.credits import merkle, reconcile, rounds, settlement, sponsor
from arena.credits.models import Alarm, Attempt, Conversion, Epoch, Tree
from arena.users.models import User, Wallet
from tests.anvil import DELAY, PEOPLE, TREASURY, Contracts
from tests.integration.credits import stage

NAMES = ("ada", "ben")
FINAL = 12


@dataclass
class Town:
    """Ada and Ben, whose wallets' keys the tests have, and the contracts."""

    where: Contracts
    at: Chain
    people: dict[str, User] = field(default_factory=dict)

    @classmethod
    def built(cls, where: Contracts, at: Chain) -> "Town":
        town = cls(where, at)
        for name in NAMES:
            town.people[name] = stage.member(name, wallet=False)
            Wallet.objects.create(user=town.people[name], address=wallet(name), kind=Wallet.Kind.EOA, chain_id=at.id)
        return town

    def earn(self, name: str, points: int) -> None:
        """Points that are earned and converted at once."""
        stage.give(self.people[name], points)
        stage.convert(self.people[name], points)

    def seal(self, **points: int) -> Epoch:
        """An epoch in which these people convert so many points."""
        for name, amount in points.items():
            self.earn(name, amount)
        return stage.sealed()

    def round(self, times: int = 1) -> None:
        for _ in range(times):
            rounds.follow(at=self.at)
            settlement.settle(at=self.at)

    def settle(self, blocks: int) -> None:
        """As many rounds as an epoch needs until it is anchored for good, with time and `blocks` going by."""
        self.round()
        self.where.anvil.mine(blocks)
        self.round()
        self.where.anvil.pass_time(DELAY)
        self.where.anvil.mine(blocks)
        self.round()
        self.where.anvil.mine(blocks)
        self.round()

    def epoch(self, number: int) -> tuple[bytes, int, int, bool]:
        found: tuple[bytes, int, int, bool] = tuple(contracts.read("credits", "epochs", number, at=self.at))
        return found

    @property
    def head(self) -> int:
        return int(contracts.read("credits", "head", at=self.at))

    @property
    def anchored(self) -> int:
        return int(contracts.read("log", "head", at=self.at)[0])

    @property
    def sealed(self) -> int:
        return Epoch.objects.count()

    def settler_nonce(self) -> int:
        return self.at.nonce(signing.address_of(signing.key_of("settler")))

    def owed(self, name: str) -> int:
        """Units that all of this person's conversions that were sealed come to."""
        found = Conversion.objects.filter(owner=self.people[name], void=None).exclude(sealed=None)
        return int(found.aggregate(total=Sum("units"))["total"] or 0)

    def check_chain(self) -> None:
        """Every sealed epoch is on chain once, as it was sealed, and anchored."""
        posted = Event.objects.filter(name="EpochPosted", canonical=True).order_by("block_number")
        assert [event.args["id"] for event in posted] == [str(number) for number in range(1, self.sealed + 1)]
        for epoch, event in zip(Epoch.objects.order_by("number"), posted, strict=True):
            assert self.epoch(epoch.number)[:2] == (bytes(epoch.root), epoch.cum_total)
            assert event.args["dataHash"] == f"0x{bytes(epoch.data_hash).hex()}"
        assert self.head == self.anchored == self.sealed

    def claim_and_redeem_all(self) -> None:
        """Everybody claims all that the newest epoch owes them, and redeems it."""
        anvil, newest = self.where.anvil, Epoch.objects.latest("number")
        for claim in sponsor.unclaimed(newest, 50):
            values = (newest.number, claim.account, claim.cumulative, list(claim.proof))
            anvil.do(PEOPLE["stranger"], "credits", self.where.credits, "claim", *values)
        for name in NAMES:
            if units := self.balance("credits", name):
                anvil.do(PEOPLE[name], "credits", self.where.credits, "redeem", units, wallet(name))
        anvil.mine(FINAL)
        rounds.follow(at=self.at)

    def check_paid(self) -> None:
        """Each holds exactly what was owed, in stablecoin, and no credits."""
        for name in NAMES:
            assert self.balance("stablecoin", name) == self.owed(name)
            assert self.balance("credits", name) == 0
        assert self.balance("stablecoin", None) == TREASURY - sum(map(self.owed, NAMES))

    def check_books(self) -> None:
        """Ledger, epochs and contracts agree to the unit."""
        reconcile.reconcile(at=self.at)
        assert not alarms()

    @staticmethod
    def tree(number: int) -> bytes:
        return bytes(Tree.objects.get(epoch_id=number).nodes)

    @staticmethod
    def path(nodes: bytes, place: int) -> list[bytes]:
        """The proof of the leaf at `place`, cut out of a tree's nodes."""
        return [nodes[merkle.SIZE * node : merkle.SIZE * (node + 1)] for node in merkle.siblings(place)]

    def balance(self, token: str, name: str | None) -> int:
        """Units of `token` (credits or stablecoin) that this person holds; None: the treasury."""
        return int(contracts.read(token, "balanceOf", self.where.credits if name is None else wallet(name), at=self.at))


def wallet(name: str) -> str:
    return signing.address_of(PEOPLE[name])


def alarms() -> set[tuple[str, str]]:
    return set(Alarm.objects.filter(closed_at=None).values_list("code", "subject"))


def signed() -> list[str]:
    """Purposes of all attempts, in the order of their nonces."""
    return list(Attempt.objects.order_by("signer", "nonce", "number").values_list("purpose", flat=True))
