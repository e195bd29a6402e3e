"""People with points, epochs of theirs, and rounds of the settlement."""

from dataclasses import dataclass, field

from arena.chain import contracts, reader, signing
from arena.chain.client import Chain
from arena.credits import settlement
from arena.credits.models import Alarm, Attempt, Epoch
from arena.users.models import User, Wallet
from tests.anvil import DELAY, PEOPLE, Contracts
from tests.integration.credits import stage

NAMES = ("ada", "ben")


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
            follow(self.at)
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


def wallet(name: str) -> str:
    return signing.address_of(PEOPLE[name])


def follow(at: Chain) -> None:
    found = [contracts.deployed(name) for name in ("credits", "log", "stablecoin")]
    reader.follow([row for row in found if row is not None], at=at)


def alarms() -> set[tuple[str, str]]:
    return set(Alarm.objects.filter(closed_at=None).values_list("code", "subject"))


def signed() -> list[str]:
    """Purposes of all attempts, in the order of their nonces."""
    return list(Attempt.objects.order_by("signer", "nonce", "number").values_list("purpose", flat=True))
