"""Three epochs, as an arena would publish them and a chain would know them, to be tampered with."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from arena.credits import dataset, merkle
from arena.credits.verification import Data, Facts, Header, Posted, gather

CHAIN = 31337
CONTRACT, LOG, COIN = (f"0x{digit * 40}" for digit in "123")
CONTRACTS = {"credits": CONTRACT, "log": LOG, "stablecoin": COIN}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WALLETS = [f"0x{letter * 40}" for letter in "abcdef"]
PLACES = ("rank", "mu", "sigma", "low", "high", "votes", "wins", "losses", "ties", "both_bad", "group")


def line(number: int, wallet: int, points: int, *, kind: str = "conversion", rate: int = 1_000) -> dataset.Line:
    return dataset.Line(kind, f"id-{number:03}", WALLETS[wallet], points, rate, points * rate)


FIRST = [line(1, 0, 10), line(2, 1, 20), line(3, 0, 5), line(4, 2, 7)]
SECOND = [line(5, 0, 1), line(6, 3, 40), line(7, 1, 2)]
THIRD = [line(8, 4, 9), line(9, 0, 3)]


def board(seq: int) -> dict[str, Any]:
    rows = [{"contender": {"slug": f"contender-{place}"}} | {name: str(place) for name in PLACES} for place in range(1, 4)]
    return {"slug": "overall", "seq": seq, "amended_seq": -1, "votes": seq, "parameters": {"mu0": "25.000000000"}, "rows": rows}


def owed(before: Sequence[tuple[str, int]], lines: Sequence[dataset.Line]) -> list[tuple[str, int]]:
    total = Counter(dict(before))
    for row in lines:
        total[row.wallet] += row.units if row.kind == "conversion" else -row.units
    return sorted((account, units) for account, units in total.items() if units)


def conversions(lines: Sequence[dataset.Line]) -> bytes:
    rows = [",".join(dataset.CONVERSION_COLUMNS)]
    rows += [f"{row.kind},{row.id},{row.wallet},{row.points},{row.units_per_point},{row.units}" for row in lines]
    return ("\n".join(rows) + "\n").encode()


@dataclass
class Made:
    """An epoch's files, and the values that its manifest was made from; `again` makes the manifest for changed files, as a forger would."""

    number: int
    lines: list[dataset.Line]
    leaves: list[tuple[str, int]]
    previous: "Made | None" = None
    ratings: bytes = b""
    change: Mapping[str, Any] = field(default_factory=dict)
    contracts: Mapping[str, str] = field(default_factory=lambda: CONTRACTS)

    @property
    def head(self) -> dataset.Head:
        plain = dataset.Head(
            number=self.number,
            chain_id=CHAIN,
            contracts=self.contracts,
            sealed_at=NOON,
            root=merkle.build(chain_id=CHAIN, contract=self.contracts["credits"], owed=self.leaves).root,
            cum_total=sum(units for _, units in self.leaves),
            new_units=sum(row.units for row in self.lines if row.kind == "conversion"),
            accounts=len(self.leaves),
            log_size=10 * self.number,
            log_root=hashlib.sha256(b"log %d" % self.number).digest(),
            ratings_root=dataset.ratings_root(self.ratings or dataset.ratings(board(self.number))),
            previous=None if self.previous is None else (self.previous.number, dataset.sha256(self.previous.files[dataset.MANIFEST])),
        )
        return replace(plain, **self.change)

    @cached_property
    def files(self) -> dict[str, bytes]:
        content = {
            dataset.CONVERSIONS: conversions(self.lines),
            dataset.LEAVES: dataset.leaves(self.leaves),
            dataset.RATINGS: self.ratings or dataset.ratings(board(self.number)),
        }
        return {**content, dataset.MANIFEST: dataset.manifest(self.head, content)}


def first() -> Made:
    return Made(1, list(FIRST), owed([], FIRST))


def second(*, lines: Sequence[dataset.Line] = SECOND, before: Made | None = None) -> Made:
    before = before or first()
    return Made(2, list(lines), owed(before.leaves, lines), previous=before, contracts=before.contracts)


def third(*, lines: Sequence[dataset.Line] = THIRD, before: Made | None = None) -> Made:
    before = before or second()
    return Made(3, list(lines), owed(before.leaves, lines), previous=before, contracts=before.contracts)


def taking_from_who_was_paid(before: Made | None = None) -> Made:
    """An epoch 3 that takes back what epoch 1 pays, and gives it to the operator."""
    return third(lines=[*THIRD, replace(FIRST[1], kind="void"), line(10, 5, 20)], before=before)


def data(made: Made, *, good: int | None = None) -> Data:
    """What a stranger reads of it; `good`: the newest epoch before it that was not vetoed in time, the one before it unless told otherwise."""
    before = {each.number: each.files for each in past(made)}

    def read(number: int, *names: str) -> dict[str, bytes]:
        return {name: content for name, content in before.get(number, {}).items() if name in names}

    return gather(made.number, made.files, len(before) if good is None else good, read)


def past(made: Made | None) -> list[Made]:
    """The epochs before this one, the newest first."""
    return [] if made is None or made.previous is None else [made.previous, *past(made.previous)]


def facts(made: Made, *, good: int | None = None, **change: Any) -> Facts:
    """What the chain says when all is well; `good` as in `data`."""
    head, hashes = made.head, {each.number: dataset.sha256(each.files[dataset.MANIFEST]) for each in [made, *past(made)]}
    hashed = hashes.pop(made.number)
    good = len(hashes) if good is None else good
    plain = Facts(
        chain_id=CHAIN,
        contract=made.contracts["credits"],
        log=made.contracts["log"],
        stablecoin=made.contracts["stablecoin"],
        posted=Posted(head.root, head.cum_total, hashed, active_at=0, vetoed=False),
        header=Header(head.log_size, head.log_root, head.ratings_root, hashed),
        good=good,
        standing={number: each for number, each in hashes.items() if number <= good},
        committed=head.cum_total,
        redeemed=0,
        holdings=head.cum_total,
        num=1,
        den=1,
    )
    return replace(plain, **change)
