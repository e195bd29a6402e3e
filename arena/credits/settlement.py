"""Epochs on their way onto the chain: posted, final, looked at by the guardian, active, anchored. One round goes on wherever it can.

What is to be done next follows from what the contracts say at this moment and at the newest final block, and from nothing that is
remembered here. So a round may die anywhere, be done twice, or by two at once.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Max

from arena import clock
from arena.chain import contracts
from arena.chain.client import Chain, Reverted
from arena.chain.models import Deployment, Event
from arena.credits import alarms, outgoing, queries
from arena.credits.models import Attempt, Epoch
from arena.credits.outgoing import GWEI, CannotPay, Outcome, Status

ALARMS = ("foreign_epoch", "uncovered", "refused", "signer_empty", "overtaken", "lost", "stuck")
# A first replacement is nothing unusual; what is in no block after so many patiences is.
STUCK_PATIENCES = 3


@dataclass(frozen=True, slots=True)
class Posted:
    """An epoch as the contract has it."""

    root: bytes
    cum_total: int
    active_at: int
    vetoed: bool

    def decided(self, time: float) -> bool:
        """Whether the next one may build on it, at a block of this time (Unix seconds)."""
        return self.vetoed or self.active_at <= time


@dataclass(frozen=True, slots=True)
class View:
    """All that the next step of one epoch depends on. `now` and `settled`: as of the head, and as of the newest final block."""

    number: int
    head: int
    now: Posted | None
    settled: Posted | None
    settled_time: float
    ours: bool | None  # whether what is posted is what we sealed; None while that is not known yet
    room: bool  # whether the epoch before it is decided for good
    anchored: int
    anchored_for_good: int


class Step(StrEnum):
    POST = "post"
    ANCHOR = "anchor"
    WAIT = "wait"
    FOREIGN = "foreign"
    DONE = "done"


def next_step(view: View) -> Step:
    """What is to be done about an epoch. Pure."""
    if view.now is None:
        return Step.POST if view.room and view.head == view.number - 1 else Step.WAIT
    if view.ours is False and not (view.settled and view.settled.vetoed):
        return Step.FOREIGN
    if view.ours is None or view.settled is None or not view.settled.decided(view.settled_time):
        return Step.WAIT
    if view.anchored_for_good >= view.number:
        return Step.DONE
    return Step.ANCHOR if view.anchored == view.number - 1 else Step.WAIT


def settle(*, at: Chain) -> None:
    """Go on with everything that waits. Raises ChainUnavailable; what was done until then holds."""
    credits, book = contracts.deployed("credits"), contracts.deployed("log")
    outcomes = outgoing.pursue_all(at=at)
    if credits is not None and book is not None:
        _Round(at, credits, book, outcomes).go()


@dataclass(slots=True)
class _Round:
    """One pass over the epochs that are not anchored for good."""

    at: Chain
    credits: Deployment
    book: Deployment
    outcomes: dict[str, Outcome]
    found: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def go(self) -> None:
        last = self.at.final()
        time = self.at.block(last).time.timestamp()
        head, anchored, for_good = self._ask("credits", "head"), self._ask("log", "head")[0], self._ask("log", "head", block=last)[0]
        # A development chain that was begun anew may have an anchor and not yet its epoch.
        done = min(for_good, self._ask("credits", "head", block=last))
        before = self._posted(done, last)
        room = done == 0 or (before is not None and before.decided(time))
        for epoch in Epoch.objects.filter(chain_id=self.at.id, contract=self.credits.address, number__gt=done).order_by("number"):
            now, settled = self._posted(epoch.number), self._posted(epoch.number, last)
            ours = None if now is None else self._is_ours(epoch, now)
            step = next_step(View(epoch.number, head, now, settled, time, ours, room, anchored, for_good))
            if step in _DOES:
                _DOES[step](self, epoch)
            room = settled is not None and settled.decided(time)
            if step == Step.FOREIGN or not room:
                break
            anchored += step == Step.ANCHOR
        self._judge_unsealed(head)
        self._judge_overtaken(head, anchored)
        self._judge_stuck()
        for code in ALARMS:
            alarms.keep(code, self.found[code])

    def _ask(self, name: str, function: str, *args: Any, block: int | None = None) -> Any:
        return contracts.read(name, function, *args, at=self.at, block=block)

    def _posted(self, number: int, block: int | None = None) -> Posted | None:
        found = Posted(*self._ask("credits", "epochs", number, block=block)) if number else None
        return found if found and any(found.root) else None

    def _is_ours(self, epoch: Epoch, found: Posted) -> bool | None:
        """Whether the contract holds what we sealed, whoever posted it. The hash of the data is told by the event alone."""
        if found.root != bytes(epoch.root) or found.cum_total != epoch.cum_total:
            return False
        if self.outcomes.get(outgoing.latest(f"post:{epoch.number}", chain_id=self.at.id), _NOTHING).status == Status.MINED:
            return True
        seen = Event.objects.filter(
            chain_id=self.at.id, contract=self.credits.address, name="EpochPosted", args__id=str(epoch.number), canonical=True
        ).last()
        return None if seen is None else seen.args["dataHash"] == "0x" + bytes(epoch.data_hash).hex()

    def _post(self, epoch: Epoch) -> None:
        purpose = self._to_be_signed(f"post:{epoch.number}")
        # A veto may be final a moment before its event is read: what it rolls over counts at once.
        if purpose is None or not queries.approved(epoch, epoch.cum_total - self._ask("credits", "committed")):
            return
        if missing := self._missing(epoch):
            self.found["uncovered"][str(epoch.number)] = (
                f"Epoch {epoch.number} was not signed: the treasury {self.credits.address} holds {missing} units of the stablecoin too little for it."
                " Send them there, and it goes on by itself."
            )
            return
        values = (epoch.number, bytes(epoch.root), epoch.cum_total, bytes(epoch.data_hash))
        self._send(purpose, self.credits, contracts.encode("credits", "post", *values))

    def _missing(self, epoch: Epoch) -> int:
        """Stablecoin units that the treasury lacks to pay all that would be owed once this epoch is posted; 0 if none."""
        owed = epoch.cum_total - self._ask("credits", "redeemed")
        needed = -(-owed * self._ask("credits", "rateNumerator") // self._ask("credits", "rateDenominator"))
        return max(0, int(needed - self._ask("stablecoin", "balanceOf", self.credits.address)))

    def _anchor(self, epoch: Epoch) -> None:
        purpose = self._to_be_signed(f"anchor:{epoch.number}")
        roots = (bytes(epoch.log_root), bytes(epoch.ratings_root), bytes(epoch.data_hash))
        if purpose is not None:
            self._send(purpose, self.book, contracts.encode("log", "append", epoch.number, epoch.log_size, *roots))

    def _alarm_foreign(self, epoch: Epoch) -> None:
        self.found["foreign_epoch"][str(epoch.number)] = (
            f"The contract holds another epoch {epoch.number} than the one that was sealed here. Nothing more is posted."
            " Veto it while it waits, and look who has the settler's key."
        )

    def _to_be_signed(self, aim: str) -> str | None:
        """The purpose under which a transaction for this aim is to be signed; None while one is under way that has not failed for good."""
        purpose = outgoing.latest(aim, chain_id=self.at.id)
        outcome = self.outcomes.get(purpose) or outgoing.remembered(purpose, chain_id=self.at.id)
        if outcome.failed:
            return outgoing.after(purpose)
        if outcome.status == Status.MINED and outcome.final:
            self.found["lost"][aim] = (
                f"{aim} was mined for good, and the contract knows nothing of it: the node is behind, or the chain was rewritten."
            )
        return purpose if outcome.status == Status.UNKNOWN else None

    def _send(self, purpose: str, to: Deployment, data: bytes) -> None:
        try:
            outgoing.submit(purpose=purpose, role="settler", target=to.address, data=data, at=self.at)
        except Reverted as error:
            self.found["refused"][purpose] = f"{purpose} was not signed: {contracts.sentence(error)}"
        except CannotPay as error:
            self.found["signer_empty"][error.address] = str(error)
        except ImproperlyConfigured as error:
            self.found["refused"][purpose] = f"{purpose} was not signed: {error}"

    def _judge_unsealed(self, head: int) -> None:
        """An epoch whose number is beyond ours was posted by somebody else; once it is vetoed, ours go on behind it."""
        ours = Epoch.objects.filter(chain_id=self.at.id, contract=self.credits.address)
        newest = ours.aggregate(newest=Max("number"))["newest"] or 0
        for number in range(newest + 1, head + 1):
            found = self._posted(number)
            if found is not None and not found.vetoed:
                self.found["foreign_epoch"][str(number)] = (
                    f"The contract holds an epoch {number}, and none was sealed here under that number."
                    " Veto it while it waits, and look who has the settler's key."
                )

    def _judge_overtaken(self, head: int, anchored: int) -> None:
        """A nonce that something else has used is an alarm until what ours was for is done."""
        done = {"post": head, "anchor": anchored}
        for purpose, outcome in self.outcomes.items():
            what, _, number = purpose.partition("/")[0].partition(":")
            if outcome.status == Status.OVERTAKEN and what in done and int(number) > done[what]:
                self.found["overtaken"][purpose] = (
                    f"Something else has used the nonce of {purpose}: is the settler's key used elsewhere? It is signed again."
                )

    def _judge_stuck(self) -> None:
        since = clock.now() - timedelta(seconds=STUCK_PATIENCES * settings.FEE_PATIENCE_SECONDS)
        waiting = [purpose for purpose, outcome in self.outcomes.items() if outcome.status == Status.PENDING]
        for first in Attempt.objects.filter(chain_id=self.at.id, purpose__in=waiting, number=0, at__lt=since):
            newest = Attempt.objects.filter(chain_id=self.at.id, purpose=first.purpose).latest("number")
            self.found["stuck"][first.purpose] = (
                f"{first.purpose} is in no block since {first.at:%Y-%m-%d %H:%M} UTC; its attempt {newest.number + 1} offers"
                f" {newest.max_fee / GWEI:.9g} gwei, at most {settings.FEE_CEILING_GWEI} are."
            )


_NOTHING = Outcome("", Status.UNKNOWN)
_DOES = {Step.POST: _Round._post, Step.ANCHOR: _Round._anchor, Step.FOREIGN: _Round._alarm_foreign}
